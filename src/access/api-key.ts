/**
 * API keys: `wbk_` so that people and secret scanners know one, an id that may be shown, a secret, and a checksum that tells a mistyped key
 * from an unknown one without asking anybody. Letters and digits alone, so that a double click selects all of it.
 */
import { hash, randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

/** What each key begins with. */
export const API_KEY_PREFIX = 'wbk_';
const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const ID_LENGTH = 12;
/** 190 bits. */
const SECRET_LENGTH = 32;
/** 62^6 is more than 2^32. */
const CHECKSUM_LENGTH = 6;

export interface ApiKey {
  /** The whole text that a client carries. */
  readonly text: string;
  /** Public part of it. */
  readonly id: string;
}

export function createApiKey(): ApiKey {
  const id = randomText(ID_LENGTH);
  const body = API_KEY_PREFIX + id + randomText(SECRET_LENGTH);
  return { text: body + checksumOf(body), id };
}

/** Undefined for what is none, and for one that was mistyped or cut. */
export function parseApiKey(text: string): ApiKey | undefined {
  const length = API_KEY_PREFIX.length + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
  if (text.length !== length || !/^wbk_[0-9A-Za-z]+$/.test(text)) return undefined;
  const body = text.slice(0, -CHECKSUM_LENGTH);
  return text.endsWith(checksumOf(body)) ? { text, id: idOfKey(text) } : undefined;
}

/** The public part of what may be a key. */
export function idOfKey(text: string): string {
  return text.slice(API_KEY_PREFIX.length, API_KEY_PREFIX.length + ID_LENGTH);
}

/** What is kept of a key. */
export function hashApiKey(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}

function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

function checksumOf(body: string): string {
  let rest = crc32(body);
  let text = '';
  for (let at = 0; at < CHECKSUM_LENGTH; at += 1) {
    text = `${ALPHABET[rest % ALPHABET.length]}${text}`;
    rest = Math.floor(rest / ALPHABET.length);
  }
  return text;
}
