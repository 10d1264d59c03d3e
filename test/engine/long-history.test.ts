/**
 * With 200,000 jobs in the history, no statement of server, sweeper, janitor or worker reads a table that grows with it: asked of the plans by
 * which PostgreSQL carried each of them out.
 */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { FastifyInstance } from 'fastify';
import type { Job } from '../../src/core/job.ts';
import { buildApp } from '../../src/http/build-app.ts';
import { isLaneWanted } from '../../src/store/jobs/lane.ts';
import { claimNotifications, findDueReceivers } from '../../src/store/notifications.ts';
import { findOpenLogs } from '../../src/store/run-logs.ts';
import { registerWorker, retireWorker } from '../../src/store/workers.ts';
import { createJanitor } from '../../src/worker/janitor.ts';
import { createSweeper } from '../../src/worker/sweeper.ts';
import { type CalledFunctions, countCalls } from '../support/called-functions.ts';
import { historyCollection, makeHistory } from '../support/history.ts';
import { type Scan, type WatchedPlans, watchPlans } from '../support/plans.ts';
import { createEngine, type Engine } from './harness.ts';
import { httpOf, TOKEN } from './http-of-engine.ts';
import { askWhatIsSeldomAsked, sendAndTake } from './seldom-asked.ts';

const STORE = join(import.meta.dirname, '../../src/store');
const JOBS = 200_000;
const DAY_MS = 24 * 3600 * 1000;
/** Rows that one statement may look at in one table; a page of a list may look at a window of numbers. */
const MOST = 2000;
const MOST_OF_LIST = 20_000;

/** Tables that grow with the history. */
const GROWING = [
  'jobs',
  'parts',
  'uploads',
  'artifacts',
  'timeline',
  'issue_groups',
  'notifications',
  'ledger',
  'fence',
];

let engine: Engine;
let app: FastifyInstance;
let plans: WatchedPlans;
let calls: CalledFunctions;
let upload: string;

