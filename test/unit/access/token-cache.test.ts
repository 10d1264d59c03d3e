/** What requests with an access token cost, counted: the signature once, the database every few seconds, neither in between. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TokenClaims, VerifiedToken } from '../../../src/access/tokens/access-token.ts';
import { createTokenCache, TOKEN_TRUST_MS } from '../../../src/access/tokens/token-cache.ts';

const CLIENT = { id: 'c', name: 'shop', role: 'reader' };
const CLAIMS: TokenClaims = {
  clientId: 'c',
  jti: 'j',
  scopes: ['waybill.all'],
  issuedAt: 0,
  expiresAt: 100,
  issuer: 'i',
};

function build(verified: VerifiedToken = { state: 'valid', claims: CLAIMS }) {
  const clock = { ms: 0, seconds: 0 };
  const counts = { verified: 0, asked: 0 };
  const standing = { client: CLIENT as typeof CLIENT | undefined, isRevoked: false, fails: false };
  const cache = createTokenCache({
    verify: async () => {
      counts.verified += 1;
      return verified;
    },
    standingOf: async () => {
      counts.asked += 1;
      if (standing.fails) throw new Error('the database is away');
      return standing.client && { client: standing.client, isRevoked: standing.isRevoked };
    },
    now: () => clock.ms,
    seconds: () => clock.seconds,
  });
  return { cache, clock, counts, standing };
}

test('a token is verified once, and in the steady state nothing is asked at all', async () => {
  const { cache, clock, counts } = build();
  assert.equal((await cache.find('t')).state, 'valid');
  for (let poll = 0; poll < 1000; poll += 1) {
    const found = cache.find('t');
    assert.ok(!(found instanceof Promise), 'it waits for something');
    assert.equal(found.state, 'valid');
  }
  assert.deepEqual(counts, { verified: 1, asked: 1 });
  clock.ms = TOKEN_TRUST_MS;
  assert.equal((await cache.find('t')).state, 'valid');
  assert.deepEqual(counts, { verified: 1, asked: 2 });
});

test('many requests at once are one question', async () => {
  const { cache, clock, counts } = build();
  await cache.find('t');
  clock.ms = TOKEN_TRUST_MS;
  await Promise.all(Array.from({ length: 50 }, async () => cache.find('t')));
  assert.equal(counts.asked, 2);
});

test('a token that ends is refused from that second on, without a question', async () => {
  const { cache, clock, counts } = build();
  await cache.find('t');
  clock.seconds = 99.9;
  assert.equal((await cache.find('t')).state, 'valid');
  clock.seconds = 100;
  assert.equal((await cache.find('t')).state, 'expired');
  assert.equal(counts.asked, 1);
});

test('what was revoked is refused after the time of trust, and stays so', async () => {
  const { cache, clock, standing } = build();
  await cache.find('t');
  standing.isRevoked = true;
  clock.ms = TOKEN_TRUST_MS - 1;
  assert.equal((await cache.find('t')).state, 'valid');
  clock.ms = TOKEN_TRUST_MS;
  assert.equal((await cache.find('t')).state, 'revoked');
});

test('a client that is gone makes its tokens invalid', async () => {
  const { cache, standing } = build();
  standing.client = undefined;
  assert.equal((await cache.find('t')).state, 'invalid');
});

test('what cannot be asked is an error, and asked again', async () => {
  const { cache, standing } = build();
  standing.fails = true;
  await assert.rejects(async () => cache.find('t'), /away/);
  standing.fails = false;
  assert.equal((await cache.find('t')).state, 'valid');
});

test('what is not valid is not remembered', async () => {
  const { cache, counts } = build({ state: 'invalid', reason: 'its signature is wrong' });
  await cache.find('t');
  await cache.find('t');
  assert.deepEqual(counts, { verified: 2, asked: 0 });
});
