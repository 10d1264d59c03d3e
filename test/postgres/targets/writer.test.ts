/** What a writer does when things break under it, and beside others. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { isTransient } from '../../../src/core/sqlstate.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  field,
  NEVER,
  nonZero,
  openWriter,
  type Row,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

async function killWriters(): Promise<void> {
  await bench.database.pool.query(
    `select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = current_database() and application_name like 'waybill/%/%'`,
  );
}

function rowsFrom(first: number, count: number, name = 'x'.repeat(200)): Row[] {
  return Array.from({ length: count }, (_, at) => [String(first + at), name]);
}

test('a staged chunk whose connection is gone is staged again and written once', async () => {
  const collection = collectionOf('id:integer name', { name: 'reconnected' });
  await bench.target.applyManagedTable(collection);
  const writer = await openWriter(bench.target, { collection });
  const first = await writer.stage(chunkOf(rowsFrom(1, 100)), NEVER);
  const second = await writer.stage(chunkOf(rowsFrom(101, 100), 101), NEVER);
  await killWriters();
  for (const staged of [first, second]) {
    await assert.rejects(writer.write(staged, NEVER), isTransient);
    assert.deepEqual(nonZero((await writer.write(staged, NEVER)).counts), { created: 100 });
  }
  await writer.close();
});

test('a value that the server refuses while thousands of rows are under way costs one record', async () => {
  await bench.database.pool.query(`create table typed (id int primary key, name text, code varchar(2))`);
  const collection = {
    ...collectionOf('id:integer name code', { table: 'typed' }),
    fields: [field('id', 'integer'), field('name'), field('code', 'text', { sensitive: true })],
  };
  const rows: Row[] = Array.from({ length: 10_000 }, (_, at) => [
    String(at),
    'x'.repeat(300),
    at === 3 ? 'secret' : 'ok',
  ]);
  const writer = await openWriter(bench.target, { collection });
  const staged = await writer.stage(chunkOf(rows), NEVER);
  const outcome = await writer.write(staged, NEVER);
  assert.deepEqual(nonZero(outcome.counts), { created: 9999, rejected: 1 });
  assert.deepEqual(outcome.issues, [
    {
      severity: 'error',
      code: 'field.not_of_type',
      // The field is sensitive: the server's words could repeat it.
      params: { type: 'character varying(2)', reason: 'SQLSTATE 22001' },
      record: 4,
      line: 5,
      byteOffset: 40,
      byteLength: 10,
      field: 'code',
      key: ['3'],
    },
  ]);
  // The connection is as good as before.
  const next = await writer.stage(chunkOf([['20000', 'n', 'ok']], 10_001), NEVER);
  await writer.write(next, NEVER);
  const again = await writer.stage(chunkOf([['20001', 'n', 'ok']], 10_002), NEVER);
  assert.deepEqual(nonZero((await writer.write(again, NEVER)).counts), { created: 1 });
  await writer.close();
});

test('writers of overlapping chunks in opposite order neither deadlock nor lose a row', async () => {
  const collection = collectionOf('id:integer name', { name: 'parallel' });
  await bench.target.applyManagedTable(collection);
  const forward = rowsFrom(1, 2000, 'forward');
  const backward = rowsFrom(1, 2000, 'backward').reverse();
  for (let round = 0; round < 3; round += 1) {
    const results = await Promise.all(
      [forward, backward].map((rows) => runJob(bench.target, { collection }, [chunkOf(rows)])),
    );
    for (const { counts, issues } of results) {
      assert.deepEqual(issues, []);
      assert.equal(counts.created + counts.updated + counts.unchanged, 2000);
    }
    const names = await bench.database.pool.query(
      'select name, count(*)::int as n from waybill_data.parallel group by 1',
    );
    assert.equal(names.rows.length, 1);
    assert.equal(names.rows[0].n, 2000);
  }
});

test('a chunk all of whose records are rejected is as quick as any other', async () => {
  const collection = collectionOf('id:integer name', { name: 'refused' });
  await bench.target.applyManagedTable(collection);
  await runJob(bench.target, { collection }, [chunkOf(rowsFrom(1, 10_000, 'a'))]);
  const startedAt = performance.now();
  const result = await runJob(bench.target, { collection, mode: 'insert' }, [
    chunkOf(rowsFrom(1, 10_000, 'a')),
  ]);
  assert.deepEqual(nonZero(result.counts), { rejected: 10_000 });
  assert.equal(result.issues.length, 10_000);
  assert.ok(performance.now() - startedAt < 5000);
});

test('an aborted signal stops a copy, and the writer can go on', async () => {
  const collection = collectionOf('id:integer name', { name: 'aborted' });
  await bench.target.applyManagedTable(collection);
  const writer = await openWriter(bench.target, { collection });
  const stop = new AbortController();
  const staging = writer.stage(chunkOf(rowsFrom(1, 10_000)), stop.signal);
  stop.abort(new Error('enough'));
  await assert.rejects(staging);
  const staged = await writer.stage(chunkOf(rowsFrom(1, 10)), NEVER);
  assert.deepEqual(nonZero((await writer.write(staged, NEVER)).counts), { created: 10 });
  await writer.close();
});
