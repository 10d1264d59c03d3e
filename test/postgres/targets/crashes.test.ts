/** Whatever dies, and whenever: the table and the counts are those of a run that nothing disturbed. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import type { ImportMode } from '../../../src/core/job.ts';
import { isTransient } from '../../../src/core/sqlstate.ts';
import type { Chunk } from '../../../src/targets/target.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  type JobOptions,
  ledgerCounts,
  NEVER,
  openWriter,
  type Row,
  type TargetBench,
} from './target-harness.ts';

const RECORDS = 6000;
const CHUNK = 400;

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

/** A small generator with a seed (mulberry32), so that a failure can be repeated. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @param hasBad some records are refused: by a rule that is known (n), and by a trigger (id) */
function chunksFrom(firstRecord: number, hasBad: boolean): Chunk[] {
  const chunks: Chunk[] = [];
  for (let first = firstRecord; first <= RECORDS; first += CHUNK) {
    const rows: Row[] = [];
    for (let n = first; n < Math.min(first + CHUNK, RECORDS + 1); n += 1) {
      const id = !hasBad && n % 501 === 0 ? n + RECORDS : n;
      rows.push([String(id), `name ${n}`, hasBad && n % 97 === 0 ? '-1' : String(n)]);
    }
    chunks.push(chunkOf(rows, first));
  }
  return chunks;
}

async function prepare(table: string) {
  // Some rows exist, some are refused by a rule that is known and some by a trigger.
  await bench.database.pool.query(`create table ${table} (id int primary key, name text, n int check (n > 0));
    insert into ${table} select i, case when i % 2 = 0 then 'name ' || i else 'old' end, i from generate_series(1, ${RECORDS}, 3) i;
    insert into ${table} values (-1, 'not in the file', 1)`);
  await bench.database.pool.query(`
    create or replace function refuse_some() returns trigger language plpgsql as
      $$ begin if new.id % 501 = 0 then raise exception 'no'; end if; return new; end $$;
    create trigger refused after insert or update on ${table} for each row execute function refuse_some()`);
  return collectionOf('id:integer name n:integer', { table });
}

type DisturbedJob = JobOptions & { readonly jobId: string; readonly hasBad?: boolean };

/** One attempt, from where the ledger says. @param step is called as each copy, write and commit begins. */
async function attempt(
  options: DisturbedJob,
  step: (kind: 'chunk' | 'commit') => void = () => undefined,
): Promise<void> {
  const writer = await openWriter(bench.target, options);
  const stage = (chunk: Chunk) => {
    step('chunk');
    return writer.stage(chunk, NEVER);
  };
  try {
    const chunks = chunksFrom(writer.summary.lastRecord + 1, options.hasBad ?? true);
    let next = chunks[0] && stage(chunks[0]);
    for (const following of [...chunks.slice(1), undefined]) {
      const staged = await next;
      if (staged === undefined) break;
      next = following && stage(following);
      // A failed write leaves the copy beside it to fail by itself.
      next?.catch(() => undefined);
      step('chunk');
      await writer.write(staged, NEVER);
    }
    if (options.mode === 'replace' || options.atomicity === 'all') {
      step('commit');
      await writer.commit(NEVER);
    }
  } finally {
    await writer.close();
  }
}

/** Ends the job's sessions at random moments, until it is through; each attempt has the next epoch. @param look is called after each that was killed */
async function disturbedJob(
  options: DisturbedJob,
  random: () => number,
  look: () => Promise<void> = async () => undefined,
): Promise<number> {
  for (let epoch = 1; ; epoch += 1) {
    // Later attempts have less to do: they are ended earlier.
    let stepsLeft = epoch > 8 ? Number.POSITIVE_INFINITY : 1 + Math.floor(32 * random() ** epoch);
    let killer: NodeJS.Timeout | undefined;
    const step = () => {
      stepsLeft -= 1;
      if (stepsLeft === 0) killer = setTimeout(() => void killSessions(options.jobId), random() * 8);
    };
    try {
      await attempt({ ...options, epoch }, step);
      return epoch;
    } catch (error) {
      if (!isTransient(error) && !isAppError(error, 'database.unavailable')) throw error;
    } finally {
      clearTimeout(killer);
    }
    await look();
  }
}

