/**
 * Texts that clients carry as secrets: a prefix that people and secret scanners know, random letters and digits, and a checksum that tells
 * a mistyped one from an unknown one without asking anybody. Letters and digits alone, so that a double click selects all of it.
 */
import { randomInt } from 'node:crypto';
import { crc32 } from 'node:zlib';

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
/** 190 bits. */
export const SECRET_LENGTH = 32;
/** 62^6 is more than 2^32. */
export const CHECKSUM_LENGTH = 6;

export function randomText(length: number): string {
  return Array.from({ length }, () => ALPHABET[randomInt(ALPHABET.length)]).join('');
}

export function withChecksum(body: string): string {
  return body + checksumOf(body);
}

export function hasChecksum(text: string): boolean {
  return text.endsWith(checksumOf(text.slice(0, -CHECKSUM_LENGTH)));
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
