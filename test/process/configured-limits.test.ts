/** Every limit and time of keeping that is configured: what /v1/capabilities says is what a running server does. */
import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import type { WireJob } from '../../src/sdk/wire.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const ENVIRONMENT = {
  WAYBILL_LIMITS_UPLOAD_BYTES: '200000',
  WAYBILL_LIMITS_DECOMPRESSED_BYTES: '100000',
  WAYBILL_LIMITS_DECOMPRESSION_RATIO: '5',
  WAYBILL_LIMITS_DECOMPRESSION_ALLOWANCE_BYTES: '50000',
  WAYBILL_LIMITS_UNREADABLE_BYTES: '4',
  WAYBILL_LIMITS_RECORD_BYTES: '1000',
  WAYBILL_LIMITS_RECORD_FIELDS: '5',
  WAYBILL_LIMITS_DEPTH: '4',
  WAYBILL_LIMITS_ISSUES_PER_JOB: '3',
  WAYBILL_LIMITS_INLINE_RECORDS: '2',
  WAYBILL_RETENTION_UPLOADS: '3h',
  WAYBILL_RETENTION_ARTIFACTS: '4h',
  WAYBILL_RETENTION_FAILED_ROWS: '5h',
  WAYBILL_RETENTION_ISSUE_FILES: '6h',
};

let database: TestDatabase;
let server: ServerProcess;
let limits: Readonly<Record<string, { readonly value: number; readonly setting: string }>>;
before(async () => {
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, environment: ENVIRONMENT });
  const { url, token } = server.client.server;
  const answer = await fetch(`${url}/v1/capabilities`, { headers: { authorization: `Bearer ${token}` } });
  limits = ((await answer.json()) as { limits: typeof limits }).limits;
  await server.client.applyCollection('things', {
    key: ['id'],
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, more: { type: 'object' } },
      required: ['id'],
    },
  });
});
after(async () => {
  await server?.stop();
  await database?.drop();
});

const limit = (name: string): number => limits[name]?.value ?? Number.NaN;

async function validate(content: string | Buffer, options: object = {}): Promise<WireJob> {
  const { client } = server;
  const { id } = await client.upload(Readable.from([Buffer.from(content)]), 'things');
  const request = { collection: 'things', source: { upload: id }, allowNothingAccepted: true, ...options };
  return client.waitForJob((await client.startJob('validation', request)).id);
}

async function issueCodes(content: string): Promise<string[]> {
  const job = await validate(`{"id":0}\n${content}`, { dialect: { format: 'jsonl' } });
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const { issues } = await server.client.listIssues(job.id);
  return issues.map(({ code }) => code);
}

test('the values are those of the settings', () => {
  assert.equal(limit('uploadBytes'), 200_000);
  assert.equal(limits['uploadBytes']?.setting, 'limits.uploadBytes');
  assert.equal(limit('uploadsKeptSeconds'), 3 * 3600);
});

test('uploadBytes and inlineRecords are refused by the API', async () => {
  const { client } = server;
  const sized = (bytes: number) => client.upload(Readable.from([Buffer.alloc(bytes, 'x')]));
  await sized(limit('uploadBytes'));
  await assert.rejects(sized(limit('uploadBytes') + 1), { code: 'request.too_large' });
  const carrying = (count: number) => ({
    collection: 'things',
    source: { records: Array.from({ length: count }, (_, id) => ({ id })) },
  });
  await client.startJob('validation', carrying(limit('inlineRecords')));
  await assert.rejects(client.startJob('validation', carrying(limit('inlineRecords') + 1)), {
    code: 'request.too_large',
  });
});

test('decompressedBytes fails the job', async () => {
  // Stored, so that the ratio does not count.
  const sized = (bytes: number) => gzipSync(`id\n${'1\n'.repeat(bytes / 2 - 2)}\n`, { level: 0 });
  assert.equal((await validate(sized(limit('decompressedBytes')))).failure?.code, undefined);
  assert.equal(
    (await validate(sized(limit('decompressedBytes') + 2))).failure?.code,
    'format.limit_exceeded',
  );
});

