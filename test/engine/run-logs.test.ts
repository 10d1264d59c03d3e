/** Logs at places: there from the start of a run on, with the end and what was wrong, and never a job's undoing. */

import assert from 'node:assert/strict';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, beforeEach, test } from 'node:test';
import { readTimeline } from '../../src/store/jobs/find-jobs.ts';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { fetchFile } from '../../src/worker/import/fetcher.ts';
import { createLogKeeper } from '../../src/worker/run-log/log-keeper.ts';
import { createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const folder = mkdtempSync(join(tmpdir(), 'waybill-logs-'));
const path = join(folder, 'logs/run.txt');
const LOG = { location: 's3://bucket/logs/run.txt' };
const FROM_PLACE = { collection: 'things', source: { location: 's3://bucket/things.csv' }, log: LOG };

const seen: string[] = [];
let engine: Engine;
before(async () => {
  engine = await createEngine({
    locations: { 's3://bucket/': folder },
    fetchers: {
      looking: async (found, context) => {
        seen.push(readFileSync(path, 'utf8'));
        return fetchFile(found, context);
      },
    },
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
beforeEach(() => {
  rmSync(join(folder, 'logs'), { recursive: true, force: true });
  writeFileSync(join(folder, 'things.csv'), 'id,name\n1,one\nx,two\ny,three\nz,four\n');
});

const keeper = () =>
  createLogKeeper({ ...engine.worker, issuesPerJob: 2, onError: (error) => assert.fail(error as Error) });

test('the log is there before the source is read, and ends with results and issues', async () => {
  const source = { ...FROM_PLACE.source, unpack: 'looking' };
  const { job } = await engine.import({ ...FROM_PLACE, source });
  assert.equal(job.state, 'succeeded');
  assert.match(seen[0] ?? '', /a worker begins \(attempt 1\)\n$/);
  const lines = readFileSync(path, 'utf8').split('\n');
  assert.equal(
    lines[0],
    `Waybill, job ${job.number} (${job.id}): import of things, from s3://bucket/things.csv`,
  );
  const events = lines.flatMap((line) => /^2\S+Z {2}(\w+)/.exec(line)?.[1] ?? []);
  const order = ['accepted', 'a', 'fetching', 'indexing', 'writing', 'finishing', 'succeeded'];
  assert.deepEqual(
    order.filter((event) => events.includes(event)),
    order,
  );
  assert.deepEqual(events.at(-1), 'succeeded');
  assert.deepEqual(lines.slice(lines.indexOf('Results')), [
    'Results',
    '  4 processed: 1 successful, 0 with warnings, 3 rejected',
    '  1 created, 0 updated, 0 unchanged, 0 deleted, 0 skipped, 0 removed',
    '',
    'Issues',
    ...lines.filter((line) => /^ {2}record [23], line [34]: error: field "id":/.test(line)),
    '  The list ends after 2 issues (limit: limits.issuesPerJob); the groups of the job count all of them.',
    '',
  ]);
  assert.deepEqual(await keeper().runOnce(), { written: 0 });
});

/** The log as it was written, each time, with the state that the job had by then. */
async function logsOf(source: { readonly location: string }): Promise<(readonly [string, string])[]> {
  const { job } = await startImport(engine, 'import', { ...FROM_PLACE, source });
  const written: (readonly [string, string])[] = [];
  const { carrier } = engine.worker;
  await engine.attempt(job, undefined, {
    carrier: {
      ...carrier,
      async write(address, pieces) {
        await carrier.write(address, pieces);
        const { rows } = await engine.database.pool.query<{ state: string }>(
          'select state from waybill.jobs where id = $1',
          [job.id],
        );
        written.push([rows[0]?.state ?? '', readFileSync(path, 'utf8')]);
      },
    },
  });
  return written;
}

test('whoever is told that a job has ended finds what came of it in its log', async () => {
  for (const [source, words] of [
    [FROM_PLACE.source, /4 processed: 1 successful.*record 2, line 3: error/s],
    [{ location: 's3://bucket/nothing.csv' }, /There is no file at .* \[source\.not_found\]/],
  ] as const) {
    const [before, last] = (await logsOf(source)).slice(-2);
    assert.equal(before?.[0], 'running');
    assert.match(before?.[1] ?? '', words);
    assert.match(last?.[0] ?? '', /succeeded|failed/);
    assert.match(last?.[1] ?? '', words);
    assert.match(last?.[1] ?? '', /Z {2}(succeeded|failed)/);
  }
});

test('what was left out stands in the log by its names', async () => {
  writeFileSync(join(folder, 'things.csv'), 'id,colour,name,size\n1,red,one,9\n');
  await engine.import(FROM_PLACE);
  assert.match(readFileSync(path, 'utf8'), /Z {2}fields ignored; colour, size\n/);
});

test('a failure stands in the log with its words', async () => {
  const { job } = await engine.import({ ...FROM_PLACE, source: { location: 's3://bucket/nothing.csv' } });
  assert.equal(job.state, 'failed');
  assert.match(
    readFileSync(path, 'utf8'),
    /There is no file at s3:\/\/bucket\/nothing\.csv\. \[source\.not_found\]/,
  );
});

test('what ends where no worker holds it is written by the log keeper', async () => {
  const { job } = await startImport(engine, 'import', FROM_PLACE);
  await moveJob(engine.database.pool, { jobId: job.id, event: 'claimed' });
  await moveJob(engine.database.pool, { jobId: job.id, event: 'given_back', reason: 'worker_lost' });
  await cancelJob(engine.database.pool, job.id);
  assert.deepEqual(await keeper().runOnce(), { written: 0 });
  await engine.database.pool.query(
    `update waybill.jobs set finished_at = finished_at - interval '6 seconds' where id = $1`,
    [job.id],
  );
  assert.deepEqual(await keeper().runOnce(), { written: 1 });
  assert.match(
    readFileSync(path, 'utf8'),
    /Z {2}given back; worker_lost\n.*Z {2}cancelled; asked\n\nResults\n/,
  );
  assert.deepEqual(await keeper().runOnce(), { written: 0 });
});

test('a job that never began has no log', async () => {
  const { job } = await startImport(engine, 'import', FROM_PLACE);
  await cancelJob(engine.database.pool, job.id);
  await engine.database.pool.query(
    `update waybill.jobs set finished_at = finished_at - interval '6 seconds' where id = $1`,
    [job.id],
  );
  assert.deepEqual(await keeper().runOnce(), { written: 0 });
  assert.equal(existsSync(path), false);
});

test('a log that cannot be written fails no job, and the timeline says so once', async () => {
  mkdirSync(path, { recursive: true });
  const { job } = await engine.import(FROM_PLACE);
  assert.equal(job.state, 'succeeded');
  const noted = (await readTimeline(engine.database.pool, job.id)).filter(
    ({ event }) => event === 'log_not_written',
  );
  assert.equal(noted.length, 1);
  assert.match(String(noted[0]?.detail['message']), /s3:\/\/bucket\/logs\/run\.txt could not be written/);
});

test('a log that is mapped nowhere is refused before anything else', async () => {
  const refused = startImport(engine, 'import', { ...FROM_PLACE, log: { location: 's3://no/x' } });
  await assert.rejects(refused, { code: 'destination.unknown_location' });
});

test('an export keeps a log, too', async () => {
  const { job } = await engine.export({ collection: 'things', log: LOG });
  assert.equal(job.state, 'succeeded');
  assert.match(readFileSync(path, 'utf8'), /exporting.*succeeded/s);
});

test('no bug came up', () => assert.deepEqual(engine.bugs, []));
