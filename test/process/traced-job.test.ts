import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { bindCollection, createPeopleTable } from './import-case.ts';

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  await createPeopleTable(database.pool, 'traced', { options: { mode: 'upsert' }, records: 10 });
  server = await ServerProcess.start({ databaseUrl: database.url });
  await bindCollection(server.client, 'traced');
});
after(async () => {
  await server.stop();
  await database.drop();
});

test('the trace context of a kick-off stands in every line of its worker, with job and attempt', async () => {
  const traceparent = '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01';
  const { url, token } = server.client.server;
  const answer = await fetch(new URL('/v1/imports?collection=traced', url), {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, traceparent },
    body: 'id\nx\n',
  });
  assert.equal(answer.status, 202);
  const job = (await answer.json()) as { id: string; number: number };
  const lines = () =>
    server.log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.endsWith('}') && line.includes(job.id))
      .map((line) => JSON.parse(line) as Record<string, unknown>)
      .filter(({ role }) => role === 'worker');
  await waitUntil('the worker has said how it ended', () =>
    lines().some(({ outcome }) => outcome !== undefined),
  );
  assert.deepEqual(
    lines().map(({ message, outcome }) => outcome ?? message),
    ['An attempt begins.', 'failed'],
  );
  for (const line of lines()) {
    assert.deepEqual(
      {
        job: line['job'],
        number: line['number'],
        attempt: line['attempt'],
        traceparent: line['traceparent'],
      },
      { job: job.id, number: job.number, attempt: 1, traceparent },
    );
  }
});
