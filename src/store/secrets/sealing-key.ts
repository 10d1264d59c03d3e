/**
 * Secrets at rest: AES-256-GCM under a key that the database does not have. A sealed text is bound to its cell (table, row, column), so one
 * that is copied into another row cannot be opened there.
 */
import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';

/** Where a sealed text is kept. */
export interface Cell {
  /** Of the schema `waybill`, by its name alone. */
  readonly table: string;
  /** The primary key of the row, as text. */
  readonly row: string;
  readonly column: string;
}

export interface SealingKey {
  /** Says which key it is, and nothing of it. Follows from the key, so that a wrong one never goes by the right name. */
  readonly id: string;
  readonly key: Buffer;
}

const KEY_BYTES = 32;
/** Of random nonces, 2^32 under one key keep the risk that two are the same below 2^-32. Source: NIST SP 800-38D, 8.3 */
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const KEY_LINE = /^wsk_[A-Za-z0-9_-]{43}$/;
const SEALED = /^v1\.([0-9a-f]{16})\.([A-Za-z0-9_-]{16})\.([A-Za-z0-9_-]*)\.([A-Za-z0-9_-]{22})$/;

/** A new key, as a line of the key file. */
export function createKeyLine(): string {
  return `wsk_${randomBytes(KEY_BYTES).toString('base64url')}`;
}

/** Undefined for what is not the line of a key. */
export function parseKeyLine(line: string): SealingKey | undefined {
  if (!KEY_LINE.test(line)) return undefined;
  const key = Buffer.from(line.slice('wsk_'.length), 'base64url');
  return { id: hash('sha256', Buffer.concat([Buffer.from('waybill sealing key\n'), key])).slice(0, 16), key };
}

/** `v1.keyId.nonce.ciphertext.tag`. */
export function sealText({ id, key }: SealingKey, cell: Cell, text: string): string {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(bindingOf(cell));
  const sealed = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()]);
  return ['v1', id, ...[nonce, sealed, cipher.getAuthTag()].map((bytes) => bytes.toString('base64url'))].join(
    '.',
  );
}

/** Id of the key that a text is sealed with; undefined where it is no sealed text. */
export function keyIdOf(sealed: string): string | undefined {
  return SEALED.exec(sealed)?.[1];
}

/** @throws Error where it was not sealed with this key for this cell, or was changed since */
export function openText({ id, key }: SealingKey, cell: Cell, sealed: string): string {
  const [, keyId, nonce, ciphertext, tag] = SEALED.exec(sealed) ?? [];
  if (keyId !== id || nonce === undefined || ciphertext === undefined || tag === undefined)
    throw new Error('this is not sealed with this key');
  const cipher = createDecipheriv('aes-256-gcm', key, Buffer.from(nonce, 'base64url'), {
    authTagLength: TAG_BYTES,
  });
  cipher.setAAD(bindingOf(cell));
  cipher.setAuthTag(Buffer.from(tag, 'base64url'));
  return Buffer.concat([cipher.update(Buffer.from(ciphertext, 'base64url')), cipher.final()]).toString(
    'utf8',
  );
}

function bindingOf({ table, row, column }: Cell): Buffer {
  return Buffer.from(JSON.stringify([table, row, column]));
}
