/** Time that passes at once: what is due then happens, and what expires then has expired. */
import assert from 'node:assert/strict';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { startReceiver } from '../support/notified-jobs.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Answer, openTestSandbox, type TestSandbox } from './with-sandbox.ts';

let sandbox: TestSandbox;
before(async () => {
  sandbox = await openTestSandbox();
});
after(() => sandbox.close());

function firstOf(protocol: string): object {
  return sandbox.protocols.find(({ name }) => name === protocol)?.first.json ?? {};
}

async function startExport(changes: object): Promise<number> {
  const url = `${sandbox.base('emarsys')}/contact/getchanges`;
  const { json } = await sandbox.call(url, { method: 'POST', json: { ...firstOf('emarsys'), ...changes } });
  assert.equal(json.replyCode, 0, json.replyText);
  return json.data.id;
}

async function statusOf(exportId: number): Promise<string> {
  return (await sandbox.call(`${sandbox.base('emarsys')}/export/${exportId}`)).json.data.status;
}

test('a scheduled import starts when its time has come', async () => {
  const date = new Date(Date.now() + 2 * 3_600_000).toISOString();
  const json = { ...firstOf('egain-import'), scheduleTime: { date } };
  const url = `${sandbox.base('egain-import')}/import/content`;
  const { status, headers, text } = await sandbox.call(url, { method: 'POST', json });
  assert.equal(status, 202, text);
  const state = async () => (await sandbox.call(`/${headers.get('location')}`)).json.status;
  assert.equal(await state(), 'Scheduled');
  await sandbox.advance('119m');
  assert.equal(await state(), 'Scheduled');
  await sandbox.advance('1m');
  await waitUntil('the import', async () => (await state()) === 'Successful', 30_000);
});

test('a delivery is tried again an hour later', async () => {
  const place = join(sandbox.folder, 'places/sftp');
  await rm(place, { recursive: true });
  await writeFile(place, 'no folder');
  const id = await startExport({
    distribution_method: 'sftp',
    sftp_settings: { host: 'sandbox.example.com', username: 'any', password: 'any', folder: 'exports' },
  });
  const url = `/v1/jobs/${id}`;
  await waitUntil(
    'the first try',
    async () => (await sandbox.call(url)).json.delivery.state === 'waiting',
    30_000,
  );
  assert.equal(await statusOf(id), 'ready');
  await rm(place);
  await mkdir(place);
  await sandbox.advance('59m');
  assert.equal(await statusOf(id), 'ready');
  await sandbox.advance('2m');
  await waitUntil('the second try', async () => (await statusOf(id)) === 'done', 30_000);
});

test('whoever could not be told is told again a minute later', async () => {
  const receiver = await startReceiver([500, 204]);
  const id = await startExport({ notification_url: receiver.url });
  await waitUntil('the first try', () => receiver.received.length === 1, 30_000);
  await waitUntil(
    'its end',
    async () => (await sandbox.call(`/v1/jobs/${id}`)).json.notification?.attempts === 1,
  );
  await sandbox.advance('1m');
  await waitUntil('the second try', () => receiver.received.length === 2, 30_000);
  receiver.stop();
});

test('after eight days the status answers, and the download is gone', async () => {
  const { json } = await sandbox.start('sailpoint');
  const url = `${sandbox.base('sailpoint')}/export/${json.jobId}`;
  const status = async (): Promise<Answer> => sandbox.call(url);
  await waitUntil('the export', async () => (await status()).json.status === 'COMPLETE', 30_000);
  assert.equal((await sandbox.call(`${url}/download`)).status, 200);
  await sandbox.advance('8d');
  assert.equal((await status()).json.status, 'COMPLETE');
  assert.equal((await sandbox.call(`${url}/download`)).status, 404);
  const { advancedMs } = (await sandbox.call('/sandbox')).json;
  assert.ok(advancedMs > 8 * 24 * 3_600_000);
});

test('requests count anew once their window has passed', async () => {
  const left = async () =>
    Number((await sandbox.call(`${sandbox.base('emarsys')}/export/1`)).headers.get('x-ratelimit-remaining'));
  await left();
  assert.ok((await left()) < 999);
  await sandbox.advance('61s');
  assert.equal(await left(), 999);
});
