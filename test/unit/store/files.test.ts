import assert from 'node:assert/strict';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createFileStore } from '../../../src/store/files.ts';

test('nobody else on the machine may look into the folders of uploads and results', async () => {
  const root = await mkdtemp(join(tmpdir(), 'waybill-files-'));
  try {
    await createFileStore(root, 0).save('artifacts/job/result.csv', Readable.from([Buffer.from('a,b\n')]));
    for (const folder of ['artifacts', 'artifacts/job'])
      assert.equal((await stat(join(root, folder))).mode & 0o777, 0o700);
  } finally {
    await rm(root, { recursive: true, force: true });
  }
});
