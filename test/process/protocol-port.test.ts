/** A protocol at a port of its own. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ACTIVITIES, BINDING } from '../protocols/avepoint/fixture.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

test('a protocol with a port answers there, and nowhere else', async (context) => {
  const database = await createTestDatabase();
  context.after(() => database.drop());
  const server = await ServerProcess.start({ databaseUrl: database.url, role: 'api' });
  context.after(() => server.stop());
  await server.client.applyCollection('activities', ACTIVITIES);
  const avepoint = { ...BINDING, mount: { port: 0 } };
  await writeFile(join(server.dataDir, 'waybill.config.json'), JSON.stringify({ protocols: { avepoint } }));
  await server.terminate();
  await server.startAgain();

  const port = /AvePoint Insights at port (\d+)/.exec(server.log)?.[1];
  assert.ok(port, server.log);
  const { url, token } = server.client.server;
  const own = new URL(url);
  own.port = port;
  const ask = async (base: string | URL, path: string) => {
    const answer = await fetch(new URL(path, base), { headers: { authorization: `Bearer ${token}` } });
    return { status: answer.status, body: (await answer.json()) as Readonly<Record<string, unknown>> };
  };
  const started = await ask(own, '/insights/users/ann/activities/export');
  assert.equal(started.status, 200);
  const job = await server.client.getJob(String(started.body['jobId']));
  assert.equal(job.protocol, 'avepoint');
  assert.deepEqual(await ask(own, '/insights/nowhere'), {
    status: 404,
    body: { status: 404, message: 'The requested resource does not exist.' },
  });
  for (const [base, path] of [
    [url, '/insights/nowhere'],
    [url, `/insights/job/${job.number}/exportstatus`],
    [own, '/nowhere'],
  ] as const) {
    const { status, body } = await ask(base, path);
    assert.deepEqual([status, body['code']], [404, 'request.not_found'], path);
  }
});
