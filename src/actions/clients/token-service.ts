/** Access tokens: given to clients that prove who they are, and recognised when they come back. Asked by doors, before there is a caller. */
import { randomUUID } from 'node:crypto';
import type { JWK } from 'jose';
import { findSecret } from '../../access/client-secret.ts';
import { createGuessLimiter } from '../../access/guess-limiter.ts';
import {
  signToken,
  type TokenClaims,
  type TokenSigner,
  verifyToken,
} from '../../access/tokens/access-token.ts';
import { createKeyRing } from '../../access/tokens/key-ring.ts';
import { planKeys } from '../../access/tokens/key-schedule.ts';
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import { createTokenCache, type TokenCache } from '../../access/tokens/token-cache.ts';
import { type ClientProofs, findProofs, findStanding, noteSecretUse } from '../../store/clients.ts';
import { privateKeyCell, type StoredSigningKey, selectSigningKeys } from '../../store/signing-keys.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { grantScopes } from './grant-scopes.ts';
import { provideSigningKeys } from './signing-keys.ts';

/** What a client shows to prove who it is. */
export interface ClientCredentials {
  readonly clientId: string;
  readonly secret: string;
}

export interface TokenRequest extends ClientCredentials {
  readonly scope: string | undefined;
  /** Default: no scope stands for all that a client may have. */
  readonly isWholeScope?: (scope: string) => boolean;
  /** Where it was asked for. */
  readonly issuer: string;
  readonly lifetimeSeconds: number;
  /** Of the client's end of the connection. */
  readonly address: string;
}

export interface IssuedToken {
  readonly token: string;
  readonly claims: TokenClaims;
}

export interface TokenService extends TokenCache {
  /** @throws OAuthRefusal */
  issue(request: TokenRequest): Promise<IssuedToken>;
  /** JWKs of the keys that sign, will sign next, or have signed what still lives. */
  publicKeys(): Promise<readonly JWK[]>;
}

/** @param protocolScopes those of the protocols that are served */
export function createTokenService(
  { pool, secrets, settings }: Pick<ActionDependencies, 'pool' | 'secrets' | 'settings'>,
  protocolScopes: readonly string[],
): TokenService {
  const ring = createKeyRing({
    load: () => selectSigningKeys(pool),
    open: async ({ kid, sealed }: StoredSigningKey) =>
      JSON.parse(await secrets.open(privateKeyCell(kid), sealed)) as object,
  });
  const guesses = createGuessLimiter();
  const cache = createTokenCache({
    verify: (text) => verifyToken(text, { issuer: settings.publicUrl, findKey: (kid) => ring.find(kid) }),
    standingOf: (claims) => findStanding(pool, claims),
  });

  async function authenticate({ clientId, secret, address }: TokenRequest): Promise<ClientProofs> {
    const who = `${address} ${clientId}`;
    const retryAfterSeconds = guesses.waitOf(who);
    if (retryAfterSeconds !== undefined) throw tooManyGuesses(retryAfterSeconds);
    const client = await findProofs(pool, clientId);
    const found = findSecret(secret, client?.secretHashes ?? []);
    if (client === undefined || found === undefined || client.revokedAt !== undefined) {
      guesses.fail(who);
      throw new OAuthRefusal('invalid_client', 'The client is not known, or its secret is wrong or over.', {
        status: 401,
      });
    }
    guesses.succeed(who);
    await noteSecretUse(pool, clientId, found);
    return client;
  }

  /** Also makes the key that will sign after it, in time. */
  async function findSigner(): Promise<TokenSigner> {
    const isComplete = planKeys(await ring.keys(), new Date()).missing.length === 0;
    const signer = await ring.signer();
    if (isComplete && signer !== undefined) return signer;
    await provideSigningKeys({ pool, secrets });
    await ring.reload();
    const made = await ring.signer();
    if (made === undefined) throw new Error('no key signs, although one was made');
    return made;
  }

  return {
    find: (text) => cache.find(text),
    publicKeys: () => ring.publicKeys(),
    async issue(request) {
      const client = await authenticate(request);
      const scopes = grantScopes(request.scope, client.scopes, protocolScopes, request.isWholeScope);
      const issuedAt = Math.floor(Date.now() / 1000);
      const claims = {
        clientId: client.id,
        jti: randomUUID(),
        scopes,
        issuedAt,
        expiresAt: issuedAt + request.lifetimeSeconds,
        issuer: request.issuer,
      };
      return { token: await signToken(await findSigner(), claims), claims };
    },
  };
}

function tooManyGuesses(retryAfterSeconds: number): OAuthRefusal {
  return new OAuthRefusal(
    'temporarily_unavailable',
    `Wrong credentials came from this address too often. Try again in ${retryAfterSeconds} seconds.`,
    { status: 429, retryAfterSeconds },
  );
}
