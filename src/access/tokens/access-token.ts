/** Access tokens of our own issuer: JWTs of RFC 9068, signed with RS256, which is the cheapest to verify. */
import { type CryptoKey, errors, type JWK, type JWTPayload, jwtVerify, SignJWT } from 'jose';

export const TOKEN_ALGORITHM = 'RS256';
/** Tells an access token from every other JWT that the same keys sign (RFC 8725, 3.11). */
const TOKEN_TYPE = 'at+jwt';
/** Whom tokens are for: every server of the database that their issuer has. */
export const TOKEN_AUDIENCE = 'urn:waybill:api';
/** Clocks of two processes may differ by this. */
const CLOCK_TOLERANCE_SECONDS = 5;

/** What a token says. */
export interface TokenClaims {
  readonly clientId: string;
  readonly jti: string;
  readonly scopes: readonly string[];
  /** In seconds since 1970. */
  readonly issuedAt: number;
  readonly expiresAt: number;
  readonly issuer: string;
}

export type VerifiedToken =
  | { readonly state: 'valid'; readonly claims: TokenClaims }
  | { readonly state: 'expired'; readonly claims: TokenClaims }
  /** Not one of ours, whatever it says. */
  | { readonly state: 'invalid'; readonly reason: string };

export interface TokenSigner {
  readonly kid: string;
  readonly key: CryptoKey;
}

export async function signToken({ kid, key }: TokenSigner, claims: TokenClaims): Promise<string> {
  return new SignJWT({ client_id: claims.clientId, scope: claims.scopes.join(' ') })
    .setProtectedHeader({ alg: TOKEN_ALGORITHM, typ: TOKEN_TYPE, kid })
    .setIssuer(claims.issuer)
    .setAudience(TOKEN_AUDIENCE)
    .setSubject(claims.clientId)
    .setJti(claims.jti)
    .setIssuedAt(claims.issuedAt)
    .setExpirationTime(claims.expiresAt)
    .sign(key);
}

/** Whether a bearer token is written as a JWT is; nothing is said of what it is worth. */
export function looksLikeJwt(text: string): boolean {
  return /^eyJ[\w-]*\.[\w-]*\.[\w-]*$/.test(text);
}

/**
 * @param issuer the only one that is taken; undefined: whichever signed with one of our keys, which is us
 * @param findKey gives the public key of this id
 */
export async function verifyToken(
  text: string,
  { issuer, findKey }: { readonly issuer: string | undefined; readonly findKey: FindKey },
): Promise<VerifiedToken> {
  try {
    const { payload } = await jwtVerify(text, async ({ kid }) => keyOf(await findKey(kid ?? ''), kid), {
      algorithms: [TOKEN_ALGORITHM],
      typ: TOKEN_TYPE,
      audience: TOKEN_AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['iss', 'exp', 'aud', 'sub', 'client_id', 'iat', 'jti'],
      ...(issuer !== undefined && { issuer }),
    });
    return { state: 'valid', claims: readClaims(payload) };
  } catch (error) {
    // The signature is looked at before the claims.
    if (error instanceof errors.JWTExpired) return { state: 'expired', claims: readClaims(error.payload) };
    if (error instanceof errors.JOSEError) return { state: 'invalid', reason: reasonOf(error) };
    throw error;
  }
}

export type FindKey = (kid: string) => CryptoKey | undefined | Promise<CryptoKey | undefined>;

function keyOf(key: CryptoKey | undefined, kid: string | undefined): CryptoKey {
  if (key !== undefined) return key;
  const named =
    kid === undefined ? 'names no key' : `is signed with a key (kid ${shorten(kid)}) that is not ours`;
  throw new errors.JWSInvalid(`it ${named}`);
}

function shorten(text: string): string {
  return JSON.stringify(text.slice(0, 50));
}

function reasonOf(error: errors.JOSEError): string {
  if (error instanceof errors.JWTClaimValidationFailed) return `its "${error.claim}" is not as it must be`;
  if (error instanceof errors.JOSEAlgNotAllowed) return `only ${TOKEN_ALGORITHM} is taken`;
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'its signature is wrong';
  return error instanceof errors.JWSInvalid && error.message.startsWith('it ')
    ? error.message
    : 'it cannot be read';
}

function readClaims(payload: JWTPayload): TokenClaims {
  const { client_id: clientId, jti, scope, iat, exp, iss } = payload;
  return {
    clientId: String(clientId),
    jti: String(jti),
    scopes: typeof scope === 'string' ? scope.split(' ').filter(Boolean) : [],
    issuedAt: Number(iat),
    expiresAt: Number(exp),
    issuer: String(iss),
  };
}

/** What others see of a key. */
export function publicJwk({ kty, n, e, kid }: JWK): JWK {
  return { kty, n, e, kid, use: 'sig', alg: TOKEN_ALGORITHM } as JWK;
}
