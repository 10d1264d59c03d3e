/** API keys: `wbk_`, an id that may be shown, a secret, and a checksum. */
import { hash } from 'node:crypto';
import { CHECKSUM_LENGTH, hasChecksum, randomText, SECRET_LENGTH, withChecksum } from './secret-text.ts';

/** What each key begins with. */
export const API_KEY_PREFIX = 'wbk_';
const ID_LENGTH = 12;

export interface ApiKey {
  /** The whole text that a client carries. */
  readonly text: string;
  /** Public part of it. */
  readonly id: string;
}

export function createApiKey(): ApiKey {
  const id = randomText(ID_LENGTH);
  return { text: withChecksum(API_KEY_PREFIX + id + randomText(SECRET_LENGTH)), id };
}

/** Undefined for what is none, and for one that was mistyped or cut. */
export function parseApiKey(text: string): ApiKey | undefined {
  const length = API_KEY_PREFIX.length + ID_LENGTH + SECRET_LENGTH + CHECKSUM_LENGTH;
  if (text.length !== length || !/^wbk_[0-9A-Za-z]+$/.test(text)) return undefined;
  return hasChecksum(text) ? { text, id: idOfKey(text) } : undefined;
}

/** The public part of what may be a key. */
export function idOfKey(text: string): string {
  return text.slice(API_KEY_PREFIX.length, API_KEY_PREFIX.length + ID_LENGTH);
}

/** What is kept of a key. */
export function hashApiKey(text: string): Buffer {
  return hash('sha256', text, 'buffer');
}
