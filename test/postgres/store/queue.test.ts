/** Hints: sent with the transaction, taken once, most urgent first, and found whatever becomes of the one who listens. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, afterEach, before, test } from 'node:test';
import { inTransaction } from '../../../src/store/database.ts';
import { createQueue, type Queue } from '../../../src/store/queue.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { waitUntil } from '../../support/wait-until.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());
const open: Queue[] = [];
afterEach(async () => {
  await Promise.all(open.splice(0).map((queue) => queue.stop(1000)));
  await database.pool.query('delete from waybill.hints');
});

const LANE = { maxBytes: 1000 };

interface Taken {
  readonly queue: Queue;
  readonly jobs: string[];
  readonly errors: unknown[];
}

/** Takes whatever comes. @param options.mayTake default: always */
function take(options: { inLane?: boolean; mayTake?: () => boolean } = {}): Taken {
  const errors: unknown[] = [];
  const queue = createQueue({
    pool: database.pool,
    listenUrl: database.url,
    lane: LANE,
    onError: (error) => errors.push(error),
  });
  open.push(queue);
  const jobs: string[] = [];
  queue.work(async (id) => void jobs.push(id), { mayTake: () => true, ...options });
  return { queue, jobs, errors };
}

function sender(): Queue {
  return createQueue({ pool: database.pool, lane: LANE, onError: (error) => assert.fail(error as Error) });
}

async function hints(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>('select count(*)::int as n from waybill.hints');
  return rows[0]?.n ?? 0;
}

const job = (rest: { priority?: number; sourceBytes?: number } = {}) => ({
  id: randomUUID(),
  priority: 0,
  ...rest,
});

test('the most urgent comes first, then the one that was sent first; each once', async () => {
  const queue = sender();
  const [first, second, urgent] = [job(), job(), job({ priority: 5 })];
  for (const one of [first, second, urgent, first]) await queue.send(one);
  const { jobs } = take();
  await waitUntil('all are taken', () => jobs.length === 3);
  assert.deepEqual(jobs, [urgent.id, first.id, second.id]);
});

test('the lane gets what is small or urgent, small ones before all', async () => {
  const queue = sender();
  const [large, small, urgent] = [
    job({ sourceBytes: 5000 }),
    job({ sourceBytes: 10 }),
    job({ sourceBytes: 5000, priority: 9 }),
  ];
  for (const one of [large, urgent, small]) await queue.send(one);
  const { jobs } = take({ inLane: true });
  await waitUntil('both are taken', () => jobs.length === 2);
  assert.deepEqual(jobs, [small.id, urgent.id]);
  assert.equal(await hints(), 3, 'each has a hint for the other workers, too');
});

test('a hint is there with the transaction, and not at all without it', async () => {
  const queue = sender();
  const [kept, lost] = [job(), job()];
  await inTransaction(database.pool, (db) => queue.send(kept, db));
  await assert.rejects(
    inTransaction(database.pool, async (db) => {
      await queue.send(lost, db);
      throw new Error('undone');
    }),
    /undone/,
  );
  const { jobs } = take();
  await waitUntil('it is taken', () => jobs.length > 0);
  assert.deepEqual(jobs, [kept.id]);
});

test('many who take at once never take the same', async () => {
  const queue = sender();
  const sent = Array.from({ length: 200 }, () => job());
  const takers = [take(), take(), take(), take()];
  await Promise.all(sent.map((one) => queue.send(one)));
  const all = () => takers.flatMap(({ jobs }) => jobs);
  await waitUntil('all are taken', () => all().length >= sent.length);
  assert.deepEqual(all().toSorted(), sent.map(({ id }) => id).toSorted());
  for (const { errors } of takers) assert.deepEqual(errors, []);
});

test('who may not take anything leaves the hint where it is, and takes it as soon as it may', async () => {
  let isFit = false;
  let asked = 0;
  const { jobs } = take({
    mayTake: () => {
      asked += 1;
      return isFit;
    },
  });
  const one = job();
  await sender().send(one);
  const before = asked;
  await waitUntil('it was asked again', () => asked > before);
  assert.deepEqual([jobs, await hints()], [[], 2]);
  isFit = true;
  await waitUntil('it is taken', () => jobs.length === 1);
});

test('who listens is told at once, also after its connection was lost', async () => {
  const { jobs, errors } = take();
  const listening = () =>
    database.pool.query<{ pid: number }>(
      "select pid from pg_stat_activity where application_name = 'waybill/queue' and datname = current_database() and query like 'listen%'",
    );
  const found = async () => (await listening()).rows.length > 0;
  await waitUntil('it listens', found);
  for (const { pid } of (await listening()).rows)
    await database.pool.query('select pg_terminate_backend($1::int, 5000)', [pid]);
  await waitUntil('it listens again', found);
  assert.equal(errors.length, 1, 'the loss is told, once');
  const queue = sender();
  const soon: number[] = [];
  for (let count = 1; count <= 5; count += 1) {
    const sentAt = performance.now();
    await queue.send(job());
    await waitUntil('it is taken', () => jobs.length === count);
    soon.push(performance.now() - sentAt);
  }
  // Without being told it looks every two seconds.
  assert.ok(soon.filter((ms) => ms < 1500).length >= 4, `taken after ${soon.map(Math.round).join(', ')} ms`);
});

test('a hint that nobody was told of is found all the same', async () => {
  const { jobs } = take();
  await database.pool.query('insert into waybill.hints (job_id, in_lane, rank) values ($1, false, 0)', [
    randomUUID(),
  ]);
  await waitUntil('it is taken', () => jobs.length === 1);
});

test('a handler that fails is told, and the next hint is taken', async () => {
  const errors: unknown[] = [];
  const queue = createQueue({ pool: database.pool, onError: (error) => errors.push(error) });
  open.push(queue);
  const jobs: string[] = [];
  const [bad, good] = [job({ priority: 1 }), job()];
  for (const one of [bad, good]) await queue.send(one);
  queue.work(
    async (id) => {
      if (id === bad.id) throw new Error('bad');
      jobs.push(id);
    },
    { mayTake: () => true },
  );
  await waitUntil('the good one is taken', () => jobs.length === 1);
  assert.deepEqual(errors.map(String), ['Error: bad']);
});
