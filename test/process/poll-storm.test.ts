/** Clients poll a job as fast as they can, some of them leaving, while others pause and resume it; then the server is told to stop. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type Client, createClient } from '../../src/sdk/client.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const STORM_MS = 6_000;
/** A poll is answered in milliseconds, on a busy machine in a second or two. */
const POLL_LIMIT_MS = 10_000;
const STOP_LIMIT_MS = 20_000;
/** Leave before they can have been answered, or just about then. */
const LEAVING_MS = [0, 1, 2, 5];

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

/** Jobs that nobody claims: there are no workers. */
async function createJobs(client: Client, count: number): Promise<string[]> {
  await client.applyCollection('people', {
    name: 'people',
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
  });
  const source = { records: [{ id: 1 }] };
  const start = () => client.startJob('import', { collection: 'people', source });
  return Promise.all(Array.from({ length: count }, async () => (await start()).id));
}

async function poll(url: URL, token: string, limitMs: number): Promise<number> {
  const answer = await fetch(url, {
    headers: { authorization: `Bearer ${token}` },
    signal: AbortSignal.timeout(limitMs),
  });
  await answer.text();
  return answer.status;
}

/** Each job has one who polls it, since others would ask for the read that it waits for, and one who pauses and resumes it. */
function raiseStorm(urls: readonly Client['server'][], ids: readonly string[]) {
  const began = performance.now();
  let isEnding = false;
  let verbs = 0;
  const isOver = () => isEnding || performance.now() - began > STORM_MS;
  const at = (index: number) => urls[index % urls.length] ?? assert.fail();
  const addressOf = ({ url }: Client['server'], id: string) => new URL(`/v1/jobs/${id}`, url);

  async function toggle(server: Client['server'], id: string): Promise<void> {
    const client = createClient(server);
    while (!isOver()) {
      await client.intend(id, 'pause');
      await client.intend(id, 'resume');
      verbs += 2;
    }
  }

  async function pollOn(server: Client['server'], id: string): Promise<number[]> {
    const statuses: number[] = [];
    while (!isEnding) {
      // A connection may be refused or cut where the server stops; silence is never right.
      const status = await poll(addressOf(server, id), server.token, POLL_LIMIT_MS).catch((error: Error) => {
        if (isEnding && error.name !== 'TimeoutError') return 0;
        throw error;
      });
      statuses.push(status);
    }
    return statuses;
  }

  async function leave(server: Client['server'], id: string, limitMs: number): Promise<void> {
    while (!isOver()) await poll(addressOf(server, id), server.token, limitMs).catch(() => 0);
  }

  const [left = '', ...polled] = ids;
  const statuses = Promise.all(polled.map((id, index) => pollOn(at(index), id)));
  // Whoever waits for the end of the storm is told of it.
  statuses.catch(() => {});
  const others = [
    ...polled.map((id, index) => toggle(at(index + 1), id)),
    ...LEAVING_MS.map((limitMs, index) => leave(at(index), left, limitMs)),
  ];
  return {
    /** Its time is over, or a poll was never answered. */
    whenOver: Promise.race([Promise.all(others), statuses]),
    statuses: async () => (await statuses).flat(),
    verbs: () => verbs,
    end: () => {
      isEnding = true;
    },
  };
}

for (const [role, processes] of [
  ['one process', 1],
  ['two processes', 2],
] as const) {
  test(`${role}: no poll hangs in a storm of verbs, and SIGTERM in its midst ends the server promptly`, {
    timeout: patienceOf(120_000),
  }, async (t) => {
    const servers: ServerProcess[] = [];
    for (let index = 0; index < processes; index += 1) {
      const server = await ServerProcess.start({
        // With the embedded database a process is alone, and knows it.
        ...(processes > 1 && { databaseUrl: database.url }),
        role: 'api',
      });
      t.after(() => server.stop());
      servers.push(server);
    }
    const urls = servers.map(({ client }) => client.server);
    const [first] = servers;
    assert.ok(first);
    const storm = raiseStorm(urls, await createJobs(first.client, 6));
    await storm.whenOver.finally(storm.end);
    process.kill(first.pid, 'SIGTERM');
    const toldAt = performance.now();
    const exit = await first.exited;
    assert.ok(
      performance.now() - toldAt < patienceOf(STOP_LIMIT_MS),
      `stopped after ${performance.now() - toldAt} ms`,
    );
    assert.equal(exit, 0);
    const statuses = await storm.statuses();
    assert.ok(storm.verbs() > 4, `${storm.verbs()} verbs`);
    assert.ok(statuses.filter((status) => status === 200).length > 20, `${statuses.length} polls`);
    assert.deepEqual(
      [...new Set(statuses)].filter((status) => ![0, 200, 503].includes(status)),
      [],
    );
  });
}