test('decompressionRatio fails the job and its inspection beyond decompressionAllowanceBytes', async () => {
  const { client } = server;
  const sized = (bytes: number) => gzipSync(`id\n${'1\n'.repeat((bytes - 4) / 2)}\n`);
  const allowed = limit('decompressionAllowanceBytes');
  assert.equal((await validate(sized(allowed))).failure?.code, undefined);
  const { failure } = await validate(sized(allowed + 2));
  assert.equal(failure?.code, 'format.limit_exceeded');
  assert.match(failure.message, /limits\.decompressionRatio/);
  const bomb = gzipSync(`id\n${'x'.repeat(allowed)}`);
  const { id } = await client.upload(Readable.from([bomb]), 'bomb');
  const answer = await fetch(new URL(`/v1/uploads/${id}/inspect`, client.server.url), {
    method: 'POST',
    headers: { authorization: `Bearer ${client.server.token}`, 'content-type': 'application/json' },
    body: '{}',
  });
  assert.match(await answer.text(), /format\.limit_exceeded.*limits\.decompressionRatio/);
  assert.equal(limit('decompressionSeconds'), 3600);
});

test('unreadableBytes bounds the file of unreadable records', async () => {
  const job = await validate('id\n"x\n"y\n"z\n');
  const artifacts = await server.client.listArtifacts(job.id);
  const cut = artifacts.find(({ kind }) => kind === 'unreadable_rows');
  assert.equal(cut?.cutFromBytes, 9);
});

test('recordBytes, recordFields and depth are issues of records', async () => {
  const record = (bytes: number) => `{"id":1,"more":{"a":"${'x'.repeat(bytes - 23)}"}}\n`;
  assert.deepEqual(await issueCodes(record(limit('recordBytes') - 10)), []);
  assert.deepEqual(await issueCodes(record(limit('recordBytes') + 10)), ['record.too_long']);
  const fields = (count: number) =>
    `{"id":1${Array.from({ length: count - 1 }, (_, index) => `,"f${index}":1`).join('')}}\n`;
  assert.ok(!(await issueCodes(fields(limit('recordFields')))).includes('record.too_many_fields'));
  assert.ok((await issueCodes(fields(limit('recordFields') + 1))).includes('record.too_many_fields'));
  const nested = (depth: number) =>
    `{"id":1,"more":${'{"a":'.repeat(depth - 2)}{}${'}'.repeat(depth - 2)}}\n`;
  assert.deepEqual(await issueCodes(nested(limit('depth'))), []);
  assert.deepEqual(await issueCodes(nested(limit('depth') + 1)), ['record.too_deep']);
});

test('issuesPerJob bounds the issue files; files are kept as long as is said', async () => {
  const { client } = server;
  const job = await validate('id\nx\ny\nz\nu\nv\n');
  const artifacts = await client.listArtifacts(job.id);
  const find = (name: RegExp) =>
    artifacts.find((artifact) => name.test(artifact.name)) ?? assert.fail(String(name));
  const issues = find(/issues.*jsonl$/);
  const answer = await fetch(new URL(issues.url, client.server.url), {
    headers: { authorization: `Bearer ${client.server.token}` },
  });
  const lines = (await answer.text()).trimEnd().split('\n');
  assert.equal(lines.filter((line) => line.includes('"record"')).length, limit('issuesPerJob'));
  const keptSeconds = ({ createdAt, expiresAt }: { createdAt: string; expiresAt?: string }) =>
    Math.round((Date.parse(expiresAt ?? '') - Date.parse(createdAt)) / 1000);
  assert.equal(keptSeconds(issues), limit('issueFilesKeptSeconds'));
  assert.equal(keptSeconds(find(/failed/)), limit('failedRowsKeptSeconds'));
  const exported = await client.waitForJob((await client.startJob('export', { collection: 'things' })).id);
  const [result] = await client.listArtifacts(exported.id);
  assert.ok(result);
  assert.equal(keptSeconds(result), limit('artifactsKeptSeconds'));
  assert.equal(keptSeconds(await client.upload(Readable.from(['x']))), limit('uploadsKeptSeconds'));
});
