/** What a server and its workers write while a job runs. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a job can be followed through the log, from its request to the end of its attempt', async (context) => {
  const database = await createTestDatabase();
  const server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  context.after(async () => {
    await server.stop();
    await database.drop();
  });
  const { client } = server;
  await client.applyCollection('people', {
    schema: { type: 'object', properties: { name: { type: 'string' } } },
  });
  const upload = await client.upload(Readable.from([Buffer.from('name\nsecret-name\n')]), 'people.csv');
  const job = await client.startJob('import', { collection: 'people', source: { upload: upload.id } });
  await client.waitForJob(job.id);
  const linesOfJob = () =>
    server.log
      .split('\n')
      .filter((line) => line.startsWith('{') && line.includes(job.id))
      .map((line) => JSON.parse(line) as Record<string, unknown>);
  await waitUntil('the attempt is over', () =>
    linesOfJob().some((line) => line['message'] === 'An attempt has ended.'),
  );
  assert.deepEqual(
    linesOfJob()
      .map(({ message, level, role, route, attempt, outcome }) => ({
        message,
        level,
        role,
        ...(route !== undefined && { route }),
        ...(attempt !== undefined && { attempt }),
        ...(outcome !== undefined && { outcome }),
      }))
      .toSorted((a, b) => String(b.role).localeCompare(String(a.role))),
    [
      { message: 'An attempt begins.', level: 'info', role: 'worker', attempt: 1 },
      { message: 'An attempt has ended.', level: 'info', role: 'worker', attempt: 1, outcome: 'succeeded' },
      { message: 'request', level: 'info', role: 'server', route: '/v1/imports' },
    ],
    'and the polls of the client are not in it',
  );
  assert.doesNotMatch(server.log, /secret-name/);
});
