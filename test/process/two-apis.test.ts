/** Two API processes on one database, and a client that goes back and forth between them. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { isFinal } from '../../src/core/job-state.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { writePeople } from '../support/generate.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { bindCollection, createPeopleTable, uploadFile } from './import-case.ts';

const RECORDS = 20_000;

test('who alternates between two servers never sees a job go back, also while their connections are cut', async (t) => {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-two-apis-'));
  t.after(() => rm(folder, { recursive: true, force: true }));
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const first = await ServerProcess.start({ databaseUrl: database.url });
  t.after(() => first.stop());
  const second = await ServerProcess.start({ databaseUrl: database.url, role: 'api' });
  t.after(() => second.stop());
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS });
  await createPeopleTable(database.pool, 'two_apis', { options: { mode: 'upsert' }, records: RECORDS });
  await bindCollection(first.client, 'two_apis');
  const upload = await uploadFile(first.client, file);
  const started = await first.client.startJob('import', {
    collection: 'two_apis',
    source: { upload },
    mode: 'upsert',
    rowsPerSecond: 5000,
  });

  /** Enough to meet every moment of a job, few enough to let it end. */
  const left = { pauses: 4, cuts: 8 };
  let connectionsCut = 0;
  const clients = [second.client, first.client];
  const seen: WireJob[] = [started];
  const intend = async (intention: 'pause' | 'resume', client = clients[seen.length % 2]) => {
    const job = await client?.intend(started.id, intention);
    if (job !== undefined) seen.push(job);
  };
  for (let poll = 0; ; poll += 1) {
    const job = await clients[poll % 2]?.getJob(started.id);
    assert.ok(job);
    const last = seen.at(-1) ?? job;
    const step = `poll ${poll}: ${last.state} ${last.updatedAt}, then ${job.state} ${job.updatedAt}`;
    assert.ok(Date.parse(job.updatedAt) >= Date.parse(last.updatedAt), step);
    assert.ok(job.progress.processed >= last.progress.processed, step);
    assert.ok(job.progress.percentage >= last.progress.percentage, step);
    seen.push(job);
    if (isFinal(job.state)) break;
    if (poll % 20 === 9 && job.state === 'running' && left.pauses-- > 0) await intend('pause');
    if (job.state === 'paused') await intend('resume');
    if (poll % 15 === 7 && left.cuts-- > 0) {
      const cut = await database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'waybill/status' and datname = current_database()`,
      );
      // None while both answer from memory and have not connected again yet.
      connectionsCut += cut.rowCount ?? 0;
    }
  }
  assert.ok(connectionsCut > 0, 'connections were cut');
  assert.equal(seen.at(-1)?.state, 'succeeded');
  assert.equal(seen.at(-1)?.progress.processed, RECORDS);
  assert.ok(seen.some(({ state }) => state === 'paused') || seen.some(({ state }) => state === 'pausing'));
});

test('a second API process works beside the first on the same data folder, with the same token', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const settings = { databaseUrl: database.url, role: 'api' } as const;
  const first = await ServerProcess.start(settings);
  t.after(() => first.stop());
  const second = await ServerProcess.start({ ...settings, dataDir: first.dataDir });
  t.after(() => second.stop());
  const upload = await first.client.upload(Readable.from(['id,name\n1,Ada\n']), 'people.csv');
  const { fields } = await second.client.inspect(upload.id, {});
  assert.deepEqual(fields, ['id', 'name']);
});
