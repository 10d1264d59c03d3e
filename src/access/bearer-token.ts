import { createHash, timingSafeEqual } from 'node:crypto';

/** True when an `Authorization` header carries this bearer token; takes as long for a near miss as for a far one. */
export function carriesToken(authorization: string | undefined, token: string): boolean {
  const match = /^bearer +(\S+) *$/i.exec(authorization ?? '');
  return match?.[1] !== undefined && timingSafeEqual(digest(match[1]), digest(token));
}

// Digests have one length, which timingSafeEqual needs, and say nothing about the token's.
function digest(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
