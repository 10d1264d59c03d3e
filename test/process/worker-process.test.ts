/** A worker process by itself: told to stop more than once, and hanging for good. */
import assert from 'node:assert/strict';
import { fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import type { WorkerProcessInit } from '../../src/server/worker-process-init.ts';
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

/** As the supervisor begins one, and then dies: at once, or while its worker connects. */
for (const afterMs of [0, 100, 1000]) {
  test(`a worker whose supervisor dies ${afterMs} ms after it began it ends quietly`, {
    timeout: 60_000,
  }, async () => {
    const worker = fork(new URL('../../src/server/worker-process.ts', import.meta.url), {
      stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
      serialization: 'advanced',
    });
    const said: string[] = [];
    for (const stream of [worker.stdout, worker.stderr])
      stream?.on('data', (bytes: Buffer) => said.push(bytes.toString()));
    const init: WorkerProcessInit = {
      databaseUrl: database.url,
      config: loadConfig({ cwd: folder, env: { WAYBILL_DATA: folder } }).config,
    };
    try {
      await new Promise<void>((resolve, reject) => {
        worker.send(init, (error) => (error === null ? resolve() : reject(error)));
      });
      setTimeout(() => worker.connected && worker.disconnect(), afterMs);
      const [code, signal] = await once(worker, 'exit');
      assert.deepEqual([code, signal, said.join('')], [0, null, '']);
    } finally {
      worker.kill('SIGKILL');
    }
  });
}
