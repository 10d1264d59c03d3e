/** A reading thread costs more to start than a small file takes: it goes on from job to job. */
import assert from 'node:assert/strict';
import { readdirSync } from 'node:fs';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const JOBS = 12;

let database: TestDatabase;
let server: ServerProcess;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
});
after(async () => {
  await server.stop();
  await database.drop();
});

/** As the kernel counts them: it gives no number twice in so short a time. */
function threads(pid: number): readonly string[] {
  return readdirSync(`/proc/${pid}/task`).sort();
}

test('one reading thread serves many small jobs', { timeout: 120_000 }, async () => {
  const { client } = server;
  const properties = { id: { type: 'integer' }, name: { type: 'string' } };
  await client.applyCollection('people', {
    name: 'people',
    key: ['id'],
    schema: { type: 'object', properties },
  });
  const rows = Array.from({ length: 500 }, (_, id) => `${id},name ${id}\n`).join('');
  const upload = await client.upload(Readable.from([`id,name\n${rows}`]), 'people.csv');
  const [worker = -1] = server.workers();
  const run = async () => {
    const job = await client.startJob('validation', { collection: 'people', source: { upload: upload.id } });
    assert.equal((await client.waitForJob(job.id)).state, 'succeeded');
  };
  await run();
  const first = threads(worker);
  for (let done = 1; done < JOBS; done += 1) await run();
  assert.deepEqual(threads(worker), first);
});
