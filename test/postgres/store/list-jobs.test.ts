/** Lists of jobs, held against a plain look at every job. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { JOB_STATES } from '../../../src/core/job-state.ts';
import { type JobQuery, listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

/** Over several windows of numbers, with gaps, as after transactions that came to nothing. */
const JOBS = 4000;
const STEP = 23;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
  await database.pool.query(
    `insert into waybill.jobs (number, kind, state, options, labels, collections, created_by, created_at, finished_at, failure,
       deleted_at, parent_id)
     overriding system value
     select i * $2::integer, (array['import', 'validation', 'export'])[1 + d / 3 % 3], s.state, '{}',
       array_remove(array[case when d % 2 = 0 then 'even' end, case when d % 97 = 0 then 'rare' end], null),
       array['people' || d / 7 % 5], case when d % 3 = 0 then 'user-' || d / 5 % 4 end, t.at,
       case when s.state in ('succeeded', 'failed', 'cancelled') then t.at end,
       case when s.state = 'failed' then '{}'::jsonb end,
       case when d % 13 = 0 and s.state in ('succeeded', 'failed', 'cancelled') then t.at end, null
     from generate_series(1, $1::integer) i
     cross join lateral (select abs(hashint4(i)) as d) dice
     cross join lateral (select case when i < 3000 and d % 10 < 8 then 'succeeded' when i < 1000 and d % 10 < 9 then 'failed'
       else ($3::text[])[1 + d / 11 % cardinality($3::text[])] end as state) s
     cross join lateral (select now() - ($1::integer - i) * interval '10 minutes' as at) t`,
    [JOBS, STEP, JOB_STATES.filter((state) => state !== 'delivering')],
  );
  await database.pool.query(
    `update waybill.jobs set parent_id = (select id from waybill.jobs where number = ${STEP}) where number % (${STEP} * 500) = 0`,
  );
});
after(() => database.drop());

/** Every job that is asked for, newest first. */
async function lookAtAll(query: JobQuery): Promise<number[]> {
  const found = await database.pool.query<{ number: string }>(
    `select number from waybill.jobs j where deleted_at is null and ($1::text[] is null or state = any ($1))
       and ($2::text is null or kind = $2) and ($3::text is null or $3 = any (collections))
       and ($4::text is null or $4 = any (labels)) and ($5::text is null or created_by = $5)
       and ($6::uuid is null or parent_id = $6) and ($7::timestamptz is null or created_at >= $7)
     order by number desc`,
    [query.state, query.kind, query.collection, query.label, query.createdBy, query.parentId, query.since],
  );
  return found.rows.map(({ number }) => Number(number));
}

/** The same, page by page. */
async function readPages(query: JobQuery, limit: number): Promise<number[]> {
  const numbers: number[] = [];
  for (let beforeNumber: number | undefined; ; beforeNumber = numbers.at(-1)) {
    const page = await listJobs(database.pool, {
      ...query,
      limit,
      ...(beforeNumber !== undefined && { beforeNumber }),
    });
    numbers.push(...page.map(({ number }) => number));
    if (page.length < limit) return numbers;
  }
}

const DAY_MS = 24 * 3600 * 1000;
const CHOICES = {
  state: [undefined, ['failed'], ['paused'], ['queued', 'failed'], ['succeeded'], ['cancelled', 'failed']],
  kind: [undefined, 'export', 'import'],
  collection: [undefined, 'people3', 'nothing'],
  label: [undefined, 'even', 'rare', 'none'],
  createdBy: [undefined, 'user-2', 'nobody'],
  since: [
    undefined,
    new Date(Date.now() - 5 * DAY_MS),
    new Date(Date.now() - 20 * DAY_MS),
    new Date(Date.now() + DAY_MS),
  ],
} as const;

/** All single filters, and combinations that a step through all of them meets. */
function listQueries(): JobQuery[] {
  const names = Object.keys(CHOICES) as (keyof typeof CHOICES)[];
  const singles = names.flatMap((name) =>
    CHOICES[name].filter((value) => value !== undefined).map((value) => ({ [name]: value })),
  );
  const combined = Array.from({ length: 60 }, (_, index) => {
    let rest = index * 7919 + 13;
    return Object.fromEntries(
      names.flatMap((name) => {
        const choices = CHOICES[name];
        const value = choices[rest % choices.length];
        rest = Math.floor(rest / choices.length) + index;
        return value === undefined ? [] : [[name, value]];
      }),
    );
  });
  return [{}, ...singles, ...combined] as JobQuery[];
}

for (const query of listQueries()) {
  test(`a list of ${JSON.stringify(query)} has all, and in order`, async () => {
    const expected = await lookAtAll(query);
    assert.deepEqual(await readPages(query, 400), expected);
    const first = await listJobs(database.pool, { ...query, limit: 7 });
    assert.deepEqual(
      first.map(({ number }) => number),
      expected.slice(0, 7),
    );
  });
}

test('corrections of a job are listed', async () => {
  const [parent] = await listJobs(database.pool, { beforeNumber: STEP + 1 });
  const query = { parentId: parent?.id ?? '' };
  const expected = await lookAtAll(query);
  assert.equal(expected.length > 3, true);
  assert.deepEqual(await readPages(query, 3), expected);
  assert.deepEqual(
    await readPages({ ...query, kind: 'import' }, 3),
    await lookAtAll({ ...query, kind: 'import' }),
  );
});

test('there may be no job at all', async () => {
  const empty = await createTestDatabase();
  for (const query of listQueries()) assert.deepEqual(await listJobs(empty.pool, query), []);
  await empty.drop();
});
