/** Exports that do not get through at once: what is shown is what the attempt that got through has made, and nothing else. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError } from '../../src/core/errors.ts';
import type { FileStore } from '../../src/store/files.ts';
import { createEngine, type Engine } from './harness.ts';
import { startExport } from './start-jobs.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query('create table things (id bigint primary key)');
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** The disk has room for so many files. */
function storeFor(count: number): FileStore {
  let room = count;
  return {
    ...engine.worker.files,
    save: async (...file) => {
      if (room === 0) throw new AppError('storage.full', 'full', { isRetryable: true });
      room -= 1;
      return engine.worker.files.save(...file);
    },
  };
}

test('an export shows no file of an earlier attempt, and none before it is complete', async () => {
  const { pool } = engine.database;
  await pool.query('insert into things select generate_series(1, 5)');
  const { job } = await startExport(engine, { collection: 'things', format: 'csv', splitRecords: 1 });
  const again = () => pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
  const given = await engine.attempt(job, {}, { files: storeFor(3) });
  assert.deepEqual([given.state, given.reason], ['queued', 'disk_full']);
  assert.deepEqual(await engine.artifacts(job), []);
  await again();
  await pool.query('delete from things where id > 2');
  const ended = await engine.attempt(given);
  assert.equal(ended.state, 'succeeded');
  const names = (await engine.artifacts(job)).map(({ name }) => name).sort();
  assert.deepEqual(names, ['manifest.json', 'things-0001.csv', 'things-0002.csv']);
});
