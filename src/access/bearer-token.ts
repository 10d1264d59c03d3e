import { createHash, timingSafeEqual } from 'node:crypto';

/** What an `Authorization` header carries as its bearer token. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^bearer +(\S+) *$/i.exec(authorization ?? '')?.[1];
}

/** True when an `Authorization` header carries this bearer token; takes as long for a near miss as for a far one. */
export function carriesToken(authorization: string | undefined, token: string): boolean {
  const carried = bearerOf(authorization);
  return carried !== undefined && timingSafeEqual(digest(carried), digest(token));
}

// Digests have one length, which timingSafeEqual needs, and say nothing about the token's.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
