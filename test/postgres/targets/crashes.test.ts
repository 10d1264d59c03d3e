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

function chunksFrom(firstRecord: number): Chunk[] {
  const chunks: Chunk[] = [];
  for (let first = firstRecord; first <= RECORDS; first += CHUNK) {
    const rows: Row[] = [];
    for (let n = first; n < Math.min(first + CHUNK, RECORDS + 1); n += 1) {
      rows.push([String(n), `name ${n}`, n % 97 === 0 ? '-1' : String(n)]);
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

/** One attempt, from where the ledger says. @param step is called as each copy, write and commit begins. */
async function attempt(options: JobOptions, step: () => void = () => undefined): Promise<void> {
  const writer = await openWriter(bench.target, options);
  const stage = (chunk: Chunk) => {
    step();
    return writer.stage(chunk, NEVER);
  };
  try {
    const chunks = chunksFrom(writer.summary.lastRecord + 1);
    let next = chunks[0] && stage(chunks[0]);
    for (const following of [...chunks.slice(1), undefined]) {
      const staged = await next;
      if (staged === undefined) break;
      next = following && stage(following);
      // A failed write leaves the copy beside it to fail by itself.
      next?.catch(() => undefined);
      step();
      await writer.write(staged, NEVER);
    }
    if (options.mode === 'replace') {
      step();
      await writer.commit(NEVER);
    }
  } finally {
    await writer.close();
  }
}

/** Ends the job's sessions at random moments, until it is through; each attempt has the next epoch. */
async function disturbedJob(options: JobOptions & { jobId: string }, random: () => number): Promise<number> {
  for (let epoch = 1; ; epoch += 1) {
    let stepsLeft = epoch > 6 ? Number.POSITIVE_INFINITY : Math.floor(random() * 25);
    let killer: NodeJS.Timeout | undefined;
    const step = () => {
      stepsLeft -= 1;
      if (stepsLeft === 0) killer = setTimeout(() => void killSessions(options.jobId), random() * 8);
    };
    try {
      await attempt({ ...options, epoch }, step);
      return epoch;
    } catch (error) {
      assert.ok(isTransient(error) || isAppError(error, 'database.unavailable'), String(error));
    } finally {
      clearTimeout(killer);
    }
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

const CASES: readonly { mode: ImportMode; atomicity?: 'all'; seeds: readonly number[] }[] = [
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
