/** Who is first in line, however long the line is: held against the rule said in plain words, and against what is read for it. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { inTransaction, type Queryable } from '../../../src/store/database.ts';
import { findClaimableJobs, findFollowers, findForsakenJobs } from '../../../src/store/due-jobs.ts';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { createJob, type NewJob } from '../../../src/store/jobs/create-job.ts';
import { findWaiting } from '../../../src/store/jobs/find-jobs.ts';
import { isLaneWanted } from '../../../src/store/jobs/lane.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  // What PostgreSQL believes is what a test says.
  await database.pool.query('alter table waybill.jobs set (autovacuum_enabled = off)');
  await database.pool.query('alter table waybill.job_locks set (autovacuum_enabled = off)');
});
after(() => database.drop());

const OPTIONS = { format: 'csv', compression: 'none' } as const;

async function queued(db: Queryable, given: Partial<NewJob> = {}) {
  return (await createJob(db, { kind: 'export', options: OPTIONS, parts: [], ...given })).job;
}

/** Whatever `work` does is undone. */
async function undone(work: (db: Queryable) => Promise<void>): Promise<void> {
  const stop = new Error('undone');
  await inTransaction(database.pool, async (db) => {
    await work(db);
    throw stop;
  }).catch((error: unknown) => {
    if (error !== stop) throw error;
  });
}

/** Mulberry32. */
function createDice(seed: number): (sides: number) => number {
  let state = seed;
  return (sides) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % sides;
  };
}

interface Standing {
  readonly id: string;
  readonly number: number;
  readonly priority: number;
  readonly keys: readonly string[];
  readonly isPrepared: boolean;
}

const KEYS = ['a', 'b', 'c', 'd'];

/** The rule in plain words. */
function mayBegin(job: Standing, all: readonly Standing[], held: ReadonlySet<string>): boolean {
  if (!job.isPrepared || job.keys.some((key) => held.has(key))) return false;
  return !all.some(
    (other) =>
      other.isPrepared &&
      other.keys.some((key) => job.keys.includes(key)) &&
      (other.priority > job.priority || (other.priority === job.priority && other.number < job.number)),
  );
}

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`who may begin of 40 jobs with no, one or several keys is what the rule says (seed ${seed})`, async () => {
    await undone(async (db) => {
      const dice = createDice(seed);
      const open = await queued(db);
      const holder = await queued(db, { exclusiveKeys: [KEYS[dice(4)] ?? 'a', 'z'] });
      assert.ok(await claimJob(db, { jobId: holder.id, workerId: randomUUID() }));
      const held = new Set(
        (await db.query<{ key: string }>('select key from waybill.job_locks')).rows.map(({ key }) => key),
      );
      const all: Standing[] = [];
      for (let index = 0; index < 40; index += 1) {
        const keys = KEYS.filter(() => dice(3) === 0);
        const isPrepared = dice(4) > 0;
        const priority = dice(3) - 1;
        const after = isPrepared ? {} : { afterJob: open.id };
        const job = await queued(db, { priority, exclusiveKeys: keys, ...after });
        all.push({ id: job.id, number: job.number, priority, keys, isPrepared });
      }
      const found = new Set((await findClaimableJobs(db, 1000)).map(({ id }) => id));
      for (const job of all) {
        const may = mayBegin(job, all, held);
        assert.equal(found.has(job.id), may, `job ${job.number}`);
        const waiting = await findWaiting(db, job.id);
        const waits = waiting?.because === 'collection' || waiting?.because === 'prerequisite';
        assert.equal(waits, !may, `what job ${job.number} waits for`);
      }
      const ordered = (await findClaimableJobs(db, 1000)).map(({ priority }) => priority);
      assert.deepEqual(
        ordered,
        ordered.toSorted((a, b) => b - a),
      );
    });
  });
}

