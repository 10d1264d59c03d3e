/** The digests of a body that a client announces: RFC 9530, and the `Digest` of RFC 3230 before it. */
import { createHash, type Hash } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { AppError } from '../../core/errors.ts';

/** What is checked, and how many bytes it has. */
const ALGORITHMS: Readonly<Record<string, { readonly name: string; readonly sizeBytes: number }>> = {
  'sha-256': { name: 'sha256', sizeBytes: 32 },
  'sha-512': { name: 'sha512', sizeBytes: 64 },
};

const FIELDS = ['content-digest', 'repr-digest', 'digest'] as const;
/** A byte sequence of RFC 9651 behind its key, parameters allowed. */
const DICTIONARY_MEMBER = /^([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):(?:\s*;.*)?$/;
const LEGACY_MEMBER = /^([A-Za-z0-9-]+)=([A-Za-z0-9+/]+={0,2})$/;

export interface AnnouncedDigest {
  /** Lower case, such as `sha-256`. */
  readonly algorithm: string;
  readonly bytes: Buffer;
}

/**
 * What the body must come to. Algorithms that are not known are left out, unless nothing would be left to check: who announces a digest
 * relies on it.
 *
 * @throws AppError `request.invalid` for a field that cannot be read, or that names no algorithm that is checked
 */
export function parseDigests(headers: IncomingHttpHeaders): readonly AnnouncedDigest[] {
  return FIELDS.flatMap((field) => {
    const value = [headers[field]].flat().join(',');
    return value === '' ? [] : parseField(field, value);
  });
}

function parseField(field: (typeof FIELDS)[number], value: string): readonly AnnouncedDigest[] {
  const isLegacy = field === 'digest';
  const members = value.split(',').map((member) => member.trim());
  const digests = members.map((member) => {
    const match = (isLegacy ? LEGACY_MEMBER : DICTIONARY_MEMBER).exec(member);
    if (match === null) throw malformed(field, member, isLegacy);
    return { algorithm: match[1]?.toLowerCase() ?? '', bytes: Buffer.from(match[2] ?? '', 'base64') };
  });
  const known = digests.filter(({ algorithm }) => Object.hasOwn(ALGORITHMS, algorithm));
  for (const { algorithm, bytes } of known) {
    const expected = ALGORITHMS[algorithm]?.sizeBytes;
    if (bytes.length === expected) continue;
    throw new AppError(
      'request.invalid',
      `The header ${field} is not valid: a ${algorithm} digest has ${expected} bytes, got ${bytes.length}.`,
    );
  }
  if (known.length > 0) return known;
  const named = digests.map(({ algorithm }) => algorithm).join(', ');
  throw new AppError(
    'request.invalid',
    `The header ${field} has only ${named}, which this server does not check; send ${Object.keys(ALGORITHMS).join(' or ')}, or no digest.`,
  );
}

function malformed(field: string, member: string, isLegacy: boolean): AppError {
  const example = isLegacy ? 'sha-256=BASE64' : 'sha-256=:BASE64:';
  return new AppError(
    'request.invalid',
    `The header ${field} cannot be read: expected ${example}, got ${JSON.stringify(member.slice(0, 120))}.`,
  );
}

/** Hashes what passes, to be checked against what was announced. */
export function createDigestCheck(announced: readonly AnnouncedDigest[]): {
  update(piece: Uint8Array): void;
  /** @throws AppError `request.invalid`, retryable, when something else arrived */
  finish(): void;
} {
  const hashes = new Map<string, Hash>();
  for (const { algorithm } of announced) {
    hashes.set(algorithm, createHash(ALGORITHMS[algorithm]?.name ?? algorithm));
  }
  return {
    update(piece) {
      for (const hash of hashes.values()) hash.update(piece);
    },
    finish() {
      const found = new Map([...hashes].map(([algorithm, hash]) => [algorithm, hash.digest()]));
      for (const { algorithm, bytes } of announced) {
        const got = found.get(algorithm);
        if (got === undefined || got.equals(bytes)) continue;
        throw new AppError(
          'request.invalid',
          `The body arrived damaged: its ${algorithm} is ${got.toString('base64')}, expected ${bytes.toString('base64')}. Send it again.`,
          { isRetryable: true },
        );
      }
    },
  };
}
