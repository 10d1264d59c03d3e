/** Sources by reference: fetched once, pinned, and then read like any other; and what limits how much may come. */

import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { after, before, beforeEach, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { getUpload } from '../../src/store/uploads.ts';
import type { Carrier } from '../../src/transfer/carrier.ts';
import type { Fetcher } from '../../src/worker/import/fetcher.ts';
import { createEngine, type Engine, rowsOf } from './harness.ts';
import { startImport } from './start-jobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-sources-'));

async function namesOf(names: AsyncIterable<string>) {
  const all: string[] = await Readable.from(names).toArray();
  return all.toSorted().entries();
}

/** One record for each file below a folder. */
const listFiles: Fetcher = async (found, { address }) => {
  assert.ok(found.kind === 'folder', address);
  const place = found;
  async function* records(): AsyncIterable<Uint8Array> {
    for (const [index, name] of await namesOf(place.list())) {
      yield Buffer.from(`${JSON.stringify({ id: index + 1, name: await text(await place.open(name)) })}\n`);
    }
  }
  return { fileName: 'files.jsonl', pieces: records() };
};

let engine: Engine;
before(async () => {
  engine = await createEngine({
    locations: { 's3://bucket/': folder },
    fetchers: { 'list-files': listFiles },
  });
  await engine.database.pool.query('create table things (id bigint primary key, name text)');
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
});
after(async () => {
  await engine.close();
  rmSync(folder, { recursive: true });
});
beforeEach(async () => {
  await engine.database.pool.query('truncate things');
  rmSync(join(folder, 'in'), { recursive: true, force: true });
  mkdirSync(join(folder, 'in'));
  writeFileSync(join(folder, 'in/things.csv'), 'id,name\n1,one\n2,two\n');
});

const FROM_PLACE = { collection: 'things', source: { location: 's3://bucket/in/things.csv' } };

async function accept(request: ImportRequest): Promise<Job> {
  return (await startImport(engine, 'import', request)).job;
}

test('what lies at a place is imported, and kept as an upload that the part names', async () => {
  const { job } = await engine.import(FROM_PLACE);
  assert.equal(job.state, 'succeeded');
  assert.equal((await rowsOf(engine, 'things')).length, 2);
  const source = job.parts[0]?.source;
  assert.ok(source?.upload !== undefined && 'location' in source);
  assert.equal(source.location, 's3://bucket/in/things.csv');
  const { fileName, sizeBytes } = await getUpload(engine.database.pool, source.upload);
  assert.deepEqual([fileName, sizeBytes], ['things.csv', 20]);
});

test('a validation of a place can be imported as it was checked, whatever lies there by then', async () => {
  const { job: checked } = await engine.validate(FROM_PLACE);
  assert.equal(checked.state, 'succeeded');
  writeFileSync(join(folder, 'in/things.csv'), 'id,name\n9,nine\n');
  const { job } = await engine.import({ source: { job: checked.id } });
  assert.deepEqual([job.state, (await rowsOf(engine, 'things')).length], ['succeeded', 2]);
});

test('the place is read once: a later attempt reads what the first has fetched', async () => {
  const job = await accept(FROM_PLACE);
  await engine.database.pool.query('alter table things rename to away');
  const failed = await engine.attempt(job);
  assert.equal(failed.failure?.code, 'target.not_found');
  await engine.database.pool.query('alter table away rename to things');
  rmSync(join(folder, 'in/things.csv'));
  const again = await engine.retry(failed);
  assert.deepEqual([again.state, (await rowsOf(engine, 'things')).length], ['succeeded', 2]);
});

test('an attempt that is overtaken while it fetches pins nothing, and leaves no upload', async () => {
  const job = await accept(FROM_PLACE);
  const overtaken: Carrier = {
    ...engine.worker.carrier,
    async find(address) {
      await moveJob(engine.database.pool, { jobId: job.id, event: 'given_back', reason: 'worker_lost' });
      await moveJob(engine.database.pool, { jobId: job.id, event: 'claimed' });
      return engine.worker.carrier.find(address);
    },
  };
  const { rows: before } = await engine.database.pool.query('select count(*) from waybill.uploads');
  const after = await engine.attempt(job, undefined, { carrier: overtaken });
  assert.deepEqual([after.state, after.epoch, after.parts[0]?.source?.upload], ['running', 2, undefined]);
  assert.deepEqual((await engine.database.pool.query('select count(*) from waybill.uploads')).rows, before);
  await moveJob(engine.database.pool, { jobId: job.id, event: 'succeeded' });
});

test('a missing file fails the job by its address, and a retry finds it when it has come', async () => {
  const { job } = await engine.import({
    collection: 'things',
    source: { location: 's3://bucket/in/late.csv' },
  });
  assert.deepEqual(job.failure, {
    code: 'source.not_found',
    message: 'There is no file at s3://bucket/in/late.csv.',
    retryable: true,
    details: { address: 's3://bucket/in/late.csv' },
  });
  writeFileSync(join(folder, 'in/late.csv'), 'id,name\n3,three\n');
  assert.equal((await engine.retry(job)).state, 'succeeded');
});

test('a place that is mapped nowhere is refused; a folder and a file that is too large fail the job', async () => {
  await assert.rejects(accept({ collection: 'things', source: { location: 's3://elsewhere/x' } }), {
    code: 'source.unknown_location',
  });
  const { job } = await engine.import({ collection: 'things', source: { location: 's3://bucket/in' } });
  assert.equal(job.failure?.code, 'source.is_directory');
  const tight = await engine.import(FROM_PLACE, { maxUploadBytes: 10 });
  assert.equal(tight.job.failure?.code, 'request.too_large');
});

test('a fetcher makes one file of a folder', async () => {
  writeFileSync(join(folder, 'in/a.txt'), 'Ann');
  rmSync(join(folder, 'in/things.csv'));
  const source = { location: 's3://bucket/in', unpack: 'list-files' };
  const { job } = await engine.import({ collection: 'things', source });
  assert.equal(job.state, 'succeeded');
  assert.deepEqual(await rowsOf(engine, 'things'), [{ id: 1, name: 'Ann' }]);
});

test('more records than are allowed fail the job once they are counted, before one is written', async () => {
  for (const start of ['import', 'validate'] as const) {
    const { job } = await engine[start]({ ...FROM_PLACE, maxRecords: 1 });
    assert.deepEqual([job.state, job.failure?.code], ['failed', 'job.too_many_records']);
    assert.deepEqual(job.failure?.details, { records: 2, maxRecords: 1 });
  }
  assert.deepEqual(await rowsOf(engine, 'things'), []);
  assert.equal((await engine.import({ ...FROM_PLACE, maxRecords: 2 })).job.state, 'succeeded');
});

test('no bug came up', () => assert.deepEqual(engine.bugs, []));
