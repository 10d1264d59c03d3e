/** eGain content import and validation, from kick-off to the articles in the table. */
import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { claimJob } from '../../../src/store/jobs/claims.ts';
import { moveJob } from '../../../src/store/jobs/move-job.ts';
import { rowsOf } from '../../engine/harness.ts';
import { putFolder, putZip } from '../../support/egain-package.ts';
import {
  article,
  dataSource,
  entriesOf,
  type ImportServer,
  idOf,
  importContent,
  startImportServer,
} from './fixture.ts';

interface Status {
  readonly status: string;
  readonly jobType: string;
  readonly results: object;
  readonly logFileLocation?: string;
  readonly currentOperation?: string;
  readonly scheduledStopTime?: string;
  readonly startTime?: string;
}

let server: ImportServer;
before(async () => {
  server = await startImportServer();
  await server.put('in', [article('One'), article('Two', { availabilityDate: '2025-01-28T10:00:00Z' })]);
});
after(() => server.close());
afterEach(() => server.engine.database.pool.query('truncate waybill_data.articles'));

async function statusOf(id: string): Promise<Status> {
  return (await server.status(id)).json<Status>();
}

/** Runs the job to its end. */
async function finish(started: Awaited<ReturnType<ImportServer['start']>>): Promise<Status> {
  assert.equal(started.statusCode, 202, started.body);
  await server.runNext();
  return statusOf(idOf(started));
}

/** HTML by title. */
async function articlesThere(): Promise<Readonly<Record<string, string>>> {
  const rows = (await rowsOf(server.engine, 'waybill_data.articles')) as { title: string; html: string }[];
  return Object.fromEntries(rows.map(({ title, html }) => [title, html]));
}

test('the kick-off has no body, and its location is read in every way that clients read it', async () => {
  for (const base of ['/knowledge/contentmgr/v4', '', '//knowledge/contentmgr/v4']) {
    for (const call of ['/import/content', '/import/content/validate']) {
      const url = `${base}${call}`;
      const body = call.endsWith('validate') ? { dataSource: dataSource() } : importContent();
      const started = await server.start(body, { url });
      assert.deepEqual([started.statusCode, started.body], [202, ''], started.body);
      const location = String(started.headers['location']);
      assert.match(location, /^(knowledge\/contentmgr\/v4\/)?import\/content\/[0-9A-F-]{36}\/status$/);
      const resolved = new URL(location, `http://host${url.replace('//', '/')}`).pathname;
      for (const path of [
        `/${location}`,
        resolved,
        `/${location.replace(/[0-9A-F-]{36}/, (id) => id.toLowerCase())}`,
      ]) {
        const status = await server.call('GET', path);
        assert.equal(status.statusCode, 200, path);
        assert.equal(status.json<Status>().status, 'Scheduled');
      }
      await server.runNext();
    }
  }
});

test('an import adds articles, and leaves a log where the status says', async () => {
  const started = await server.start(importContent());
  const status = await finish(started);
  assert.deepEqual([status.status, status.jobType], ['Successful', 'Import']);
  assert.deepEqual(status.results, { successful: 2, warnings: 0, errors: 0 });
  assert.deepEqual(await rowsOf(server.engine, 'waybill_data.articles'), [
    { title: 'One', path: 'Shop/Orders', html: '<p>One</p>', available: null },
    {
      title: 'Two',
      path: 'Shop/Orders',
      html: '<p>Two</p>',
      available: '2025-01-28T10:00:00+00:00',
    },
  ]);
  assert.equal(status.logFileLocation, `s3://bucket/logs/import-logs-${idOf(started)}.txt`);
  assert.match(await server.log(idOf(started)), /2 processed: 2 successful/);
});

test('operation says whether articles are added or changed', async () => {
  await finish(await server.start(importContent()));
  const again = await finish(await server.start(importContent()));
  assert.deepEqual([again.status, again.results], ['Successful', { successful: 0, warnings: 0, errors: 2 }]);
  await server.put('changed', [article('One', { content: '<p>new</p>' }), article('Three')]);
  const reimport = importContent({
    operation: 'reimport',
    dataSource: dataSource({ path: 's3://bucket/changed' }),
  });
  const status = await finish(await server.start(reimport));
  assert.deepEqual(status.results, { successful: 1, warnings: 0, errors: 1 });
  assert.deepEqual(await articlesThere(), { One: '<p>new</p>', Two: '<p>Two</p>' });
});

