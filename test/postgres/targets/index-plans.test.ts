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
    create unique index big_code on big (lower(code)) where name is not null;
    analyze big`);
});
after(() => bench.database.drop());

const collection = collectionOf('id:integer code name n:integer', { table: 'big' });

function rowsFrom(first: number): Row[] {
  return Array.from({ length: 10_000 }, (_, at) => [
    String(first + at * 7),
    `c${first + at * 7}`,
    'new',
    undefined,
  ]);
}

/** Entries that scans have read so far: of the table one by one, and of its indexes. */
async function readsOf(table: string): Promise<{ rows: number; entries: number }> {
  const result = await bench.database.pool.query<{ rows: number; entries: number }>(
    `select t.seq_tup_read::int as rows, (
       select sum(i.idx_tup_read)::int from pg_stat_user_indexes i where i.relid = t.relid) as entries
     from pg_stat_user_tables t where t.relname = $1`,
    [table],
  );
  return result.rows[0] ?? { rows: 0, entries: 0 };
}

/** What the writers have read since then. Sessions report their figures when they end. */
async function readsSince(before: {
  rows: number;
  entries: number;
}): Promise<{ rows: number; entries: number }> {
  // Those that are kept for others, too.
  await bench.target.close();
  const deadline = Date.now() + 10_000;
  for (;;) {
    const now = await readsOf('big');
    const open = await bench.database.pool.query(
      `select from pg_stat_activity
       where datname = current_database() and application_name like 'waybill/%/%'`,
    );
    if (now.entries > before.entries && open.rowCount === 0) {
      return { rows: now.rows - before.rows, entries: now.entries - before.entries };
    }
    assert.ok(Date.now() < deadline, 'no index of the target was used');
  }
}

/** Each row may be looked up a few times, but nothing may read the table as a whole. */
function assertProbes(reads: { rows: number; entries: number }): void {
  assert.equal(reads.rows, 0);
  assert.ok(reads.entries < 150_000, `${reads.entries} index entries read for 10,000 rows`);
}

for (const mode of ['upsert', 'insert', 'update', 'delete'] satisfies ImportMode[]) {
  test(`${mode} of a chunk reads a table of a million rows by its key`, async () => {
    const before = await readsOf('big');
    const rows = mode === 'insert' ? rowsFrom(990_000) : rowsFrom(500_000);
    await runJob(bench.target, { collection, mode, kind: 'validation', effects: true }, [chunkOf(rows)]);
    await runJob(bench.target, { collection, mode }, [chunkOf(rows)]);
    assertProbes(await readsSince(before));
  });
}

test('unique indexes beside the key are probed by themselves', async () => {
  const before = await readsOf('big');
  const writer = await openWriter(bench.target, { collection });
  const probes = await writer.probeUniques(await writer.stage(chunkOf(rowsFrom(100)), NEVER), NEVER);
  assert.equal(probes.length, 10_000);
  await writer.close();
  assertProbes(await readsSince(before));
});
