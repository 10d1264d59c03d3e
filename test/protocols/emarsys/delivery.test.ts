/** Exports that are carried to a place, and that tell somebody. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, fill, kickOff, RESPONSES } from './fixture.ts';

const base = mkdtempSync(join(tmpdir(), 'waybill-emarsys-'));
const folder = join(base, 'partner');

const SETTINGS = {
  host: 'FTP.example.com',
  port: '22',
  username: 'user',
  password: 'hush-hush',
  folder: '/in/daily/',
};

let server: ProtocolTestServer;
before(async () => {
  mkdirSync(folder);
  server = await startProtocols({
    collections: [CONTACTS, RESPONSES],
    protocols: { emarsys: { ...BINDING, delivery: { retryEveryMinutes: 30, giveUpAfterHours: 1 } } },
    locations: { 'sftp://ftp.example.com/': folder, 'ftp://ftp.example.com:2121/': folder },
  });
  await fill(server);
});
after(async () => {
  await server.close();
  rmSync(base, { recursive: true });
});

async function statusOf(id: number): Promise<Record<string, unknown>> {
  const answer = await server.call('GET', `${API}/export/${id}`);
  const { created, ...rest } = answer.json<{ data: Record<string, unknown> }>().data;
  assert.match(String(created), /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  return rest;
}

/** The next try of a delivery, as if its time had come. */
async function tryAgain(sinceHours = 0): Promise<Job> {
  const { pool } = server.engine.database;
  const [waiting] = await listJobs(pool, { state: ['delivering'], limit: 1 });
  assert.ok(waiting);
  await pool.query(
    `update waybill.jobs set not_before = clock_timestamp(),
       delivery_started_at = delivery_started_at - $2 * interval '1 hour' where id = $1`,
    [waiting.id, sinceHours],
  );
  return server.engine.attempt(waiting);
}

test('a file is carried to the folder of the settings, whose password is kept nowhere', async () => {
  const { id } = await kickOff(server, 'email/getcontacts', {
    distribution_method: 'sftp',
    sftp_settings: SETTINGS,
  });
  const job = await server.runNext();
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const done = await statusOf(id);
  const [name] = readdirSync(join(folder, 'in/daily'));
  assert.deepEqual(done, {
    id: String(id),
    status: 'done',
    type: 'Contacts',
    file_name: name,
    ftp_host: 'ftp.example.com',
    ftp_dir: 'in/daily',
  });
  assert.equal(
    readFileSync(join(folder, 'in/daily', name ?? ''), 'utf8'),
    'user_id,E-Mail\r\n1,ann@example.com\r\n3,eve@example.com\r\n',
  );
  const data = await server.call('GET', `${API}/export/${id}/data`);
  assert.deepEqual([data.statusCode, data.json<{ replyCode: number }>().replyCode], [404, 4004]);
  const { rows } = await server.engine.database.pool.query<{ job: string }>(
    'select to_jsonb(j)::text as job from waybill.jobs j',
  );
  assert.ok(rows.every((row) => !row.job.includes('hush-hush') && !row.job.includes('"user"')));
});

test('the settings of FTP may have their port under either name', async () => {
  const { port: _, folder: __, ...settings } = SETTINGS;
  for (const name of ['port', 'ftp_port']) {
    const { reply } = await kickOff(server, 'export/filter', {
      distribution_method: 'ftp',
      ftp_settings: { ...settings, [name]: 2121 },
    });
    assert.equal(reply.replyCode, 0, reply.replyText);
    assert.equal((await server.runNext()).destination?.location, 'ftp://ftp.example.com:2121/');
  }
});

test('while the place is away the export is ready, is tried after a while, and is given up in the end', async () => {
  renameSync(folder, `${folder}-away`);
  const { id } = await kickOff(server, 'export/filter', {
    distribution_method: 'sftp',
    ftp_settings: SETTINGS,
  });
  const waiting = await server.runNext();
  assert.equal(waiting.state, 'delivering');
  const { delivery } = waiting;
  const pauseMs = Number(delivery?.nextAttemptAt) - Date.now();
  assert.ok(pauseMs > 25 * 60_000 && pauseMs <= 30 * 60_000, String(pauseMs));
  const ready = await statusOf(id);
  assert.deepEqual([ready['status'], ready['file_name']], ['ready', null]);

  assert.equal((await tryAgain()).state, 'delivering');
  assert.equal((await statusOf(id))['status'], 'ready');
  assert.equal((await tryAgain(2)).state, 'failed');
  const failed = await statusOf(id);
  assert.deepEqual([failed['status'], failed['file_name']], ['error', null]);
  renameSync(`${folder}-away`, folder);
});

test('a place that comes back gets the file', async () => {
  renameSync(folder, `${folder}-away`);
  const { id } = await kickOff(server, 'export/filter', {
    distribution_method: 'sftp',
    ftp_settings: SETTINGS,
  });
  await server.runNext();
  renameSync(`${folder}-away`, folder);
  assert.equal((await tryAgain()).state, 'succeeded');
  assert.equal((await statusOf(id))['status'], 'done');
});
