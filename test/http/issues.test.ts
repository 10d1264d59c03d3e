import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Issue } from '../../src/core/issue.ts';
import type { ListedSegment } from '../../src/http/dependencies.ts';
import type { WireIssue, WireJob } from '../../src/sdk/wire.ts';
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
