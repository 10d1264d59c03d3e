/** The loop of a client in each protocol: start, ask until it has ended, fetch. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PROTOCOLS } from '../../src/protocols/all-protocols.ts';
import { waitUntil } from '../support/wait-until.ts';
import { type Answer, openTestSandbox, type TestSandbox } from './with-sandbox.ts';

let sandbox: TestSandbox;
before(async () => {
  sandbox = await openTestSandbox();
});
after(() => sandbox.close());

/** The last of a member's values, once it is none of these. */
async function endOf(
  url: string,
  member: (body: Answer['json']) => unknown,
  waiting: readonly unknown[],
): Promise<unknown> {
  let last: unknown;
  await waitUntil(
    'the end of the job',
    async () => {
      const answer = await sandbox.call(url);
      // Asked too often: the client has to wait.
      if (answer.status === 429) return false;
      assert.equal(answer.status, 200, answer.text);
      last = member(answer.json);
      return !waiting.includes(last);
    },
    30_000,
  );
  return last;
}

test('every protocol that comes with Waybill is spoken', () => {
  assert.deepEqual(
    sandbox.protocols.map(({ name }) => name),
    PROTOCOLS.map(({ name }) => name),
  );
});

test('avepoint: an export comes as a ZIP archive', async () => {
  const { json } = await sandbox.start('avepoint');
  const job = `${sandbox.base('avepoint')}/job/${json.jobId}`;
  assert.equal(await endOf(`${job}/exportstatus`, (body) => body.jobStatus, [1]), 2);
  const file = await sandbox.call(`${job}/exportfile`);
  assert.equal(file.status, 200);
  assert.ok(file.text.startsWith('PK'));
});

for (const kickOff of [
  'activities/object/https%3A%2F%2Fexample.com%2FDALLAS%2FFORT%20WORTH%20INTL%20ARPT/export',
  'users/abe@example.com/access/export?dataSources=OneDrive',
  'groups/to-ATL/access/export?dataSources=Microsoft+Teams&exportOptionType=2',
  'groups/skip/access/export?dataSources=SharePoint+Online&exportOptionType=3',
  'sites/permission/export?siteUrls=https://example.com/ATL',
  'sharingLinks/export?exportLinkType=32&startTime=2026-01-01&finishTime=2027-01-01',
  'google/users/american-airlines@example.com/activities/export',
  'google/users/abe@example.com/access/export?dataSources=User+Drive',
  'google/groups/to-ATL/access/export?dataSources=Shared+Drive&exportOptionType=2',
  'google/drives/permission/export?driveIds=https://example.com/ATL',
  'google/sharingLinks/export?exportLinkType=303&startTime=2026-01-01&finishTime=2027-01-01',
]) {
  test(`avepoint: ${kickOff.split('?')[0]} finds records`, async () => {
    const { json } = await sandbox.call(`${sandbox.base('avepoint')}/${kickOff}`);
    const status = `${sandbox.base('avepoint')}/job/${json.jobId}/exportstatus`;
    assert.equal(await endOf(status, (body) => body.jobStatus, [1]), 2);
    const job = (await sandbox.call(`/v1/jobs/${json.jobId}`)).json;
    assert.ok(job.progress.processed > 0);
  });
}

test('emarsys: an export comes as CSV', async () => {
  const { json } = await sandbox.start('emarsys');
  const url = `${sandbox.base('emarsys')}/export/${json.data.id}`;
  assert.equal(await endOf(url, (body) => body.data.status, ['scheduled', 'in progress']), 'done');
  const { text } = await sandbox.call(`${url}/data`);
  assert.match(text, /^user_id,E-Mail,Company\r?\n\d+,/);
});

test('egain-export: the articles lie at the place that the request has named', async () => {
  const { status, headers } = await sandbox.start('egain-export');
  assert.equal(status, 202);
  const url = `${headers.get('location')}/status`;
  assert.equal(await endOf(url, (body) => body.status, ['Pending', 'In Progress']), 'Successful');
  const folder = join(sandbox.folder, 'places/s3/exports');
  const [name = ''] = await readdir(folder);
  const articles = JSON.parse(await readFile(join(folder, name), 'utf8')) as { name: string }[];
  assert.ok(articles.length > 100 && articles.every((article) => article.name !== ''));
});

test('egain-import: the articles of the package that is there are imported, and logged', async () => {
  const { status, headers } = await sandbox.start('egain-import');
  assert.equal(status, 202);
  const url = `/${headers.get('location')}`;
  const waiting = ['Scheduled', 'Pending', 'In Progress'];
  assert.equal(await endOf(url, (body) => body.status, waiting), 'Successful');
  const { results } = (await sandbox.call(url)).json;
  assert.ok(results.successful > 100 && results.errors === 0);
  const logs = await readdir(join(sandbox.folder, 'places/s3/logs'));
  assert.ok(logs.some((name) => name.startsWith('import-logs-')));
});

test('sailpoint: what an export has given can be imported again', async () => {
  const base = sandbox.base('sailpoint');
  const ended = (kind: string, id: string) =>
    endOf(`${base}/${kind}/${id}`, (body) => body.status, ['NOT_STARTED', 'IN_PROGRESS']);
  const { json } = await sandbox.start('sailpoint');
  assert.equal(await ended('export', json.jobId), 'COMPLETE');
  const document = await sandbox.call(`${base}/export/${json.jobId}/download`);
  assert.ok(document.json.objects.length > 300);
  const body = new FormData();
  body.append('data', new Blob([document.text], { type: 'application/json' }), 'config.json');
  body.append('options', new Blob(['{"excludeBackup":true}'], { type: 'application/json' }), 'options.json');
  const started = await sandbox.call(`${base}/import`, { method: 'POST', body });
  assert.equal(started.status, 202, started.text);
  assert.equal(await ended('import', started.json.jobId), 'COMPLETE');
  const { results } = (await sandbox.call(`${base}/import/${started.json.jobId}/download`)).json;
  assert.deepEqual(Object.keys(results).toSorted(), ['RULE', 'SOURCE', 'TRANSFORM']);
  assert.deepEqual(results.RULE.errors, []);
});
