/** `exportfile`: what comes, and when there is nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { expireArtifacts } from '../../../src/store/retention.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { COLLECTIONS, exportOf, fill, LEAST, openReport, WHOLE_BINDING } from './fixture.ts';

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { avepoint: WHOLE_BINDING } });
  await fill(server);
});
after(() => server.close());

function fileOf(number: number, headers: Readonly<Record<string, string>> = {}) {
  return server.call('GET', `/insights/job/${number}/exportfile`, { headers });
}

async function refusal(number: number): Promise<[number, string]> {
  const answer = await fileOf(number);
  const { status, message } = answer.json<{ status: number; message: string }>();
  assert.equal(answer.statusCode, status);
  return [status, message];
}

test('a report is an archive with a workbook: the columns and titles of the binding, every record', async () => {
  const { file } = await exportOf(server, LEAST.exportUserActivities);
  assert.equal(file.statusCode, 200);
  assert.equal(file.headers['content-type'], 'application/zip');
  assert.match(String(file.headers['content-disposition']), /filename="exportUserActivities\.zip"/);
  assert.deepEqual(await openReport(file), {
    name: 'exportUserActivities.xlsx',
    rows: [
      ['id', 'Activity'],
      [1, 'View'],
      [2, 'Edit'],
    ],
  });
});

test('a report without a record has its header', async () => {
  const { file } = await exportOf(server, 'users/nobody/activities/export');
  assert.deepEqual((await openReport(file)).rows, [['id', 'Activity']]);
});

test('ranges of an archive put together are the archive', async () => {
  const { job, file } = await exportOf(server, LEAST.exportUserActivities);
  const length = file.rawPayload.byteLength;
  const parts = [await fileOf(job.number, { range: 'bytes=0-99' })];
  parts.push(await fileOf(job.number, { range: 'bytes=100-' }));
  assert.deepEqual(
    parts.map(({ statusCode, headers }) => [statusCode, headers['content-range']]),
    [
      [206, `bytes 0-99/${length}`],
      [206, `bytes 100-${length - 1}/${length}`],
    ],
  );
  assert.deepEqual(Buffer.concat(parts.map(({ rawPayload }) => rawPayload)), file.rawPayload);
  const beyond = await fileOf(job.number, { range: `bytes=${length}-` });
  assert.deepEqual(
    [beyond.statusCode, beyond.json()],
    [416, { status: 416, message: 'The file does not have the requested range.' }],
  );
});

test('HEAD says how large the archive is', async () => {
  const { job, file } = await exportOf(server, LEAST.exportUserActivities);
  const head = await server.call('HEAD', `/insights/job/${job.number}/exportfile`);
  assert.deepEqual(
    [head.statusCode, head.headers['content-length'], head.body],
    [200, String(file.rawPayload.byteLength), ''],
  );
});

test('an archive that the client has is not sent again', async () => {
  const { job, file } = await exportOf(server, LEAST.exportUserActivities);
  const again = await fileOf(job.number, { 'if-none-match': String(file.headers['etag']) });
  assert.deepEqual([again.statusCode, again.body], [304, '']);
});

test('before its end a job has no file, its status still says so, and the file comes then', async () => {
  const started = await server.call('GET', `/insights/${LEAST.exportUserActivities}`);
  const number = Number(started.json<{ jobId: string }>().jobId);
  assert.deepEqual(await refusal(number), [400, 'The export job is not finished yet.']);
  await server.runNext();
  assert.equal((await fileOf(number)).statusCode, 200);
});

test('once retention has removed the file, the job is still finished, and the file is gone', async () => {
  const { job } = await exportOf(server, LEAST.exportUserActivities);
  const { pool } = server.engine.database;
  await pool.query('update waybill.artifacts set expires_at = now() where job_id = $1', [job.id]);
  await expireArtifacts(pool, 1000);
  assert.deepEqual(await refusal(job.number), [404, 'The file of this job has expired.']);
  const status = await server.call('GET', `/insights/job/${job.number}/exportstatus`);
  assert.equal(status.json<{ jobStatus: number }>().jobStatus, 2);
});

test('an export that was started elsewhere has a status, and no report, whatever form it has', async () => {
  const { job } = await server.engine.export({
    collection: 'activities',
    format: 'xlsx',
    compression: 'zip',
  });
  const status = await server.call('GET', `/insights/job/${job.number}/exportstatus`);
  assert.deepEqual(status.json(), { jobStatus: 2, status: 200, message: '' });
  assert.deepEqual(await refusal(job.number), [404, 'This job has no report.']);
});

test('an import is no job of this protocol', async () => {
  const { job } = await server.engine.import({
    collection: 'activities',
    source: { records: [{ id: '9' }] },
  });
  assert.deepEqual(await refusal(job.number), [404, 'The job does not exist.']);
});
