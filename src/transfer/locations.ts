import { AppError } from '../core/errors.ts';
import type { Place } from './transport.ts';

/** What an address is for: it is part of the code of the refusal. */
export type Purpose = 'source' | 'destination';

/** Finds the place of an address. @throws AppError `source.unknown_location`, `destination.unknown_location` */
export type Resolve = (address: string, purpose: Purpose) => Place;

/** Names a way out of the root, or would once decoded, however often: `%2e`, `%252e`, slashes and NUL likewise. */
const ENCODED_ESCAPE = /%(25)*(2e|2f|5c|00)/i;
const CREDENTIALS = /^[^:/]+:\/\/[^/]*@/;
const CONTROL = /[\p{Cc}\\]/u;

/** As long as a key of S3 may be, and a name in a file system. Each folder of a way is looked at, so that a long one would keep a worker busy. */
const MOST_BYTES = 1024;
const MOST_BYTES_OF_A_NAME = 255;

/**
 * Foreign addresses and the local folders that stand for them. The longest prefix that fits counts. What comes behind it is taken as it
 * stands, undecoded: names of files, with `/` between them.
 *
 * @param locations absolute folders by prefix; each prefix ends in `/`
 */
export function createResolver(locations: Readonly<Record<string, string>>): Resolve {
  const prefixes = Object.keys(locations).toSorted((a, b) => b.length - a.length);
  return (address, purpose) => {
    const refuse = (why: string) =>
      new AppError(`${purpose}.unknown_location`, why, { details: { address } });
    if (CREDENTIALS.test(address)) {
      throw new AppError(
        `${purpose}.unknown_location`,
        'An address must not contain a user name or a password. The setting `locations` says what an address stands for.',
      );
    }
    const prefix = prefixes.find((known) => address.startsWith(known) || `${address}/` === known);
    const root = prefix === undefined ? undefined : locations[prefix];
    if (prefix === undefined || root === undefined) {
      throw refuse(
        `The address "${address}" matches no prefix in the setting \`locations\`. Correct the address, or add a prefix for it.`,
      );
    }
    const rest = address.slice(prefix.length).replace(/\/$/, '');
    const path = rest === '' ? [] : rest.split('/');
    if (Buffer.byteLength(rest) > MOST_BYTES || path.some(isTooLong)) {
      throw refuse(
        `After "${prefix}" the address is longer than ${MOST_BYTES} bytes, or a name in it is longer than ${MOST_BYTES_OF_A_NAME} bytes.`,
      );
    }
    if (CONTROL.test(rest) || ENCODED_ESCAPE.test(rest) || path.some(isNoName)) {
      throw refuse(
        `The address "${printable(address)}" is not a valid path under "${prefix}": it contains an empty segment, "." or "..", a backslash, or a control character, plain or encoded.`,
      );
    }
    return { address, root, path };
  };
}

function isNoName(step: string): boolean {
  return step === '' || step === '.' || step === '..';
}

function isTooLong(step: string): boolean {
  return Buffer.byteLength(step) > MOST_BYTES_OF_A_NAME;
}

function printable(address: string): string {
  return address.replaceAll(/[\p{Cc}]/gu, '\u{fffd}');
}