async function killSessions(jobId: string): Promise<void> {
  await bench.database.pool.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'waybill/' || $1 || '/%'`,
    [jobId],
  );
}

async function contentOf(table: string): Promise<unknown[]> {
  return (await bench.database.pool.query(`select * from ${table} order by id`)).rows;
}

const CASES: readonly { mode: ImportMode; seeds: readonly number[] }[] = [
  { mode: 'upsert', seeds: [1, 2, 3, 4] },
  { mode: 'insert', seeds: [5, 6] },
  { mode: 'update', seeds: [7, 11] },
  { mode: 'delete', seeds: [8, 12] },
  { mode: 'replace', seeds: [9, 10] },
];

for (const { mode, seeds } of CASES) {
  test(`${mode}: killed at random moments, the table and the counts are those of an undisturbed run`, async () => {
    const options = { mode, replaceDespiteErrors: true };
    const plain = `plain_${mode}`;
    const undisturbed = { ...options, collection: await prepare(plain), jobId: randomUUID() };
    await attempt({ ...undisturbed, epoch: 1 });
    const wanted = { counts: await ledgerCounts(bench.target, undisturbed), content: await contentOf(plain) };
    assert.ok(wanted.counts.rejected > 0);
    let attempts = 0;
    for (const seed of seeds) {
      const table = `${mode}_${seed}`;
      const disturbed = { ...options, collection: await prepare(table), jobId: randomUUID() };
      const epoch = await disturbedJob(disturbed, randomOf(seed));
      assert.deepEqual(
        await ledgerCounts(bench.target, { ...disturbed, epoch }),
        wanted.counts,
        `seed ${seed}`,
      );
      assert.deepEqual(await contentOf(table), wanted.content, `seed ${seed}`);
      attempts += epoch;
    }
    assert.ok(attempts > seeds.length, 'no attempt was killed: the test has shown nothing');
  });
}

test('atomicity all: killed at random moments, all of it is there in the end, and nothing before', async () => {
  const options = { mode: 'upsert' as const, atomicity: 'all' as const, hasBad: false };
  const plain = { ...options, collection: await prepare('plain_all'), jobId: randomUUID() };
  await attempt({ ...plain, epoch: 1 });
  const wanted = { counts: await ledgerCounts(bench.target, plain), content: await contentOf('plain_all') };
  assert.equal(wanted.counts.created + wanted.counts.updated + wanted.counts.unchanged, RECORDS);
  let attempts = 0;
  for (const seed of [13, 14, 15, 16]) {
    const table = `all_${seed}`;
    const job = { ...options, collection: await prepare(table), jobId: randomUUID() };
    const before = await contentOf(table);
    const random = randomOf(seed);
    const seen = new Set<number>();
    const epoch = await disturbedJob(job, random, async () => {
      const content = await contentOf(table);
      // What another session sees is the state before or the state after, never one between.
      assert.deepEqual(content, content.length === before.length ? before : wanted.content, `seed ${seed}`);
      seen.add(content.length);
    });
    assert.deepEqual(await ledgerCounts(bench.target, { ...job, epoch }), wanted.counts, `seed ${seed}`);
    assert.deepEqual(await contentOf(table), wanted.content, `seed ${seed}`);
    assert.ok(seen.has(before.length), 'nobody looked before the end');
    attempts += epoch;
  }
  assert.ok(attempts > 4, 'no attempt was killed: the test has shown nothing');
});

test('atomicity all: killed in the final merge, it is done once, by whoever comes next', async () => {
  const options = { mode: 'upsert' as const, atomicity: 'all' as const, hasBad: false };
  const job = { ...options, collection: await prepare('merged'), jobId: randomUUID() };
  const before = await contentOf('merged');
  let killed = 0;
  for (const [at, delayMs] of [0, 5, 10, 15, 20, 30].entries()) {
    let killer: NodeJS.Timeout | undefined;
    const step = (kind: 'chunk' | 'commit') => {
      if (kind === 'commit') killer = setTimeout(() => void killSessions(job.jobId), delayMs);
    };
    try {
      await attempt({ ...job, epoch: at + 1 }, step);
    } catch (error) {
      if (!isTransient(error) && !isAppError(error, 'database.unavailable')) throw error;
      killed += 1;
    } finally {
      clearTimeout(killer);
    }
    const { length } = await contentOf('merged');
    assert.ok(length === before.length || length === RECORDS + 1, `${length} rows`);
  }
  await attempt({ ...job, epoch: 20 });
  const { created, updated, unchanged } = await ledgerCounts(bench.target, { ...job, epoch: 20 });
  assert.equal(created + updated + unchanged, RECORDS);
  assert.equal((await contentOf('merged')).length, RECORDS + 1);
  assert.ok(killed > 0, 'no merge was killed: the test has shown nothing');
});

test('atomicity all: with a record that is refused, nothing is applied however often it is killed', async () => {
  const options = { mode: 'upsert' as const, atomicity: 'all' as const };
  for (const seed of [17, 18]) {
    const table = `none_${seed}`;
    const job = { ...options, collection: await prepare(table), jobId: randomUUID() };
    const before = await contentOf(table);
    await assert.rejects(disturbedJob(job, randomOf(seed)), { code: 'job.not_all_accepted' });
    assert.deepEqual(await contentOf(table), before, `seed ${seed}`);
    const counts = await ledgerCounts(bench.target, { ...job, epoch: 100 });
    assert.equal(counts.rejected + counts.skipped, RECORDS, `seed ${seed}`);
  }
});
