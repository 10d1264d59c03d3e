/** What a folder may have in it before it is too much to be a package. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { DEFAULT_READ_LIMITS } from '../../../src/formats/format.ts';
import { DEFAULT_DECOMPRESSION_LIMITS } from '../../../src/formats/source/decompression-limits.ts';
import type { Found } from '../../../src/transfer/transport.ts';
import { fetchEgainPackage } from '../../../src/worker/import/fetch-egain-package.ts';

test('a folder of more files than a package may have is not listed to its end', async () => {
  let listed = 0;
  /** Of each folder less than that. */
  async function* names() {
    for (let number = 1; number <= 80_000; number += 1) {
      listed += 1;
      yield `${number}.html`;
    }
  }
  const folder: Found = {
    kind: 'folder',
    list: names,
    open: async () => Readable.from([Buffer.from('{"articles": [{"name": "One"}]}')], { objectMode: false }),
  };
  const { pieces } = await fetchEgainPackage(folder, {
    address: 's3://bucket/in',
    signal: new AbortController().signal,
    limits: { ...DEFAULT_READ_LIMITS, decompression: DEFAULT_DECOMPRESSION_LIMITS },
    keep: () => Promise.reject(new Error('a folder is not kept')),
  });
  await assert.rejects(Readable.from(pieces).toArray(), {
    code: 'format.limit_exceeded',
    message: 'The package has more than 200000 files.',
  });
  assert.equal(listed, 200_001);
});
