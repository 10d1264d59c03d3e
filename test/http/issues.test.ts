import assert from 'node:assert/strict';
import { after, afterEach, before, test } from 'node:test';
import type { ListedSegment } from '../../src/actions/dependencies.ts';
import type { Issue } from '../../src/core/issue.ts';
import type { WireIssue, WireIssueGroup, WireJob } from '../../src/sdk/wire.ts';
import { saveIssueGroups } from '../../src/store/issue-groups.ts';
import { createPeople, startApi, type TestApi } from './support/api.ts';
import { addFile } from './support/artifacts.ts';

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

/** What the ledger has; tests may put something else here. */
let segments = SEGMENTS;

let api: TestApi;
let job: WireJob;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    targets: {
      ...deps.targets,
      async *issueSegments({ afterChunk = -1 }) {
        yield* segments.filter((segment) => segment.chunk > afterChunk);
      },
    },
  }));
  await createPeople(api);
  const json = { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } };
  job = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
});
after(() => api.close());
afterEach(() => {
  segments = SEGMENTS;
});

async function readPages(query: string): Promise<number[][]> {
  const pages: number[][] = [];
  let url: string | undefined = `/v1/jobs/${job.id}/issues?${query}`;
  while (url !== undefined) {
    const page: { issues: WireIssue[]; links: { next?: string } } = (await api.call('GET', url)).json();
    pages.push(page.issues.map((issue) => issue.record));
    url = page.links.next;
  }
  return pages;
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

test('issues are filtered by key across pages; a key that none can have is refused with its fields', async () => {
  const withKey = (record: number, id: string) => ({ ...issueAt(record), key: [id] });
  segments = [
    { chunk: 0, firstRecord: 1, lastRecord: 3, issues: [withKey(1, '17'), withKey(2, '18'), issueAt(3)] },
    { chunk: 1, firstRecord: 4, lastRecord: 6, issues: [withKey(4, '17'), withKey(5, '17')] },
  ];
  assert.deepEqual(await readPages('key=17&limit=1'), [[1], [4], [5]]);
  assert.deepEqual(await readPages('key=18'), [[2]]);
  assert.deepEqual(await readPages('key=17&record=2-4'), [[4]]);
  assert.deepEqual(await readPages('key=19'), [[]]);
  const shown = await api.call('GET', `/v1/jobs/${job.id}/issues?key=18`);
  assert.deepEqual(shown.json<{ issues: WireIssue[] }>().issues[0]?.key, ['18']);
  const refused = await api.call('GET', `/v1/jobs/${job.id}/issues?key=17&key=18`);
  assert.equal(refused.statusCode, 400);
  assert.match(refused.body, /The key of collection people is id: give \\"key\\" once, got 2/);
});

test('issue groups have counts and examples in words', async () => {
  const group = {
    code: 'field.missing',
    field: 'name',
    severity: 'error',
    count: 2,
    examples: [issueAt(2, 'field.missing', 'name')],
  } as const;
  const json = { collection: 'people', source: { records: [{ id: 3, name: 'Cy' }] }, allowConcurrent: true };
  const ended = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  await api.call('POST', `/v1/jobs/${ended.id}/cancel`);
  await saveIssueGroups(api.database.pool, { jobId: ended.id, epoch: ended.attempt, part: 0 }, [group]);
  const { groups, isComplete } = (await api.call('GET', `/v1/jobs/${ended.id}/issue-groups`)).json();
  assert.equal(isComplete, true);
  assert.equal(groups[0].count, 2);
  assert.equal(groups[0].examples[0].message, 'a value is required');
});

test('what retention has removed is said, and never looks as if there had been nothing', async () => {
  const { pool } = api.database;
  const paths = [`/v1/jobs/${job.id}/issues`, `/v1/jobs/${job.id}/issue-groups`] as const;
  const answers = () => Promise.all(paths.map((path) => api.call('GET', path)));
  await pool.query(
    `update waybill.jobs set values_dropped_at = '2026-01-02T03:04:05Z' where id = '${job.id}'`,
  );
  for (const answer of await answers()) {
    assert.equal(answer.json<{ valuesRemovedAt: string }>().valuesRemovedAt, '2026-01-02T03:04:05.000Z');
  }
  await pool.query(`update waybill.jobs set ledger_dropped_at = now() where id = '${job.id}'`);
  assert.deepEqual(
    (await answers()).map(({ statusCode }) => statusCode),
    [200, 200],
  );
  await pool.query(`update waybill.parts set rejected = 2 where job_id = '${job.id}'`);
  const [issues, groups] = await answers();
  assert.deepEqual([issues?.statusCode, groups?.statusCode], [410, 200]);
  assert.equal(issues?.json<{ code: string }>().code, 'job.expired');
  assert.match(issues?.body ?? '', /retention\.ledger.*issue-groups/);
  await pool.query(`update waybill.jobs set ledger_dropped_at = null, values_dropped_at = null where id = '${job.id}';
    update waybill.parts set rejected = 0 where job_id = '${job.id}'`);
});

test('issues are filtered by record, one or a range, across pages', async () => {
  assert.deepEqual(await readPages('record=2'), [[2, 2]]);
  assert.deepEqual(await readPages('record=3-7&limit=1'), [[3], [7]]);
  assert.deepEqual(await readPages('record=4-'), [[7, 9]]);
  assert.deepEqual(await readPages('record=4-6'), [[]]);
  for (const wrong of ['x', '-3', '1-2-3']) {
    assert.equal((await api.call('GET', `/v1/jobs/${job.id}/issues?record=${wrong}`)).statusCode, 400);
  }
});

test('what the final merge found is listed too, though it is about earlier records', async () => {
  const final = { chunk: 2_147_483_647, firstRecord: 1, lastRecord: 9, issues: [issueAt(1), issueAt(8)] };
  segments = [...SEGMENTS, final];
  assert.deepEqual(await readPages('limit=3'), [[2, 2, 3], [7, 9, 1], [8]]);
  assert.deepEqual(await readPages('limit=1'), [[2, 2], [3], [7], [9], [1], [8]]);
  assert.deepEqual(
    (await readPages('limit=2&after=2')).flat(),
    [3, 7, 9, 8],
    'the number holds for all pages',
  );
});

test('a filter that fits little of much goes on from page to page, each with bounded work', async () => {
  segments = Array.from({ length: 1300 }, (_, chunk) => ({
    chunk,
    firstRecord: chunk * 100 + 1,
    lastRecord: chunk * 100 + 100,
    issues: Array.from({ length: chunk < 8 ? 10_000 : 1 }, (_one, index) => issueAt(chunk * 100 + index + 1)),
  }));
  segments = [
    ...segments,
    { chunk: 1300, firstRecord: 1, lastRecord: 2, issues: [issueAt(2, 'field.missing')] },
  ];
  const pages = await readPages('code=field.missing');
  // 50,000 issues are in the first five chunks, then 500 chunks make a page.
  assert.deepEqual(pages, [[], [], [], [2]]);
});

test('while a job runs its groups come from the ledger, and are not complete', async () => {
  const json = { collection: 'people', source: { records: [{ id: 5, name: 'Eve' }] }, allowConcurrent: true };
  const running = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  const read = async () => (await api.call('GET', `/v1/jobs/${running.id}/issue-groups`)).json();
  const early = await read();
  assert.equal(early.isComplete, false);
  assert.deepEqual(
    early.groups.map(({ code, count, examples }: WireIssueGroup) => [code, count, examples.length]),
    [
      ['field.not_integer', 3, 3],
      ['field.missing', 2, 2],
    ],
  );
  assert.equal(early.groups[0].examples[0].message, 'expected a whole number');
  await api.database.pool.query('update waybill.parts set rejected = 4 where job_id = $1', [running.id]);
  await api.call('POST', `/v1/jobs/${running.id}/cancel`);
  const stopped = await read();
  assert.deepEqual(
    [stopped.isComplete, stopped.groups.length],
    [true, 2],
    'it was stopped before it grouped',
  );
});

test('the issues of a job that has ended come with its files, and each page links to the next', async () => {
  const json = { collection: 'people', source: { records: [{ id: 6, name: 'Flo' }] }, allowConcurrent: true };
  const ended = (await api.call('POST', '/v1/imports', { json })).json<WireJob>();
  await addFile(api, ended.id, { name: 'issues.csv', content: 'x', kind: 'issues' });
  await addFile(api, ended.id, { name: 'failed.csv', content: 'x' });
  const read = async (url: string) => (await api.call('GET', url)).json();
  assert.deepEqual((await read(`/v1/jobs/${ended.id}/issues`)).files, []);
  await api.call('POST', `/v1/jobs/${ended.id}/cancel`);
  const first = await read(`/v1/jobs/${ended.number}/issues?limit=1&severity=error`);
  assert.deepEqual(
    first.files.map(({ name }: { name: string }) => name),
    ['issues.csv'],
  );
  const second = await read(first.links.next);
  assert.deepEqual(
    second.issues.map(({ record }: WireIssue) => record),
    [3],
  );
});
