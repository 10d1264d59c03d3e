import assert from 'node:assert/strict';
import { createHash, randomUUID } from 'node:crypto';
import { Readable } from 'node:stream';
import { after, before, test } from 'node:test';
import type { Issue } from '../../src/core/issue.ts';
import type { ListedSegment } from '../../src/http/dependencies.ts';
import type { WireIssue, WireJob } from '../../src/sdk/wire.ts';
import { recordArtifacts } from '../../src/store/artifacts.ts';
import { saveIssueGroups } from '../../src/store/issue-groups.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';

const issueAt = (record: number, code: Issue['code'] = 'field.not_integer', field = 'id'): Issue => ({
  severity: 'error',
  code,
  params: {},
  record,
  line: record + 1,
  byteOffset: record * 10,
  byteLength: 10,
  field,
  value: `v${record}`,
});

/** Three chunks; record 2 has two issues. */
const SEGMENTS: readonly ListedSegment[] = [
  {
    chunk: 0,
    firstRecord: 1,
    lastRecord: 3,
    issues: [issueAt(2), issueAt(2, 'field.missing', 'name'), issueAt(3)],
  },
  { chunk: 1, firstRecord: 4, lastRecord: 6, issues: [] },
  { chunk: 2, firstRecord: 7, lastRecord: 9, issues: [issueAt(7), issueAt(9, 'field.missing', 'name')] },
];

let api: TestApi;
let job: WireJob;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    targets: {
      ...deps.targets,
      async *issueSegments({ afterChunk = -1 }) {
        yield* SEGMENTS.filter((segment) => segment.chunk > afterChunk);
      },
    },
  }));
  await createPeople(api);
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  job = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
});
after(() => api.close());

async function readPages(query: string): Promise<number[][]> {
  const pages: number[][] = [];
  let after = '';
  for (;;) {
    const answer = await api.call('GET', `/v1/jobs/${job.id}/issues?${query}${after}`);
    const { issues, next } = answer.json<{ issues: WireIssue[]; next?: string }>();
    pages.push(issues.map((issue) => issue.record));
    if (next === undefined) return pages;
    after = `&after=${next}`;
  }
}

test('issues come in pages that end between records, and together are all', async () => {
  assert.deepEqual(await readPages('limit=1'), [[2, 2], [3], [7], [9]]);
  assert.deepEqual(await readPages('limit=3'), [
    [2, 2, 3],
    [7, 9],
  ]);
  assert.deepEqual(await readPages('limit=100'), [[2, 2, 3, 7, 9]]);
});

test('issues are filtered by code, field and record, and put into words', async () => {
  assert.deepEqual(await readPages('code=field.missing'), [[2, 9]]);
  assert.deepEqual(await readPages('field=id&limit=2'), [[2, 3], [7]]);
  const { issues } = (await api.call('GET', `/v1/jobs/${job.id}/issues?after=7`)).json<{
    issues: WireIssue[];
  }>();
  assert.deepEqual(
    issues.map((issue) => [issue.record, issue.message, issue.value]),
    [[9, 'a value is required', 'v9']],
  );
});

test('issue groups have counts and examples in words', async () => {
  const group = {
    code: 'field.missing',
    field: 'name',
    severity: 'error',
    count: 2,
    examples: [issueAt(2, 'field.missing', 'name')],
  } as const;
  await saveIssueGroups(api.database.pool, job.id, 0, [group]);
  const { groups } = (await api.call('GET', `/v1/jobs/${job.id}/issue-groups`)).json();
  assert.equal(groups[0].count, 2);
  assert.equal(groups[0].examples[0].message, 'a value is required');
});

async function addFile(name: string, content: string): Promise<string> {
  const saved = await api.deps.files.save(`artifacts/${randomUUID()}`, Readable.from([Buffer.from(content)]));
  const sha256 = createHash('sha256').update(content).digest('hex');
  const file = { ...saved, kind: 'failed_rows', name, mediaType: 'text/csv', sha256, records: 1 } as const;
  await recordArtifacts(
    api.database.pool,
    { jobId: job.id, epoch: 0, part: 0 },
    [],
    [{ ...file, keepMs: 60_000 }],
  );
  return sha256;
}

test('a file is sent whole, in ranges, and not at all when the client has it', async () => {
  const sha256 = await addFile('failed rows.csv', '0123456789');
  const url = `/v1/jobs/${job.id}/artifacts/failed%20rows.csv`;
  const get = (headers: Record<string, string> = {}) => api.call('GET', url, { headers });
  const whole = await get();
  assert.equal(whole.body, '0123456789');
  assert.equal(whole.headers['content-length'], '10');
  assert.equal(whole.headers['etag'], `"${sha256}"`);
  assert.equal(whole.headers['content-disposition'], "attachment; filename*=UTF-8''failed%20rows.csv");
  assert.equal((await get({ 'if-none-match': `"${sha256}"` })).statusCode, 304);

  const ranges: [string, number, string | undefined, string][] = [
    ['bytes=2-4', 206, 'bytes 2-4/10', '234'],
    ['bytes=7-', 206, 'bytes 7-9/10', '789'],
    ['bytes=-3', 206, 'bytes 7-9/10', '789'],
    ['bytes=8-100', 206, 'bytes 8-9/10', '89'],
    ['bytes=10-', 416, 'bytes */10', ''],
    ['bytes=-0', 416, 'bytes */10', ''],
    ['bytes=5-2', 200, undefined, '0123456789'],
    ['bytes=0-1,3-4', 200, undefined, '0123456789'],
    ['records=1-2', 200, undefined, '0123456789'],
  ];
  for (const [range, status, contentRange, body] of ranges) {
    const answer = await get({ range });
    assert.deepEqual(
      [answer.statusCode, answer.headers['content-range'], answer.body],
      [status, contentRange, body],
      range,
    );
  }
  assert.equal((await get({ range: 'bytes=2-4', 'if-range': `"${sha256}"` })).body, '234');
  assert.equal((await get({ range: 'bytes=2-4', 'if-range': '"another"' })).body, '0123456789');
});

test('a list of files has no place in the store, and removed files are gone', async () => {
  await addFile('old.csv', 'x');
  await api.database.pool.query("update waybill.artifacts set deleted_at = now() where name = 'old.csv'");
  const { artifacts } = (await api.call('GET', `/v1/jobs/${job.id}/artifacts`)).json();
  const old = artifacts.find((artifact: { name: string }) => artifact.name === 'old.csv');
  assert.ok(old.removedAt);
  assert.equal(old.storageKey, undefined);
  const gone = await api.call('GET', `/v1/jobs/${job.id}/artifacts/old.csv`);
  assert.equal(gone.statusCode, 410);
  assert.equal(gone.json().code, 'storage.expired');
  const missing = await api.call('GET', `/v1/jobs/${job.id}/artifacts/never.csv`);
  assert.equal(missing.statusCode, 404);
  assert.match(missing.json().detail, /old\.csv/);
});
