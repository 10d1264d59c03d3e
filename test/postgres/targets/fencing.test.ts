import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { Client } from 'pg';
import {
  chunkOf,
  collect,
  collectionOf,
  createTargetBench,
  NEVER,
  nonZero,
  openWriter,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

async function managed(name: string) {
  const collection = collectionOf('id:integer name', { name });
  await bench.target.applyManagedTable(collection);
  return collection;
}

async function countOf(name: string): Promise<number> {
  const result = await bench.database.pool.query<{ n: number }>(
    `select count(*)::int as n from waybill_data.${name}`,
  );
  return result.rows[0]?.n ?? -1;
}

test('after a takeover the old attempt writes nothing any more and is told so', async () => {
  const collection = await managed('taken');
  const job = { collection, jobId: randomUUID() };
  const old = await openWriter(bench.target, { ...job, epoch: 1 });
  const staged = await old.stage(chunkOf([['1', 'old']]), NEVER);
  const successor = await openWriter(bench.target, { ...job, epoch: 2 });
  // Its session was ended by the successor; the next try on a new one meets the fence.
  await assert.rejects(old.write(staged, NEVER));
  await assert.rejects(old.write(staged, NEVER), { code: 'target.fenced' });
  await assert.rejects(openWriter(bench.target, { ...job, epoch: 1 }), { code: 'target.fenced' });
  assert.equal(await countOf('taken'), 0);
  const outcome = await successor.write(await successor.stage(chunkOf([['1', 'new']]), NEVER), NEVER);
  assert.deepEqual(nonZero(outcome.counts), { created: 1 });
  await old.close();
  await successor.close();
});

test('a write that waits for a lock is ended by the successor, and lands once', async () => {
  const collection = await managed('locked');
  const job = { collection, jobId: randomUUID() };
  await bench.database.pool.query(`insert into waybill_data.locked values (1, 'before')`);
  const blocker = new Client({ connectionString: bench.database.url });
  await blocker.connect();
  await blocker.query('begin; update waybill_data.locked set name = name where id = 1');
  const old = await openWriter(bench.target, { ...job, epoch: 1 });
  const staged = await old.stage(
    chunkOf([
      ['1', 'old'],
      ['2', 'old'],
    ]),
    NEVER,
  );
  const write = assert.rejects(old.write(staged, NEVER));
  const successor = await openWriter(bench.target, { ...job, epoch: 2 });
  await write;
  await blocker.query('commit');
  await blocker.end();
  const again = await successor.stage(
    chunkOf([
      ['1', 'new'],
      ['2', 'new'],
    ]),
    NEVER,
  );
  assert.deepEqual(nonZero((await successor.write(again, NEVER)).counts), { created: 1, updated: 1 });
  await old.close();
  await successor.close();
});

test('a lock that is not given within lockTimeoutMs is a transient fault, after which the chunk can be written again', async () => {
  const collection = await managed('timed');
  await bench.database.pool.query(`insert into waybill_data.timed values (1, 'before')`);
  const blocker = new Client({ connectionString: bench.database.url });
  await blocker.connect();
  await blocker.query('begin; update waybill_data.timed set name = name where id = 1');
  const writer = await openWriter(bench.target, { collection, lockTimeoutMs: 100 });
  const staged = await writer.stage(chunkOf([['1', 'after']]), NEVER);
  await assert.rejects(writer.write(staged, NEVER), { code: '55P03' });
  await blocker.query('rollback');
  await blocker.end();
  assert.deepEqual(nonZero((await writer.write(staged, NEVER)).counts), { updated: 1 });
  await writer.close();
});

test('interrupt ends a write that hangs, and says so as a transient fault', async () => {
  const collection = await managed('hung');
  await bench.database.pool.query(`insert into waybill_data.hung values (1, 'before')`);
  const blocker = new Client({ connectionString: bench.database.url });
  await blocker.connect();
  await blocker.query('begin; update waybill_data.hung set name = name where id = 1');
  const writer = await openWriter(bench.target, { collection, lockTimeoutMs: 60_000 });
  const staged = await writer.stage(chunkOf([['1', 'after']]), NEVER);
  const write = assert.rejects(writer.write(staged, NEVER), { code: '57014' });
  await waitingSession();
  await writer.interrupt(1000);
  await write;
  await blocker.end();
  await writer.close();
});

/** Resolves when a session of a writer waits for a lock. */
async function waitingSession(): Promise<void> {
  const deadline = Date.now() + 5000;
  while (Date.now() < deadline) {
    const result = await bench.database.pool.query(
      `select from pg_stat_activity where datname = current_database() and application_name like 'waybill/%/%' and wait_event_type = 'Lock'`,
    );
    if ((result.rowCount ?? 0) > 0) return;
  }
  throw new Error('No session waits for a lock');
}

test('a session stopped inside COPY holds nothing that its successor needs', async () => {
  const collection = await managed('stopped');
  const job = { collection, jobId: randomUUID() };
  const old = await openWriter(bench.target, { ...job, epoch: 1 });
  // A client that never sends the rest: the stream is opened and nothing is written.
  const stuck = new Client({
    connectionString: bench.database.url,
    application_name: `waybill/${job.jobId}/1`,
  });
  stuck.on('error', () => undefined);
  await stuck.connect();
  await stuck.query('create temporary table t (a text)');
  stuck.query('copy t from stdin').catch(() => undefined);
  const startedAt = performance.now();
  const successor = await openWriter(bench.target, { ...job, epoch: 2 });
  assert.ok(performance.now() - startedAt < 5000);
  const left = await bench.database.pool.query('select from pg_stat_activity where application_name = $1', [
    `waybill/${job.jobId}/1`,
  ]);
  assert.equal(left.rowCount, 0);
  await old.close();
  await successor.close();
  await stuck.end().catch(() => undefined);
});

test('a chunk that is in the ledger is not written twice, and its outcome is that of the first time', async () => {
  const collection = await managed('replayed');
  const job = { collection, jobId: randomUUID(), mode: 'insert' as const };
  const chunk = chunkOf(
    [
      ['1', 'a'],
      ['2', 'b'],
    ],
    1,
    {
      rejectedRecords: [3],
      issues: [
        {
          severity: 'error',
          code: 'field.missing',
          params: {},
          record: 3,
          line: 4,
          byteOffset: 30,
          byteLength: 10,
        },
      ],
    },
  );
  // Two attempts read the ledger before either writes, as when a commit was unclear.
  const first = await openWriter(bench.target, { ...job, epoch: 1 });
  const second = await openWriter(bench.target, { ...job, epoch: 1 });
  const written = await second.write(await second.stage(chunk, NEVER), NEVER);
  const third = await openWriter(bench.target, { ...job, epoch: 1 });
  assert.equal(third.summary.chunks, 1);
  await first.close();
  const replay = await openWriterAtStart({ ...job, epoch: 1 });
  const replayed = await replay.write(await replay.stage(chunk, NEVER), NEVER);
  assert.deepEqual(replayed, written);
  assert.deepEqual(nonZero(replayed.counts), { created: 2, rejected: 1 });
  assert.equal(await countOf('replayed'), 2);
  for (const writer of [second, third, replay]) await writer.close();
  const segments = await collect(bench.target.issueSegments({ jobId: job.jobId, part: 0 }));
  assert.deepEqual(segments, [{ chunk: 0, firstRecord: 1, lastRecord: 3, issues: chunk.issues }]);
  await bench.target.forget([job.jobId]);
  assert.deepEqual(await collect(bench.target.issueSegments({ jobId: job.jobId, part: 0 })), []);

  /** A writer that believes that nothing has landed: the ledger's row is hidden while it opens. */
  async function openWriterAtStart(options: typeof job & { epoch: number }) {
    const { pool } = bench.database;
    await pool.query('update waybill_ledger.ledger set part = 99 where job_id = $1', [options.jobId]);
    const writer = await openWriter(bench.target, options);
    await pool.query('update waybill_ledger.ledger set part = 0 where job_id = $1', [options.jobId]);
    return writer;
  }
});