test('the next of each key follows, with one key or with several', async () => {
  await undone(async (db) => {
    const first = await queued(db, { exclusiveKeys: ['k', 'l'] });
    assert.ok(await claimJob(db, { jobId: first.id, workerId: randomUUID() }));
    const both = await queued(db, { exclusiveKeys: ['l', 'm'] });
    const one = await queued(db, { exclusiveKeys: ['k'] });
    await queued(db, { exclusiveKeys: ['l'] });
    assert.deepEqual(await findFollowers(db, first.id), []);
    await db.query(
      `update waybill.jobs set state = 'succeeded', worker_id = null, finished_at = now() where id = $1`,
      [first.id],
    );
    assert.deepEqual(
      (await findFollowers(db, first.id)).map(({ id }) => id),
      [both.id, one.id],
    );
  });
});

/** Rows that the statements of `work` fetch from tables and indexes of jobs, as PostgreSQL counts them in this transaction. */
async function countReads(db: Queryable, work: () => Promise<unknown>): Promise<number> {
  const count = async () => {
    const found = await db.query<{ reads: string }>(
      `select sum(coalesce(seq_tup_read, 0) + coalesce(idx_tup_fetch, 0)) as reads from pg_stat_xact_all_tables
       where schemaname = 'waybill'`,
    );
    return Number(found.rows[0]?.reads);
  };
  const before = await count();
  await work();
  return (await count()) - before;
}

/** What PostgreSQL may believe of the table when a burst of jobs comes: it has never been counted, or was counted while it held little. */
const BELIEFS = {
  'a table never counted': async () => undefined,
  'a table counted while it was empty': async () => {
    await undone(async (db) => {
      for (let at = 0; at < 60; at += 1) await queued(db, { exclusiveKeys: ['gone'] });
    });
    await database.pool.query('analyze waybill.jobs, waybill.job_locks');
  },
  'a table counted while one job had ended': async () => {
    await database.pool.query(
      `with ended as (update waybill.jobs set state = 'succeeded', finished_at = now() where id = $1 returning id) select from ended`,
      [(await queued(database.pool)).id],
    );
    await database.pool.query('vacuum analyze waybill.jobs, waybill.job_locks');
  },
};

const LINES = { 'one key': `array['long']`, 'keys of their own': `array['long' || i]`, 'no key': 'null' };

/** 10,000 jobs that wait, each as a row says; the work is undone. */
async function withLine(
  keys: string,
  work: (db: Queryable, headId: string, lastId: string) => Promise<void>,
) {
  await undone(async (db) => {
    const head = await queued(db, { exclusiveKeys: ['long'] });
    await db.query(
      `insert into waybill.jobs (kind, state, options, exclusive_keys)
       select kind, state, options, ${keys} from waybill.jobs, generate_series(2, 10000) i where id = $1`,
      [head.id],
    );
    const last = await db.query<{ id: string }>('select id from waybill.jobs order by number desc limit 1');
    await work(db, head.id, last.rows[0]?.id ?? '');
  });
}

for (const [belief, believe] of Object.entries(BELIEFS)) {
  for (const [what, keys] of Object.entries(LINES)) {
    test(`10,000 jobs in line for ${what} cost a claim, a follower and a sweep next to nothing: ${belief}`, async () => {
      await believe();
      await withLine(keys, async (db, headId, lastId) => {
        // Along the queue once at most, or along its lines.
        const once = 10_100;
        const isCounted = belief !== 'a table never counted';
        const bounds = {
          'what the last one waits for': [() => findWaiting(db, lastId), 50],
          'a claim': [() => claimJob(db, { jobId: headId, workerId: randomUUID() }), 50],
          'who follows': [() => findFollowers(db, headId), isCounted ? once : 50],
          'who can be claimed': [
            () => findClaimableJobs(db, 10),
            what === 'keys of their own' ? 4 * once : 100,
          ],
          'who can never begin': [() => findForsakenJobs(db), once],
          'whether the lane is wanted': [() => isLaneWanted(db, { maxBytes: 1000 }), 2 * once],
        } as const;
        for (const [asked, [ask, bound]] of Object.entries(bounds)) {
          const reads = await countReads(db, ask);
          assert.ok(reads <= bound, `${asked}: ${reads} rows`);
        }
      });
    });
  }
}
