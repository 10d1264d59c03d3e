import { randomUUID } from 'node:crypto';
import type { Pool } from 'pg';
import { inTransaction, type Queryable } from '../../src/store/database.ts';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { createJob } from '../../src/store/jobs/create-job.ts';
import type { Queue } from '../../src/store/queue.ts';
import { createSweeper } from '../../src/worker/sweeper.ts';
import { historyCollection } from '../../test/support/history.ts';
import { median } from '../measure.ts';

const ROUNDS = 15;
const QUEUED = 10_000;

const NO_QUEUE: Queue = {
  send: async () => undefined,
  announce: () => undefined,
  work: () => undefined,
  stop: async () => undefined,
};

/** What processes do by themselves, in milliseconds: without hints. */
export async function measureStatements(pool: Pool): Promise<Record<string, number>> {
  const sweep = () => {
    const targetOf = () => {
      throw new Error('no job is to be taken back');
    };
    return createSweeper({ pool, queue: NO_QUEUE, targetOf, onError: () => {} }).runOnce();
  };
  return {
    sweep: await medianMs(sweep),
    claim: await claimAmong(pool, 1),
    [`claim of the first of ${QUEUED.toLocaleString('en')} of one collection`]: await claimAmong(
      pool,
      QUEUED,
    ),
  };
}

async function medianMs(work: () => Promise<unknown>): Promise<number> {
  const taken: number[] = [];
  await work();
  for (let index = 0; index < ROUNDS; index += 1) {
    const startedAt = performance.now();
    await work();
    taken.push(performance.now() - startedAt);
  }
  return median(taken);
}

class Undone extends Error {}

/** Claims the first of so many that wait for each other, and leaves nothing behind. */
async function claimAmong(pool: Pool, queued: number): Promise<number> {
  let ms = Number.NaN;
  await inTransaction(pool, async (db) => {
    const jobId = await queueJobs(db, queued);
    const taken: number[] = [];
    for (let index = 0; index < ROUNDS; index += 1) {
      await db.query('savepoint claim');
      const startedAt = performance.now();
      const job = await claimJob(db, { jobId, workerId: randomUUID() });
      taken.push(performance.now() - startedAt);
      if (job === undefined) throw new Error('the job cannot be claimed');
      await db.query('rollback to savepoint claim');
    }
    ms = median(taken);
    throw new Undone();
  }).catch((error: unknown) => {
    if (!(error instanceof Undone)) throw error;
  });
  return ms;
}

async function queueJobs(db: Queryable, count: number): Promise<string> {
  const collection = historyCollection(0);
  const options = { mode: 'upsert', atomicity: 'chunk', duplicates: 'error' } as never;
  const part = { collection, collectionVersion: 1, scope: {} };
  const exclusiveKeys = [JSON.stringify([collection, []])];
  const { job } = await createJob(db, { kind: 'import', options, parts: [part], exclusiveKeys });
  await db.query(
    `insert into waybill.jobs (kind, state, options, exclusive_keys)
     select kind, state, options, exclusive_keys from waybill.jobs, generate_series(2, $2::integer) where id = $1`,
    [job.id, count],
  );
  return job.id;
}
