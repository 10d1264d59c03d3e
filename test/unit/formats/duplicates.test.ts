import assert from 'node:assert/strict';
import { readdir, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, it } from 'node:test';
import * as fc from 'fast-check';
import type { DuplicatePolicy } from '../../../src/core/job.ts';
import { DuplicateFinder } from '../../../src/formats/duplicates/duplicate-finder.ts';
import { hash128 } from '../../../src/formats/duplicates/hash-128.ts';
import { LoserCursor } from '../../../src/formats/duplicates/loser-cursor.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { temporaryFolder } from './temporary-folder.ts';

/** What the finder finds, the slow way. */
function expected(keys: readonly string[], policy: DuplicatePolicy): (number | undefined)[] {
  return keys.map((key, i) => {
    const winner = 1 + (policy === 'last' ? keys.lastIndexOf(key) : keys.indexOf(key));
    return winner === i + 1 ? undefined : winner;
  });
}

async function find(path: string, keys: readonly string[], policy: DuplicatePolicy): Promise<number> {
  const finder = new DuplicateFinder({ path, policy, seed: 7 });
  keys.forEach((key, i) => {
    finder.add(i + 1, key);
  });
  return await finder.finish();
}

describe('the duplicate finder', () => {
  it('finds the losers of every key under each policy', async (test) => {
    const path = join(await temporaryFolder(test), 'losers');
    const keys = fc.array(
      fc.oneof(fc.constantFrom('', 'a', 'b', 'a\0', 'long key '.repeat(9)), fc.string({ maxLength: 3 })),
      { maxLength: 60 },
    );
    // Alone they stay in memory; behind others they are spilled.
    const others = Array.from({ length: 2040 }, (_, i) => `other key ${i}`);
    await fc.assert(
      fc.asyncProperty(
        keys,
        fc.constantFrom('error', 'first', 'last'),
        fc.nat(),
        fc.boolean(),
        async (some, policy, pick, isMany) => {
          const all = isMany ? [...others, ...some] : some;
          const winners = expected(all, policy);
          assert.equal(
            await find(path, all, policy),
            winners.filter((winner) => winner !== undefined).length,
          );
          const from = 1 + (pick % (all.length + 1));
          const cursor = LoserCursor.open(path, from);
          assert.ok(cursor);
          const found = winners.slice(from - 1).map((_, i) => cursor.findWinner(from + i));
          cursor.close();
          assert.deepEqual(found, winners.slice(from - 1));
        },
      ),
      { seed: 8, numRuns: runsOf(40) },
    );
  });

  it('finds them among many, spilled to disk, and leaves only its result', async (test) => {
    const folder = await temporaryFolder(test);
    const path = join(folder, 'losers');
    const keys = Array.from({ length: 200_000 }, (_, i) => `key ${i % 150_000}`);
    assert.equal(await find(path, keys, 'last'), 50_000);
    assert.deepEqual(await readdir(folder), ['losers']);
    const cursor = LoserCursor.open(path, 49_999);
    assert.deepEqual(
      [49_999, 50_000, 50_001, 200_000].map((record) => cursor?.findWinner(record)),
      [199_999, 200_000, undefined, undefined],
    );
    cursor?.close();
  });

  it('writes no file where it finds none and is told so, few or many', async (test) => {
    const folder = await temporaryFolder(test);
    for (const length of [0, 1, 2048]) {
      const path = join(folder, 'losers');
      const finder = new DuplicateFinder({ path, policy: 'error', seed: 7, isFileOptional: true });
      for (let record = 1; record <= length; record += 1) finder.add(record, `key ${record}`);
      assert.equal(await finder.finish(), 0);
      assert.deepEqual(await readdir(folder), []);
    }
  });

  it('has nothing to open when the file is missing or cut', async (test) => {
    const path = join(await temporaryFolder(test), 'losers');
    assert.equal(LoserCursor.open(path), undefined);
    await find(path, ['a', 'a'], 'first');
    await truncate(path, 30);
    assert.equal(LoserCursor.open(path), undefined);
  });

  it('stops when it is aborted and removes its work files', async (test) => {
    const folder = await temporaryFolder(test);
    const finder = new DuplicateFinder({ path: join(folder, 'losers'), policy: 'first', seed: 1 });
    finder.add(1, 'a');
    await assert.rejects(finder.finish(AbortSignal.abort(new Error('enough'))), /enough/);
    assert.deepEqual(await readdir(folder), []);
  });
});

it('the hash spreads, depends on the seed, and tells every text from every other', () => {
  const seen = new Set<string>();
  const buckets = new Uint32Array(256);
  const out = new Uint32Array(4);
  for (let i = 0; i < 50_000; i += 1) {
    hash128(`user${i}@example.com`, 1, out);
    seen.add(out.join());
    const bucket = (out[0] as number) >>> 24;
    buckets[bucket] = (buckets[bucket] as number) + 1;
  }
  for (let length = 0; length < 20; length += 1) {
    hash128('\0'.repeat(length), 1, out);
    seen.add(out.join());
  }
  hash128('user0@example.com', 2, out);
  seen.add(out.join());
  assert.equal(seen.size, 50_021);
  assert.ok(Math.min(...buckets) > 100 && Math.max(...buckets) < 300);
});
