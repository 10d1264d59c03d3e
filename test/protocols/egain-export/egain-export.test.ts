/** eGain content export, from kick-off to the files at the destination. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { getJob } from '../../../src/store/jobs/find-jobs.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import {
  articles,
  type DeliveredFile,
  type ExportServer,
  idOf,
  KICK_OFF,
  knowledgeExport,
  readDelivered,
  startExportServer,
} from './fixture.ts';

const COUNT = 600;

let server: ExportServer;

before(async () => {
  server = await startExportServer();
  await server.engine.import({ collection: 'articles', source: { records: articles(COUNT) } });
  await server.engine.import({
    collection: 'topics',
    source: {
      records: [
        { id: '1', title: 'Returns' },
        { id: '2', title: 'Payments' },
      ],
    },
  });
});
after(() => server.close());
afterEach(() => rm(join(server.bucket, 'mydeptfolder'), { recursive: true, force: true }));

async function exported(changes: Readonly<Record<string, unknown>> = {}): Promise<DeliveredFile[]> {
  const started = await server.start(knowledgeExport(changes));
  assert.equal(started.statusCode, 202, started.body);
  const job = await server.runNext();
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const files = await readDelivered(join(server.bucket, 'mydeptfolder'));
  await rm(join(server.bucket, 'mydeptfolder'), { recursive: true, force: true });
  return files;
}

function records(files: readonly DeliveredFile[]): readonly Readonly<Record<string, unknown>>[] {
  return files.flatMap((file) => file.records);
}

test('the kick-off has no body, and following its location leads to the status', async () => {
  for (const url of [KICK_OFF, '/content/export', `/${KICK_OFF}`]) {
    const started = await server.start(knowledgeExport(), { url });
    assert.deepEqual([started.statusCode, started.body], [202, ''], started.body);
    const location = String(started.headers['location']);
    assert.match(location, /^(\/knowledge\/portalmgr\/v4)?\/content\/export\/[0-9A-F-]{36}$/);
    for (const path of [
      location,
      `${location}/status`,
      location.toLowerCase().replace('/export/', '/export/'),
    ]) {
      const status = await server.call('GET', path);
      assert.deepEqual([status.statusCode, status.json()], [200, { status: 'Pending' }]);
    }
    await server.runNext();
    assert.equal((await server.call('GET', location)).json<{ status: string }>().status, 'Successful');
  }
});

test('articles arrive in files of at most 250, which say whose they are', async () => {
  const files = await exported();
  assert.deepEqual(
    files.map((file) => file.records.length),
    [250, 250, 40],
  );
  for (const { name } of files) assert.match(name, /^[0-9A-F-]{36}-articles-000[123]\.json$/);
  assert.deepEqual(files[0]?.records[0], { id: 1, name: 'Article 1' });
});

test('a second export leaves the files of the first', async () => {
  await server.start(knowledgeExport());
  await server.runNext();
  assert.equal((await exported()).length, 6);
});

test('the language chooses articles by what the binding says for its code', async () => {
  assert.equal(records(await exported({ language: { code: 'de-DE' } })).length, COUNT / 10);
});

test('articleCategories is searchable unless it says all', async () => {
  const searchable = records(await exported({ articleCategories: undefined })).length;
  assert.equal(searchable, 480);
  assert.equal(records(await exported({ articleCategories: 'searchable' })).length, searchable);
  assert.equal(records(await exported({ articleCategories: 'all' })).length, 540);
});

test('exportUnpublishedOnly leaves out what is published', async () => {
  const unpublished = records(await exported({ exportUnpublishedOnly: true }));
  assert.ok(unpublished.length > 0 && unpublished.length < 200);
  assert.ok(unpublished.every(({ id }) => Number(id) % 4 === 0));
  assert.equal(records(await exported({ exportUnpublishedOnly: false })).length, 540);
});

test('resourceTypes chooses collections; all is every one that the portal has', async () => {
  const topics = await exported({ resourceTypes: ['topics'] });
  assert.deepEqual(records(topics), [
    { id: 1, title: 'Returns' },
    { id: 2, title: 'Payments' },
  ]);
  for (const resourceTypes of [['all'], ['topics', 'articles', 'topics'], ['articles', 'all']]) {
    const files = await exported({ resourceTypes });
    assert.equal(records(files).length, 542, JSON.stringify(resourceTypes));
    assert.deepEqual(
      files.map(({ name }) => name.replace(/[0-9A-F]{8}-[0-9A-F-]{27}/, 'ID')),
      [
        'part-1-ID-articles-0001.json',
        'part-1-ID-articles-0002.json',
        'part-1-ID-articles-0003.json',
        'part-2-ID-topics-0001.json',
      ],
    );
  }
});

test('SFTP servers get their files by host, port and path', async () => {
  const destinations: readonly [object, string][] = [
    [{ username: 'u', password: 'p', host: 'files.example.com' }, server.sftp[0]],
    [{ username: 'u', host: 'Files.Example.com', port: 22 }, server.sftp[0]],
    [{ username: 'u', host: 'files.example.com', port: 2222, password: null }, server.sftp[1]],
  ];
  for (const [sftpDetails, folder] of destinations) {
    for (const path of ['exports/here', '/exports/here']) {
      const dataDestination = { destinationType: 'SFTP server', path, sftpDetails };
      const started = await server.start(knowledgeExport({ dataDestination }));
      assert.equal(started.statusCode, 202, started.body);
      assert.equal((await server.runNext()).state, 'succeeded');
      assert.equal((await readDelivered(join(folder, 'exports/here'))).length, 3);
      await rm(join(folder, 'exports'), { recursive: true });
    }
  }
});

test('credentials in their older form are taken, and none are kept', async () => {
  const dataDestination = {
    destinationType: 'AWS S3 bucket',
    path: 's3://bucket/mydeptfolder',
    region: 'us-east-1',
    credentials: { accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'never-to-be-seen' },
  };
  const id = idOf(await server.start(knowledgeExport({ dataDestination })));
  await server.runNext();
  const { rows } = await server.engine.database.pool.query<{ text: string }>(
    'select to_jsonb(job)::text as text from waybill.jobs job where id = $1',
    [id.toLowerCase()],
  );
  assert.equal(rows.length, 1);
  assert.doesNotMatch(rows[0]?.text ?? '', /never-to-be-seen|AKIA/);
});

test('a portal has one export at a time, the next one waits; each portal has its own', async () => {
  const first = idOf(await server.start(knowledgeExport()));
  const second = idOf(await server.start(knowledgeExport()));
  const other = idOf(await server.start(knowledgeExport({ portalID: 'PROD-2000' })));
  const { pool } = server.engine.database;
  const claim = (id: string) => claimJob(pool, { jobId: id.toLowerCase(), workerId: randomUUID() });
  const statusOf = async (id: string) => (await server.status(id)).json<{ status: string }>().status;
  const running = await claim(first);
  assert.ok(running);
  assert.equal(await claim(second), undefined, 'while the first one is in progress');
  assert.deepEqual([await statusOf(first), await statusOf(second)], ['In Progress', 'Pending']);
  assert.ok(await claim(other));

  await moveJob(pool, { jobId: running.id, epoch: running.epoch, event: 'given_back', reason: 'shutdown' });
  const attempt = async (id: string) => server.engine.attempt(await getJob(pool, id.toLowerCase()));
  await attempt(first);
  await attempt(second);
  assert.deepEqual([await statusOf(first), await statusOf(second)], ['Successful', 'Successful']);
});

test('an export that finds nothing leaves a file that says so', async () => {
  const files = await exported({ language: { code: 'fr-FR' } });
  assert.deepEqual(
    files.map((file) => file.records),
    [[]],
  );
});

test('a job is in progress until its files have arrived', async () => {
  const id = idOf(await server.start(knowledgeExport()));
  const away = `${server.bucket}-away`;
  await rename(server.bucket, away);
  const waiting = await server.runNext();
  assert.equal(waiting.state, 'delivering');
  const body = (await server.status(id)).json<Record<string, unknown>>();
  assert.equal(body['status'], 'In Progress');
  await rename(away, server.bucket);
  await server.engine.database.pool.query(
    'update waybill.jobs set not_before = clock_timestamp() where id = $1',
    [id.toLowerCase()],
  );
  assert.equal((await server.engine.attempt(waiting)).state, 'succeeded');
  assert.equal((await server.status(id)).json<{ status: string }>().status, 'Successful');
  assert.equal((await readDelivered(join(server.bucket, 'mydeptfolder'))).length, 3);
});

test('exports of the native API have a status here, and imports have none', async () => {
  const native = await server.engine.export({ collection: 'topics', format: 'csv' });
  const { results } = (await server.status(native.job.id)).json<{ results: unknown }>();
  assert.deepEqual(results, { successful: 2, warnings: 0, errors: 0 });
  const topics = { collection: 'topics', source: { records: [{ id: '1', title: 'Returns' }] } };
  const imported = await server.engine.import(topics);
  const answer = await server.status(imported.job.id);
  assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [404, '404-100']);
});

test('a job that was started here is seen by the native API at once', async () => {
  const id = idOf(await server.start(knowledgeExport()));
  const answer = await server.call('GET', `/v1/jobs/${id.toLowerCase()}`);
  const { kind, state, collection } = answer.json<Record<string, unknown>>();
  assert.deepEqual([kind, state, collection], ['export', 'queued', 'articles']);
  await server.runNext();
});
