/** What a client of the token endpoint is known by: an id that may be shown, and secrets. */
import { hash, timingSafeEqual } from 'node:crypto';
import { randomText, SECRET_LENGTH, withChecksum } from './secret-text.ts';

const ID_LENGTH = 16;

/** Public. */
export function createClientId(): string {
  return `wbc_${randomText(ID_LENGTH)}`;
}

export function createClientSecret(): string {
  return withChecksum(`wbs_${randomText(SECRET_LENGTH)}`);
}

/** What is kept of a secret. */
export function hashClientSecret(secret: string): Buffer {
  return hash('sha256', secret, 'buffer');
}

const NOBODYS = hashClientSecret(createClientSecret());

/** Takes as long for a client that nobody made. @param kept hashes; none: of an unknown client */
export function findSecret(secret: string, kept: readonly Buffer[]): Buffer | undefined {
  const given = hashClientSecret(secret);
  const fitting = (kept.length === 0 ? [NOBODYS] : kept).filter((one) => timingSafeEqual(one, given));
  return kept.length === 0 ? undefined : fitting[0];
}
