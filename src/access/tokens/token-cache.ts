/**
 * What the access tokens of requests stand for: each is verified once, and what has become of it and its client is asked every few seconds
 * while it is used. In the steady state a request with a token costs neither a query nor a signature check.
 */
import { hash } from 'node:crypto';
import type { TokenStanding } from '../../store/clients.ts';
import type { TokenClaims, VerifiedToken } from './access-token.ts';

export interface KnownToken {
  readonly state: 'valid' | 'expired' | 'revoked' | 'invalid';
  /** Absent: the token is not ours. */
  readonly claims?: TokenClaims;
  readonly client?: TokenStanding['client'];
  /** Why it is invalid. */
  readonly reason?: string;
}

export interface TokenCache {
  /** At once where it is known, which it is for all requests but a few. Rejects where nothing can be asked. */
  find(text: string): KnownToken | Promise<KnownToken>;
}

/** A token or client that was revoked is refused after this time by every process. */
export const TOKEN_TRUST_MS = 5000;
/** Tokens that are remembered; each takes about a kilobyte. */
const MAX_KEPT = 10_000;

interface Kept {
  readonly claims: TokenClaims;
  until: number;
  token: KnownToken | undefined;
  asking: Promise<KnownToken> | undefined;
}

export interface TokenCacheParts {
  readonly verify: (text: string) => Promise<VerifiedToken>;
  readonly standingOf: (claims: TokenClaims) => Promise<TokenStanding | undefined>;
  /** Default: of this process. */
  readonly now?: () => number;
  /** Default: the time of day, in seconds. */
  readonly seconds?: () => number;
}

export function createTokenCache({
  verify,
  standingOf,
  now = () => performance.now(),
  seconds = () => Date.now() / 1000,
}: TokenCacheParts): TokenCache {
  const kept = new Map<string, Kept>();

  async function ask(entry: Kept): Promise<KnownToken> {
    const { claims } = entry;
    const standing = await standingOf(claims);
    const token: KnownToken =
      standing === undefined
        ? { state: 'invalid', reason: 'there is no such client' }
        : { state: standing.isRevoked ? 'revoked' : 'valid', claims, client: standing.client };
    entry.token = token;
    entry.until = now() + TOKEN_TRUST_MS;
    return token;
  }

  function askOnce(entry: Kept): Promise<KnownToken> {
    entry.asking ??= ask(entry).finally(() => {
      entry.asking = undefined;
    });
    return entry.asking;
  }

  async function learn(text: string, key: string): Promise<KnownToken> {
    const verified = await verify(text);
    if (verified.state !== 'valid') return verified;
    const known = kept.get(key);
    if (known !== undefined) return known.token ?? askOnce(known);
    const entry: Kept = { claims: verified.claims, until: 0, token: undefined, asking: undefined };
    makeRoom(kept);
    kept.set(key, entry);
    return askOnce(entry);
  }

  return {
    find(text) {
      const key = hash('sha256', text, 'base64');
      const entry = kept.get(key);
      if (entry === undefined) return learn(text, key);
      if (entry.claims.expiresAt <= seconds()) {
        kept.delete(key);
        return { state: 'expired', claims: entry.claims };
      }
      if (entry.token !== undefined && now() < entry.until) return entry.token;
      return askOnce(entry);
    },
  };
}

/** The oldest goes. */
function makeRoom(entries: Map<string, unknown>): void {
  const [oldest] = entries.keys();
  if (entries.size >= MAX_KEPT && oldest !== undefined) entries.delete(oldest);
}
