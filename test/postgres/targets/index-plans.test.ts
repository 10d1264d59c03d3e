/** A chunk finds its rows by index probes, however big the target is. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { ImportMode } from '../../../src/core/job.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  NEVER,
  openWriter,
  type Row,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.database.pool.query(`create table big (id int primary key, code text, name text, n int default 1 not null, check (n > 0));
    insert into big select i, 'c' || i, 'name ' || i from generate_series(1, 1000000) i;
    create unique index big_code on big (lower(code)) where name is not null`);
});
after(() => bench.database.drop());

const collection = collectionOf('id:integer code name n:integer', { table: 'big' });

function rowsFrom(first: number): Row[] {
  return Array.from({ length: 1000 }, (_, at) => [
    String(first + at * 7),
    `c${first + at * 7}`,
    'new',
    undefined,
  ]);
}

async function scansOf(table: string): Promise<{ seq: number; idx: number }> {
  const result = await bench.database.pool.query<{ seq: number; idx: number }>(
    'select seq_scan::int as seq, idx_scan::int as idx from pg_stat_user_tables where relname = $1',
    [table],
  );
  return result.rows[0] ?? { seq: 0, idx: 0 };
}

/** Sessions report their figures when they end. */
async function scansAfter(before: { idx: number }): Promise<{ seq: number; idx: number }> {
  const deadline = Date.now() + 10_000;
  for (;;) {
    const now = await scansOf('big');
    const open = await bench.database.pool.query(
      `select from pg_stat_activity where application_name like 'waybill/%/%'`,
    );
    if (now.idx > before.idx && open.rowCount === 0) return now;
    assert.ok(Date.now() < deadline, 'no index of the target was used');
  }
}

for (const mode of ['upsert', 'insert', 'update', 'delete'] satisfies ImportMode[]) {
  test(`${mode} of a chunk reads a table of a million rows by its key`, async () => {
    const before = await scansOf('big');
    const rows = mode === 'insert' ? rowsFrom(990_000) : rowsFrom(500_000);
    await runJob(bench.target, { collection, mode, kind: 'validation', effects: true }, [chunkOf(rows)]);
    await runJob(bench.target, { collection, mode }, [chunkOf(rows)]);
    const scans = await scansAfter(before);
    assert.equal(scans.seq, before.seq);
  });
}

test('unique indexes beside the key are probed by themselves', async () => {
  const before = await scansOf('big');
  const writer = await openWriter(bench.target, { collection });
  const probes = await writer.probeUniques(await writer.stage(chunkOf(rowsFrom(100)), NEVER), NEVER);
  assert.equal(probes.length, 1000);
  await writer.close();
  assert.equal((await scansAfter(before)).seq, before.seq);
});