before(async () => {
  engine = await createEngine();
  await engine.apply({
    name: 'things',
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
  upload = await engine.upload('id,name\n1,one\nx,two\n');
  const request = { collection: 'things', source: { upload } };
  const some = (await engine.import(request)).job.id;
  const all = (
    await engine.import({ collection: 'things', source: { upload: await engine.upload('id,name\nx,y\n') } })
  ).job.id;
  const good = (
    await engine.import({ collection: 'things', source: { upload: await engine.upload('id,name\n7,y\n') } })
  ).job.id;
  const validation = (await engine.validate(request)).job.id;
  const exported = (await engine.export({ collection: 'things', format: 'csv' })).job.id;
  // All files of all jobs are still there.
  await engine.database.pool.query(
    `update waybill.uploads set expires_at = expires_at + interval '90 days';
     update waybill.artifacts set expires_at = expires_at + interval '90 days'`,
  );
  await makeHistory(engine.database.pool, {
    jobs: JOBS,
    templates: [
      { jobId: good, share: 75 },
      { jobId: some, share: 10 },
      { jobId: all, share: 5 },
      { jobId: validation, share: 5 },
      { jobId: exported, share: 5 },
    ],
  });
  await engine.database.pool.query(
    `insert into waybill.notifications (job_id, event, state, next_at, ended_at, receiver)
     select id, 'finished', 'sent', null, now(), 'http://a' from waybill.jobs where number % 4 = 0`,
  );
  await engine.database.pool.query('vacuum analyze waybill.notifications');
  app = await buildApp(httpOf(engine));
  plans = await watchPlans(engine.database);
  calls = await countCalls(STORE);
});
after(async () => {
  plans.end();
  await app.close();
  await engine.close();
});

async function call(method: 'GET' | 'POST' | 'DELETE', url: string, json?: object) {
  const answer = await app.inject({
    method,
    url,
    headers: { authorization: `Bearer ${TOKEN}` },
    ...(json !== undefined && { payload: json }),
  });
  assert.ok(answer.statusCode < 400, `${method} ${url}: ${answer.statusCode} ${answer.body}`);
  return answer.json<{ id: string; jobs: { id: string; number: number }[] }>();
}

/** A statement that reads a growing table as a whole, or as much of it as grows with it. */
function findReaders(scans: readonly Scan[], most = MOST): string[] {
  return scans
    .filter(({ how, of, rows }) => (how === 'Seq Scan' && GROWING.includes(of)) || rows > most)
    .map(
      ({ how, of, rows, statement }) =>
        `${how} of ${of}, ${rows} rows: ${statement.replaceAll(/\s+/g, ' ').slice(0, 300)}`,
    );
}

const sweep = () =>
  createSweeper({
    pool: engine.database.pool,
    queue: { send: async () => {}, announce: () => {}, work: () => {}, stop: async () => {} },
    targetOf: engine.worker.targetOf,
    onError: (error) => assert.fail(error as Error),
  }).runOnce();

/** A round that has everything to do: 20 jobs of each age. */
async function clean(): Promise<void> {
  const { pool, files, targetOf } = engine.worker;
  await pool.query(
    `update waybill.jobs set finished_at = finished_at - interval '200 days'
     where number in (select number from waybill.jobs where finished_at is not null order by number limit 20);
     update waybill.uploads set expires_at = now() where id in (select id from waybill.uploads where deleted_at is null limit 20);
     update waybill.artifacts set expires_at = now() where id in (select id from waybill.artifacts where deleted_at is null limit 20)`,
  );
  await files.save(`uploads/${randomUUID()}`, (async function* () {})());
  plans.take();
  const settings = { jobsMs: 120 * DAY_MS, ledgerMs: 100 * DAY_MS, issueValuesMs: 90 * DAY_MS };
  const onError = (error: unknown) => assert.fail(error as Error);
  const done = await createJanitor({ pool, files, targetOf, settings, onError }).runOnce();
  assert.ok((done['jobs'] ?? 0) >= 20, JSON.stringify(done));
}

/** What no work here calls of store/, and why it need not. */
const NOT_ASKED: readonly (readonly [RegExp, string])[] = [
  [
    /^(embedded\/|connect\.ts|migrate\.ts|files\.ts)/,
    'makes databases, connections and files, before there are jobs',
  ],
  [/^read-only\.ts/, 'asks no table of ours, but the catalogue'],
  [/^move-into-past\.ts/, 'for the sandbox alone, over all that is there'],
  [/^api-keys\.ts/, 'keys do not grow with the history'],
  [/^(clients|signing-keys)\.ts/, 'nor do clients'],
  [/^secrets\//, 'nor do secrets'],
  [/^collections\.ts: (listVersions|getVersion|saveCollection|dropCollection)$/, 'nor do definitions'],
  [/^jobs\/lane\.ts: (laneRank|isSmall|isForLane)$/, 'parts of other statements, and questions without one'],
  [/^artifacts\.ts: (getArtifact|checkKept)$/, 'listArtifacts, and a look at what it gives'],
];

const smallImport = () => ({ collection: 'things', source: { records: [{ id: 1, name: randomUUID() }] } });
const importUpload = () => ({ collection: 'things', source: { upload } });

const LISTS = [
  '',
  'state=failed',
  'state=paused',
  'state=queued&state=failed',
  'kind=export',
  'state=failed&kind=export',
  'label=customer-7',
  'label=nobody',
  `collection=${historyCollection(0)}`,
  'collection=nothing',
  `collection=${historyCollection(0)}&state=failed&label=nightly`,
  'createdBy=nobody',
  `parentId=${randomUUID()}`,
  `since=${new Date(Date.now() - 3 * DAY_MS).toISOString()}&state=failed`,
  `since=${new Date(Date.now() + DAY_MS).toISOString()}`,
  'before=1000',
  'before=1000&state=cancelled',
];

/** What is done, by name: everything that runs per poll, kick-off, claim, sweep or round. */
const WORK: Readonly<Record<string, () => Promise<unknown>>> = {
  'a kick-off with the same content as another': () =>
    call('POST', '/v1/imports', { ...importUpload(), startAt: new Date(Date.now() + DAY_MS).toISOString() }),
  'a small import, from kick-off to end': async () => {
    const { id } = await call('POST', '/v1/imports', smallImport());
    await engine.attempt({ id } as Job);
  },
  'a validation, an export, a retry and a correction': async () => {
    await engine.validate(importUpload());
    await engine.export({ collection: 'things', format: 'csv' });
    const { job } = await engine.import({
      collection: 'things',
      source: { upload: await engine.upload('id,name\nq,w\n') },
    });
    await engine.retry(job);
    await engine.correct(job, await engine.upload('id,name\n5,w\n'));
  },
  'a status, its timeline, issues and files': async () => {
    const {
      jobs: [job],
    } = await call('GET', '/v1/jobs?state=failed');
    for (const path of ['', '/timeline', '/issues', '/artifacts'])
      await call('GET', `/v1/jobs/${job?.id}${path}`);
  },
  ...Object.fromEntries(LISTS.map((query) => [`a list, ${query}`, () => call('GET', `/v1/jobs?${query}`)])),
  'lists of uploads and collections': async () => {
    await call('GET', '/v1/uploads');
    await call('GET', '/v1/collections');
  },
  '/metrics': () =>
    app.inject({ method: 'GET', url: '/metrics', headers: { authorization: `Bearer ${TOKEN}` } }),
  'a job that is cancelled and deleted, and its upload': async () => {
    const own = await engine.upload('id,name\n9,nine\n');
    const { id } = await call('POST', '/v1/imports', { collection: 'things', source: { upload: own } });
    await call('POST', `/v1/jobs/${id}/cancel`);
    await app.inject({
      method: 'DELETE',
      url: `/v1/jobs/${id}`,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
    await app.inject({
      method: 'DELETE',
      url: `/v1/uploads/${own}`,
      headers: { authorization: `Bearer ${TOKEN}` },
    });
  },
  'a sweep': sweep,
  'what workers, notifier and log keeper look for': async () => {
    const { pool } = engine.database;
    const id = randomUUID();
    const connection = await pool.connect();
    await registerWorker(connection, { id, host: 'here', pid: 1 });
    await isLaneWanted(pool, { maxBytes: 1 });
    await engine.report();
    await findOpenLogs(pool, 20);
    const { at } = await findDueReceivers(pool);
    await claimNotifications(pool, { rooms: new Map([['http://a', 1]]), at, leaseMs: 1 });
    await retireWorker(pool, id);
    connection.release(true);
  },
  'a hint that is sent and taken': () => sendAndTake(engine.database.pool),
  'a job that is paused and goes on': async () => {
    const { id } = await call('POST', '/v1/imports', smallImport());
    for (const verb of ['pause', 'resume', 'cancel']) await call('POST', `/v1/jobs/${id}/${verb}`);
  },
  'what is asked seldom': async () => {
    const {
      jobs: [job],
    } = await call('GET', '/v1/jobs?state=failed');
    await call('GET', `/v1/jobs/${job?.id}/issue-groups`);
    await askWhatIsSeldomAsked(engine.database.pool, job ?? assert.fail());
  },
  'a round of the janitor': clean,
};

for (const [name, work] of Object.entries(WORK)) {
  test(`${name}: reads nothing that grows`, async () => {
    plans.take();
    await work();
    const scans = plans.take();
    assert.ok(scans.length > 0, 'nothing was seen');
    assert.deepEqual(findReaders(scans, name.startsWith('a list') ? MOST_OF_LIST : MOST), []);
  });
}

test('every statement of store/ was among them', async () => {
  const missed = (await calls.never()).filter((name) => !NOT_ASKED.some(([names]) => names.test(name)));
  assert.deepEqual(missed, []);
});

for (const [index, name] of [
  ['jobs_by_facet', 'a list, label=nobody'],
  ['jobs_to_stop', 'a sweep'],
  ['jobs_held', 'a sweep'],
  ['parts_by_content', 'a kick-off with the same content as another'],
  ['jobs_unfinished', '/metrics'],
  ['jobs_by_end', 'a round of the janitor'],
  ['uploads_expiry', 'a round of the janitor'],
] as const) {
  test(`without the index ${index}, ${name} would be found out`, async () => {
    const { pool } = engine.database;
    const found = await pool.query<{ sql: string }>('select pg_get_indexdef($1::regclass) as sql', [
      `waybill.${index}`,
    ]);
    await pool.query(`drop index waybill.${index}`);
    plans.take();
    // Figures are kept for a second.
    if (name === '/metrics') app = await buildApp(httpOf(engine));
    await WORK[name]?.();
    const readers = findReaders(plans.take());
    await pool.query(found.rows[0]?.sql ?? '');
    assert.notDeepEqual(readers, []);
  });
}
