/** What jobs tell others: sent to real servers, tried again, given up; whoever dies on the way. */
import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import type { JobEvent } from '../../../src/core/job-state.ts';
import { NOTIFY_DEFAULTS, type NotifyRequest } from '../../../src/core/notification.ts';
import type { MountedProtocol } from '../../../src/http/mount/mounted-protocol.ts';
import { renderJob } from '../../../src/http/render-job.ts';
import { wireNotifier } from '../../../src/server/wire-notifier.ts';
import { markJobDeleted } from '../../../src/store/jobs/delete-job.ts';
import { findJob } from '../../../src/store/jobs/find-jobs.ts';
import { retryJob } from '../../../src/store/jobs/intentions.ts';
import { createAddressGuard } from '../../../src/transfer/http/guard-address.ts';
import { type PostRequest, postJson } from '../../../src/transfer/http/post-json.ts';
import { createNotifier } from '../../../src/worker/notifier.ts';
import type { Service } from '../../../src/worker/service.ts';
import { createRunningJob, moveAlong, startReceiver } from '../../support/notified-jobs.ts';
import { patienceOf } from '../../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';
import { waitUntil } from '../../support/wait-until.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

const move = (jobId: string, event: JobEvent) => moveAlong(database.pool, jobId, event);
const runningJob = (url: string, notify?: Partial<NotifyRequest>, protocol?: string) =>
  createRunningJob(database.pool, url, notify, protocol);

const closers: (() => void)[] = [];
afterEach(async () => {
  for (const close of closers.splice(0)) close();
  // What one test has left is not the next one's business.
  await database.pool.query('delete from waybill.notifications');
});

async function receiver(statuses?: readonly number[], location?: string) {
  const started = await startReceiver(statuses, location);
  closers.push(started.stop);
  return started;
}

const bugs: unknown[] = [];
after(() => assert.deepEqual(bugs, []));

/** A protocol of which only the words for notifications are asked for. */
const VENDOR = {
  protocol: { name: 'vendor' },
  bound: {
    renderNotification: (job: Job) => ({ body: JSON.stringify({ id: job.number, is: job.state }) }),
  },
  mount: {},
} as unknown as MountedProtocol;

function sender(allow = ['127.0.0.0/8']): Service {
  return wireNotifier({
    pool: database.pool,
    guard: createAddressGuard({ allow }),
    protocols: [VENDOR],
    onError: (error) => bugs.push(error),
  });
}

async function shown(jobId: string): Promise<Job> {
  const job = await findJob(database.pool, jobId);
  assert.ok(job);
  return job;
}

test('a job that ends is told once, as the API shows it', async () => {
  const { received, url } = await receiver();
  const running = await runningJob(url);
  assert.equal(running.notification, undefined);
  assert.deepEqual(await sender().runOnce(), { sent: 0, failed: 0, givenUp: 0 });
  const ended = await move(running.id, 'succeeded');
  assert.deepEqual(ended.notification, { state: 'pending', attempts: 0 });
  assert.deepEqual(await shown(running.id), ended);
  assert.deepEqual(await sender().runOnce(), { sent: 1, failed: 0, givenUp: 0 });
  assert.deepEqual(await sender().runOnce(), { sent: 0, failed: 0, givenUp: 0 });
  assert.equal(received.length, 1);
  assert.deepEqual(received[0]?.body, JSON.parse(JSON.stringify(renderJob(ended))));
  assert.equal(received[0]?.headers['waybill-event'], 'job.finished');
  assert.match(String(received[0]?.headers['idempotency-key']), /^[0-9a-f-]{36}$/);
  assert.match(String(received[0]?.headers['user-agent']), /^Waybill\/\d/);
  const told = await shown(running.id);
  assert.deepEqual(told.notification, { state: 'sent', attempts: 1 });
  assert.ok(told.version > ended.version, 'who knows the job by its ETag sees that it was told');
});

test('the job shows whom it tells, without the path', async () => {
  const job = await runningJob('https://hooks.example.com:8443/services/T0/secret?key=1');
  const { notification } = renderJob(job);
  assert.deepEqual(notification, { to: 'https://hooks.example.com:8443', state: 'waiting', attempts: 0 });
});

test('a server that fails is told again, with the same key, until it takes it', async () => {
  const { received, url } = await receiver([500, 503, 200]);
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  await sender().runOnce();
  assert.deepEqual((await shown(id)).notification, {
    state: 'pending',
    attempts: 1,
    lastError: 'the answer was 500',
  });
  await sender().runOnce();
  assert.deepEqual(await sender().runOnce(), { sent: 1, failed: 0, givenUp: 0 });
  assert.deepEqual((await shown(id)).notification, { state: 'sent', attempts: 3 });
  assert.equal(new Set(received.map(({ headers }) => headers['idempotency-key'])).size, 1);
});

test('after five retries it is given up', async () => {
  const { received, url } = await receiver([404]);
  const { id } = await runningJob(url);
  await move(id, 'failed');
  const counts = [];
  for (let round = 0; round < 7; round += 1) counts.push(await sender().runOnce());
  const failed = { sent: 0, failed: 1, givenUp: 0 };
  assert.deepEqual(counts.slice(0, 5), [failed, failed, failed, failed, failed]);
  assert.deepEqual(counts.slice(5), [
    { sent: 0, failed: 0, givenUp: 1 },
    { sent: 0, failed: 0, givenUp: 0 },
  ]);
  assert.equal(received.length, 6);
  const { notification } = await shown(id);
  assert.deepEqual(notification, { state: 'given_up', attempts: 6, lastError: 'the answer was 404' });
});

