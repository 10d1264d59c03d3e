import assert from 'node:assert/strict';
import { once } from 'node:events';
import { get, type IncomingMessage } from 'node:http';
import { after, before, test } from 'node:test';
import { JobEvents } from '../../src/http/status/job-events.ts';
import type { Client } from '../../src/sdk/client.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeople, startApi, type TestApi, TOKEN } from './support/api.ts';

/** Of a client that stays. */
const NEVER = new AbortController().signal;

let api: TestApi;
let client: Client;
before(async () => {
  api = await startApi();
  await createPeople(api);
  client = await api.connect();
});
after(() => api.close());

function startImport(): Promise<WireJob> {
  return client.startJob('import', {
    collection: 'people',
    source: { records: [{ id: 1, name: 'Ann' }] },
    allowConcurrent: true,
  });
}

async function open(id: string, headers: Record<string, string> = {}): Promise<IncomingMessage> {
  const request = get(`${client.server.url}/v1/jobs/${id}/events`, {
    headers: { authorization: `Bearer ${TOKEN}`, ...headers },
    agent: false,
  });
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

interface Event {
  readonly id: string;
  readonly event: string;
  readonly job: WireJob;
}

/** Reads events as an EventSource does. */
function listen(response: IncomingMessage): Event[] {
  const events: Event[] = [];
  let text = '';
  response.setEncoding('utf8').on('data', (piece: string) => {
    text += piece;
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const fields = new Map(
        text
          .slice(0, end)
          .split('\n')
          .map((line) => line.split(/: (.*)/s, 2) as [string, string]),
      );
      text = text.slice(end + 2);
      const data = fields.get('data');
      if (data !== undefined) {
        events.push({
          id: fields.get('id') ?? '',
          event: fields.get('event') ?? '',
          job: JSON.parse(data) as WireJob,
        });
      }
    }
  });
  return events;
}

test('watchers are told each state, the first included, and the stream ends with the final one', async () => {
  const job = await startImport();
  const response = await open(job.id);
  assert.equal(response.statusCode, 200);
  assert.equal(response.headers['content-type'], 'text/event-stream');
  const events = listen(response);
  const ended = once(response, 'end');
  await waitUntil('the first event', () => events.length === 1);
  await pauseJob(api.database.pool, job.id);
  await waitUntil('the second event', () => events.length === 2);
  await resumeJob(api.database.pool, job.id);
  await waitUntil('the third event', () => events.length === 3);
  await cancelJob(api.database.pool, job.id);
  await ended;
  assert.deepEqual(
    events.map((one) => [one.event, one.job.state]),
    ['queued', 'paused', 'queued', 'cancelled'].map((state) => ['job', state]),
  );
});

test('who connects again is told what is new, and 204 when the end is known', async () => {
  const job = await startImport();
  const first = await open(job.id);
  const events = listen(first);
  await waitUntil('the first event', () => events.length === 1);
  first.destroy();
  const again = await open(job.id, { 'last-event-id': events[0]?.id ?? '' });
  const later = listen(again);
  await cancelJob(api.database.pool, job.id);
  await once(again, 'end');
  assert.deepEqual(
    later.map((one) => one.job.state),
    ['cancelled'],
  );
  const known = await open(job.id, { 'last-event-id': later[0]?.id ?? '' });
  assert.equal(known.statusCode, 204);
  known.resume();
  // Who has not heard of the end is told it at once.
  const late = await open(job.id, { 'last-event-id': events[0]?.id ?? '' });
  const last = listen(late);
  await once(late, 'end');
  assert.deepEqual(
    last.map((one) => one.job.state),
    ['cancelled'],
  );
});

test('a watcher that goes away is forgotten, and one that HEADs is none', async () => {
  const job = await startImport();
  const responses = await Promise.all(Array.from({ length: 20 }, () => open(job.id)));
  assert.equal(api.deps.status.watchers, 20);
  for (const response of responses) response.destroy();
  await waitUntil('nobody watches', () => api.deps.status.watchers === 0);
  assert.equal((await api.call('HEAD', `/v1/jobs/${job.id}/events`)).statusCode, 200);
  assert.equal(api.deps.status.watchers, 0);
});

test('who reads slowly misses states in between, but never the last', async () => {
  const job = await startImport();
  const events = new JobEvents(api.deps.status, await api.deps.status.read(job.id, NEVER), false);
  for (const intend of [pauseJob, resumeJob, pauseJob, cancelJob]) {
    const changed = await intend(api.database.pool, job.id);
    await waitUntil(
      'it is seen',
      async () => (await api.deps.status.read(job.id, NEVER)).job.version === changed.version,
    );
  }
  const text = Buffer.concat(await events.toArray()).toString();
  const states = [...text.matchAll(/^data: (.*)$/gm)].map(
    ([, job = '']) => (JSON.parse(job) as WireJob).state,
  );
  assert.equal(states.at(-1), 'cancelled');
  assert.ok(states.length <= 3, states.join());
});

test('an unknown job has no events', async () => {
  const response = await open('999999');
  assert.equal(response.statusCode, 404);
  response.resume();
});
