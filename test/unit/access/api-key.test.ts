/** The form of API keys, and how long what they stand for is trusted. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createApiKey, hashApiKey, parseApiKey } from '../../../src/access/api-key.ts';
import { createKeyCache, KEY_TRUST_MS, type KnownKey } from '../../../src/access/key-cache.ts';

test('a key is found again in its text, and differs from all others', () => {
  const keys = Array.from({ length: 1000 }, createApiKey);
  assert.equal(new Set(keys.map(({ text }) => text)).size, keys.length);
  assert.equal(new Set(keys.map(({ id }) => id)).size, keys.length);
  for (const key of keys) {
    assert.match(key.text, /^wbk_[0-9A-Za-z]{50}$/);
    assert.deepEqual(parseApiKey(key.text), key);
  }
});

test('a key with one other character, or a part of one, is none', () => {
  const { text } = createApiKey();
  const property = fc.property(
    fc.integer({ min: 0, max: text.length - 1 }),
    fc.constantFrom('a', 'Z', '0', '9', '_', '-', '.', ' ', 'é'),
    fc.integer({ min: 0, max: text.length - 1 }),
    (at, other, length) => {
      const changed = text.slice(0, at) + other + text.slice(at + 1);
      assert.equal(parseApiKey(changed) === undefined, changed !== text);
      assert.equal(parseApiKey(text.slice(0, length)), undefined);
    },
  );
  fc.assert(property, { seed: 20_261_130, numRuns: 500 });
});

/** A cache whose clock stands still until it is moved, over keys that can be changed. */
function createTrial() {
  let now = 0;
  let loads = 0;
  let state: KnownKey['state'] = 'valid';
  const { text } = createApiKey();
  const own = hashApiKey(text);
  const cache = createKeyCache(
    async (sha256) => {
      loads += 1;
      return sha256.equals(own) ? { id: 'k', name: 'k', role: 'reader', state } : undefined;
    },
    () => now,
  );
  return {
    cache,
    text,
    loads: () => loads,
    revoke: () => (state = 'revoked'),
    pass: (ms: number) => (now += ms),
  };
}

test('a key is asked for once in a while, however often it comes', async () => {
  const { cache, text, loads, pass } = createTrial();
  await Promise.all(Array.from({ length: 100 }, async () => cache.find(text)));
  assert.equal(loads(), 1);
  pass(KEY_TRUST_MS - 1);
  await cache.find(text);
  assert.equal(loads(), 1);
  pass(1);
  await cache.find(text);
  assert.equal(loads(), 2);
});

test('a key that was revoked is refused once its time of trust is over', async () => {
  const { cache, text, revoke, pass } = createTrial();
  assert.equal((await cache.find(text))?.state, 'valid');
  revoke();
  pass(KEY_TRUST_MS);
  assert.equal((await cache.find(text))?.state, 'revoked');
});

test('what is no key is not looked for, and strangers take no memory without bound', async () => {
  const { cache, loads } = createTrial();
  assert.equal(await cache.find('wbk_no'), undefined);
  assert.equal(loads(), 0);
  const texts = Array.from({ length: 10_050 }, () => createApiKey().text);
  for (const text of texts) assert.equal(await cache.find(text), undefined);
  assert.equal(loads(), texts.length);
  await cache.find(texts.at(-1) ?? '');
  assert.equal(loads(), texts.length, 'the last is remembered');
  await cache.find(texts[0] ?? '');
  assert.equal(loads(), texts.length + 1, 'the first is not, any more');
});

test('keys that could not be read are asked for again at once', async () => {
  let isDown = true;
  const { text } = createApiKey();
  const cache = createKeyCache(async () => {
    if (isDown) throw new Error('no connection');
    return undefined;
  });
  await assert.rejects(async () => cache.find(text), /no connection/);
  isDown = false;
  assert.equal(await cache.find(text), undefined);
});

test('another secret with the id of a key that is remembered is not taken for it', async () => {
  const { cache, text, loads } = createTrial();
  assert.equal((await cache.find(text))?.state, 'valid');
  const { id } = parseApiKey(text) ?? {};
  const other = createApiKey();
  const stranger = other.text.replace(other.id, id ?? '');
  assert.equal(stranger.length, text.length);
  assert.equal(await cache.find(stranger), undefined);
  assert.equal(await cache.find(text.slice(0, -1)), undefined);
  assert.equal(await cache.find(`${text}0`), undefined);
  assert.equal((await cache.find(text))?.state, 'valid');
  assert.equal(loads(), 1, 'the key is remembered as before');
});