test('between two tries passes the time that was asked for', async () => {
  const { received, url } = await receiver([500]);
  const { id } = await runningJob(url, { everyMs: NOTIFY_DEFAULTS.everyMs });
  await move(id, 'succeeded');
  for (const _ of [1, 2, 3]) await sender().runOnce();
  assert.equal(received.length, 1);
  const next = await database.pool.query<{ ms: number }>(
    `select extract(epoch from next_at - clock_timestamp())::float8 * 1000 as ms from waybill.notifications where job_id = $1`,
    [id],
  );
  const wait = next.rows[0]?.ms ?? 0;
  assert.ok(wait > 50_000 && wait <= 60_000, `${wait} ms`);
});

test('a redirect is a failure, and leads nowhere', async () => {
  const inner = await receiver();
  const { url } = await receiver([307], inner.url);
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  await sender().runOnce();
  assert.equal((await shown(id)).notification?.lastError, 'the answer was 307');
  assert.equal(inner.received.length, 0);
});

test('nobody listening is a failure in words', async () => {
  const { url } = await receiver();
  for (const close of closers.splice(0)) close();
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  await sender().runOnce();
  assert.equal((await shown(id)).notification?.lastError, 'the connection was refused');
});

test('an address that is refused when the time comes is not called', async () => {
  const { received, url } = await receiver();
  const jobs = [await runningJob(url), await runningJob(url.replace('127.0.0.1', 'localhost'))];
  for (const { id } of jobs) await move(id, 'succeeded');
  assert.deepEqual(await sender([]).runOnce(), { sent: 0, failed: 2, givenUp: 0 });
  assert.equal(received.length, 0);
  for (const { id } of jobs)
    assert.match(
      (await shown(id)).notification?.lastError ?? '',
      /^(127\.0\.0\.1|localhost):\d+ may not be called/,
    );
});

test('two senders side by side tell each job once', async () => {
  const { received, url } = await receiver();
  const ids = await Promise.all(Array.from({ length: 60 }, async () => (await runningJob(url)).id));
  for (const id of ids) await move(id, 'succeeded');
  const senders = [sender(), sender()];
  await waitUntil('all are told', async () => {
    await Promise.all(senders.map((one) => one.runOnce()));
    return received.length >= ids.length;
  });
  for (const one of senders) await one.runOnce();
  assert.deepEqual(received.map(({ body }) => String(body['id'])).toSorted(), ids.toSorted());
});

test('a sender that dies between sending and recording is replaced when its lease is over', async () => {
  const { received, url } = await receiver();
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  const sent = Promise.withResolvers<void>();
  const revived = Promise.withResolvers<void>();
  const guard = createAddressGuard({ allow: ['127.0.0.0/8'] });
  const stuck = createNotifier({
    pool: database.pool,
    leaseMs: 200,
    render: () => ({ body: '{}' }),
    onError: (error) => bugs.push(error),
    async post(request: PostRequest) {
      const outcome = await postJson({ guard, version: '0' }, request);
      sent.resolve();
      await revived.promise;
      return outcome;
    },
  });
  const round = stuck.runOnce();
  await sent.promise;
  assert.deepEqual(await sender().runOnce(), { sent: 0, failed: 0, givenUp: 0 });
  await waitUntil('somebody else takes over', async () => (await sender().runOnce())['sent'] === 1);
  assert.equal(received.length, 2);
  assert.equal(received[0]?.headers['idempotency-key'], received[1]?.headers['idempotency-key']);
  // It was only stopped for a while: what it has to say comes too late.
  revived.resolve();
  assert.deepEqual(await round, { sent: 0, failed: 0, givenUp: 0 });
  assert.deepEqual((await shown(id)).notification, { state: 'sent', attempts: 1 });
});

test('a sender that stops breaks off its calls, and the next one makes them at once', {
  timeout: patienceOf(10_000),
}, async () => {
  const { received, url } = await receiver([0, 200]);
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  const service = sender();
  service.start();
  await waitUntil('the call is under way', () => received.length === 1);
  await service.stop();
  assert.deepEqual((await shown(id)).notification, { state: 'pending', attempts: 0 });
  assert.deepEqual(await sender().runOnce(), { sent: 1, failed: 0, givenUp: 0 });
});

test('a service that runs finds what there is to tell by itself, also after it was stopped', async () => {
  const { received, url } = await receiver();
  const service = sender();
  for (const times of [1, 2]) {
    service.start();
    const { id } = await runningJob(url);
    await move(id, 'succeeded');
    await waitUntil('it is told', () => received.length === times);
    await service.stop();
  }
});

test('a protocol puts its own jobs into words, as they are when they are told', async () => {
  const { received, url } = await receiver();
  const { id, number } = await runningJob(url, { on: 'ready' }, 'vendor');
  await move(id, 'delivery_started');
  await sender().runOnce();
  assert.deepEqual(received[0]?.body, { id: number, is: 'delivering' });
  assert.equal(received[0]?.headers['waybill-event'], undefined);
});

test('a protocol that is not there any more fails the try, and is reported', async () => {
  const { url } = await receiver();
  const { id } = await runningJob(url, {}, 'gone');
  await move(id, 'succeeded');
  await sender().runOnce();
  assert.match((await shown(id)).notification?.lastError ?? '', /could not be put into words/);
  assert.match(String(bugs.splice(0)), /in the words of "gone"/);
});

test('a job that is deleted before it is told tells nobody', async () => {
  const { received, url } = await receiver();
  const { id } = await runningJob(url);
  await move(id, 'succeeded');
  await markJobDeleted(database.pool, id);
  await sender().runOnce();
  assert.equal(received.length, 0);
});

test('a job that is retried shows what it has told last', async () => {
  const { url } = await receiver();
  const { id } = await runningJob(url);
  await move(id, 'failed');
  await sender().runOnce();
  assert.deepEqual((await retryJob(database.pool, id)).notification, { state: 'sent', attempts: 1 });
});