test('a validation checks and writes nothing', async () => {
  await server.put('bad', [article('One'), article('Two', { content: 'content/missing.html' })]);
  const body = { dataSource: dataSource({ path: 's3://bucket/bad/' }) };
  const started = await server.validate(body);
  const status = await finish(started);
  assert.deepEqual([status.status, status.jobType], ['Successful', 'Validation']);
  assert.deepEqual(status.results, { successful: 1, warnings: 0, errors: 1 });
  assert.deepEqual(await articlesThere(), {});
  assert.match(await server.log(idOf(started)), /content\/missing\.html/);
});

test('a file that no article names is an item with a warning, in the status, the log and the native API', async () => {
  const files = { 'package/knowledgehub/articles/resources/guide.pdf': 'x' };
  await putFolder(join(server.bucket, 'more'), { ...entriesOf([article('One')]), ...files });
  const body = { dataSource: dataSource({ path: 's3://bucket/more' }) };
  for (const start of [() => server.validate(body), () => server.start(importContent(body))]) {
    const started = await start();
    const status = await finish(started);
    assert.equal(status.status, 'Successful');
    assert.deepEqual(status.results, { successful: 1, warnings: 1, errors: 0 });
    const id = idOf(started);
    assert.match(
      await server.log(id),
      /warning: no article refers to the file resources\/guide\.pdf, .* \[file\.unused\]/,
    );
    const listed = await server.call('GET', `/v1/jobs/${id.toLowerCase()}/issues`);
    const [issue, ...others] = listed.json<{ issues: { code: string; params: object }[] }>().issues;
    assert.deepEqual(
      [issue?.code, issue?.params, others],
      ['file.unused', { file: 'resources/guide.pdf' }, []],
    );
  }
});

test('packages are folders or archives, in a bucket or on a share', async () => {
  await putZip(join(server.bucket, 'content.zip'), entriesOf([article('Zipped')]));
  await putFolder(join(server.share, 'deep/in'), entriesOf([article('Shared')]));
  const sources: readonly [Readonly<Record<string, string>>, string, string][] = [
    [{ path: 's3://bucket/content.zip' }, 'Zipped', 's3://bucket/logs/'],
    [{ path: 's3://bucket/in/package/' }, 'One', 's3://bucket/logs/'],
    // As in the contract's own example: the type does not decide what an address may be.
    [{ type: 'Shared file path', path: 's3://bucket/in' }, 'One', 's3://bucket/logs/'],
    [{ type: 'AWS S3 bucket', path: 'file:///share/deep/in' }, 'Shared', 'file:///share/deep/logs/'],
    [{ type: 'Shared file path', path: 'file:///share/deep/in' }, 'Shared', 'file:///share/deep/logs/'],
    [{ type: 'Shared file path', path: '/mnt/share/deep/in' }, 'Shared', '/mnt/share/deep/logs/'],
    [
      { type: 'Shared file path', path: 'sftp://files.example.com/deep/in' },
      'Shared',
      'sftp://files.example.com/logs/',
    ],
  ];
  for (const [changes, title, logs] of sources) {
    const status = await finish(await server.start(importContent({ dataSource: dataSource(changes) })));
    assert.equal(status.status, 'Successful', JSON.stringify(status));
    assert.ok(Object.hasOwn(await articlesThere(), title));
    assert.ok(status.logFileLocation?.startsWith(logs));
  }
});

test('credentials are taken in every spelling, and none are kept', async () => {
  const credentials = {
    accessKey: 'AKIAIOSFODNN7EXAMPLE',
    secretKey: 'never-to-be-seen',
    username: 'never-to-be-seen',
    password: 'never-to-be-seen',
  };
  const started = await server.start(importContent({ dataSource: dataSource({ credentials }) }));
  await finish(started);
  const { rows } = await server.engine.database.pool.query<{ text: string }>(
    `select concat(to_jsonb(job)::text, (select string_agg(to_jsonb(part)::text, '') from waybill.parts part where job_id = job.id)) as text
     from waybill.jobs job where id = $1`,
    [idOf(started).toLowerCase()],
  );
  assert.match(rows[0]?.text ?? '', /s3:\/\/bucket\/in/);
  assert.doesNotMatch(`${rows[0]?.text} ${await server.log(idOf(started))}`, /never-to-be-seen|AKIA/);
});

