import { timingSafeEqual } from 'node:crypto';

/** What an `Authorization` header carries as its bearer token. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return authorization === undefined ? undefined : /^bearer +(\S+) *$/i.exec(authorization)?.[1];
}

/**
 * Tells whether an `Authorization` header carries this bearer token; takes as long for a near miss as for a far one of the same length,
 * which is no secret.
 */
export function expectToken(token: string): (authorization: string | undefined) => boolean {
  const expected = Buffer.from(token);
  return (authorization) => {
    const carried = Buffer.from(bearerOf(authorization) ?? '');
    return carried.length === expected.length && timingSafeEqual(carried, expected);
  };
}
