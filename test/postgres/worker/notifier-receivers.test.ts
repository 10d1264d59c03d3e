/** Receivers that never answer, and one that does: nobody waits behind another. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import { wireNotifier } from '../../../src/server/wire-notifier.ts';
import { findDueReceivers } from '../../../src/store/notifications.ts';
import { createAddressGuard } from '../../../src/transfer/http/guard-address.ts';
import { createRunningJob, moveAlong, startReceiver } from '../../support/notified-jobs.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { waitUntil } from '../../support/wait-until.ts';

/** About a second between two looks, and what a busy machine adds. */
const PROMPT_MS = 3_000;
const SILENT_RECEIVERS = 12;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const closers: (() => unknown)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0).reverse()) await close();
  await database.pool.query('delete from waybill.notifications');
});

async function receiver(statuses?: readonly number[]) {
  const started = await startReceiver(statuses);
  closers.push(started.stop);
  return started;
}

/** Copies of one job's notification, which come before all that is made later. */
async function manyFor(url: string, count: number): Promise<void> {
  const { id } = await createRunningJob(database.pool, url);
  await moveAlong(database.pool, id, 'succeeded');
  await database.pool.query(
    `insert into waybill.notifications (job_id, event, receiver, next_at)
     select n.job_id, n.event, n.receiver, n.next_at - interval '1 minute'
     from waybill.notifications n, generate_series(2, $2) where n.job_id = $1`,
    [id, count],
  );
}

function startSenders(count: number): void {
  for (let index = 0; index < count; index += 1) {
    const service = wireNotifier({
      pool: database.pool,
      guard: createAddressGuard({ allow: ['127.0.0.0/8'] }),
      protocols: [],
      onError: (error) => assert.fail(String(error)),
    });
    service.start();
    closers.push(() => service.stop());
  }
}

for (const senders of [1, 2]) {
  test(`${senders} sender(s): thousands for receivers that never answer delay nobody else`, async () => {
    const silent: Awaited<ReturnType<typeof receiver>>[] = [];
    for (let index = 0; index < SILENT_RECEIVERS; index += 1) silent.push(await receiver([0]));
    for (const { url } of silent) await manyFor(url, 150);
    startSenders(senders);
    await waitUntil('all silent ones are called', () => silent.every(({ received }) => received.length > 0));
    const { received, url } = await receiver();
    const delays: number[] = [];
    for (let times = 1; times <= 3; times += 1) {
      const { id } = await createRunningJob(database.pool, url);
      await moveAlong(database.pool, id, 'succeeded');
      const endedAt = performance.now();
      await waitUntil('the healthy one is told', () => received.length === times, 30_000);
      delays.push(performance.now() - endedAt);
    }
    assert.ok(Math.max(...delays) < PROMPT_MS, `told after ${delays.map(Math.round).join(', ')} ms`);
    // Until they are known to be silent, two at once by each sender; from then on one.
    for (const one of silent) assert.ok(one.received.length <= 2 * senders, `${one.received.length} calls`);
  });
}

test('a receiver that answers at once is told of hundreds within seconds, each once', async () => {
  const { received, url } = await receiver();
  await manyFor(url, 300);
  startSenders(2);
  await waitUntil('all are told', () => received.length >= 300, 30_000);
  assert.equal(new Set(received.map(({ headers }) => headers['idempotency-key'])).size, 300);
});

test('receivers are told apart by scheme, host and port, in every spelling, and only those that are due are found', async () => {
  for (const url of [
    'https://one.example.com/a?b=c',
    'https://ONE.example.com/other',
    'https://one.example.com:8443/',
    'http://one.example.com#x',
    'https://[::1]:9/',
  ]) {
    const { id } = await createRunningJob(database.pool, url);
    await moveAlong(database.pool, id, 'succeeded');
  }
  await database.pool.query(
    `update waybill.notifications set next_at = next_at + interval '1 hour' where receiver like '%8443'`,
  );
  const { receivers, after: more } = await findDueReceivers(database.pool);
  assert.deepEqual(receivers, ['http://one.example.com', 'https://[::1]:9', 'https://one.example.com']);
  assert.equal(more, undefined);
});