test('a schedule says when a job starts and when it stops', async () => {
  const date = new Date(Date.now() + 3600_000).toISOString();
  const stopDate = new Date(Date.now() + 7200_000).toISOString();
  const id = idOf(await server.start(importContent({ scheduleTime: { date, stopDate } })));
  assert.deepEqual(await statusOf(id), {
    status: 'Scheduled',
    jobType: 'Import',
    progress: { processed: 0, total: 0, percentage: 0 },
    startTime: date,
    scheduledStopTime: stopDate,
    currentOperation: 'Queued for execution',
  });
  assert.deepEqual([(await server.cancel(id)).statusCode, (await statusOf(id)).status], [204, 'Cancelled']);
  // What is over begins at once.
  const past = await server.start(
    importContent({ scheduleTime: { date: '2024-03-02T01:00:00.000Z', stopDate } }),
  );
  assert.equal((await finish(past)).status, 'Successful');
});

test('a job that waits is cancelled at once; one that has ended is not', async () => {
  const id = idOf(await server.start(importContent()));
  const cancelled = await server.cancel(id);
  assert.deepEqual([cancelled.statusCode, cancelled.body], [204, '']);
  const { status, results } = await statusOf(id);
  assert.deepEqual([status, results], ['Cancelled', { successful: 0, warnings: 0, errors: 0 }]);
  const again = await server.cancel(id);
  assert.equal(again.statusCode, 409, again.body);

  const done = await server.start(importContent());
  await finish(done);
  const refused = await server.cancel(idOf(done));
  assert.equal(refused.statusCode, 409);
  assert.deepEqual(refused.json(), {
    code: '409-100',
    developerMessage: 'The job is not in a state that can be cancelled.',
  });
});

test('a job that runs is asked to stop, and shows it', async () => {
  const id = idOf(await server.start(importContent()));
  const { pool } = server.engine.database;
  const jobId = id.toLowerCase();
  assert.ok(await claimJob(pool, { jobId, workerId: '7b5d2a8e-3c39-4d0e-9f0e-1d6f5a4b3c2d' }));
  assert.equal((await server.cancel(id)).statusCode, 204);
  const { status, currentOperation } = await statusOf(id);
  assert.deepEqual([status, currentOperation], ['In Progress', 'Cancelling']);
  assert.equal((await server.cancel(id)).statusCode, 204, 'it is still in progress');
  await moveJob(pool, { jobId, event: 'cancelled' });
  assert.equal((await statusOf(id)).status, 'Cancelled');
});

test('what cannot be read fails the job, which can be tried again where that may help', async () => {
  await putFolder(join(server.bucket, 'none'), { 'readme.txt': 'hello' });
  const cases: readonly [string, boolean][] = [
    ['s3://bucket/nothing', true],
    ['s3://bucket/none', false],
  ];
  for (const [path, retryable] of cases) {
    const started = await server.start(importContent({ dataSource: dataSource({ path }) }));
    assert.equal(started.statusCode, 202, started.body);
    const status = (await finish(started)) as Status & {
      readonly retryable: boolean;
      readonly error: string;
    };
    assert.deepEqual([status.status, status.retryable], ['Failed', retryable]);
    assert.match(status.error, /^The content could not be read\. Items processed: 0\.$/);
    assert.match(await server.log(idOf(started)), /s3:\/\/bucket\/no/);
  }
});

test('credentials, region and the attributes of the schedule may be null', async () => {
  const body = importContent({
    dataSource: dataSource({ credentials: null, region: null }),
    scheduleTime: null,
  });
  assert.equal((await finish(await server.start(body))).status, 'Successful');
});

test('a job of the native API has a status here, and this one is seen there at once', async () => {
  const { job } = await server.engine.import({
    collection: 'articles',
    source: { records: [{ title: 'native', path: 'p', html: 'h' }] },
  });
  const native = await statusOf(job.id);
  assert.deepEqual(
    [native.status, native.results],
    ['Successful', { successful: 1, warnings: 0, errors: 0 }],
  );
  assert.equal(native.logFileLocation, undefined);
  const id = idOf(await server.start(importContent()));
  const seen = (await server.call('GET', `/v1/jobs/${id.toLowerCase()}`)).json<{
    state: string;
    kind: string;
  }>();
  assert.deepEqual([seen.kind, seen.state], ['import', 'queued']);
  await server.runNext();
  const { job: exported } = await server.engine.export({ collection: 'articles' });
  assert.equal((await server.status(exported.id)).statusCode, 404);
  assert.equal((await server.cancel(exported.id)).statusCode, 404);
});
