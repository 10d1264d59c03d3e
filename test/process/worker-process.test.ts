/** A worker process by itself: told to stop more than once, and hanging for good. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { writePeople } from '../support/generate.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import {
  bindCollection,
  createPeopleTable,
  readJob,
  startImport,
  uploadFile,
  waitForEnd,
  waitForRecord,
} from './import-case.ts';

let folder: string;
let database: TestDatabase;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-worker-'));
  database = await createTestDatabase();
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

test('a worker that is told to stop twice gives its job back in order', async (context) => {
  const server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  context.after(() => server.stop());
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: 5000, badShare: 0 });
  const upload = await uploadFile(server.client, file);
  await createPeopleTable(database.pool, 'twice', { options: { mode: 'upsert' }, records: 5000 });
  await bindCollection(server.client, 'twice');
  const job = await startImport(server.client, 'twice', upload, { mode: 'upsert', rowsPerSecond: 2000 });
  await waitForRecord(database.pool, job.id, 1);
  // A service manager tells the whole group, and the supervisor tells its workers.
  const workers = server.workers();
  await waitUntil('the job is given back', async () => {
    kill(workers, 'SIGTERM');
    return (await readJob(database.pool, job.id)).state !== 'running';
  });
  await waitForEnd(database.pool, job.id);
  const returned = (await server.client.getTimeline(job.id)).filter(({ event }) => event === 'given_back');
  assert.deepEqual(
    returned.map(({ detail }) => detail['reason']),
    ['shutdown'],
  );
});

test('a worker that hangs for good is ended, so that another can take its place', {
  timeout: patienceOf(60_000),
}, async () => {
  const liveness = new URL('../../src/worker/liveness.ts', import.meta.url);
  const program = `
    import { proveLiveness } from ${JSON.stringify(liveness.href)};
    await proveLiveness(${JSON.stringify(database.url)});
    process.stdout.write('alive');
    for (;;);`;
  const path = join(folder, 'hanging-worker.mjs');
  await writeFile(path, program);
  const worker = spawn(process.execPath, [path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    await once(worker.stdout, 'data');
    const [, signal] = await once(worker, 'exit');
    assert.equal(signal, 'SIGKILL');
  } finally {
    worker.kill('SIGKILL');
  }
});
