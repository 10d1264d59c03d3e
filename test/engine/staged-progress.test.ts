/**
 * `all` and `replace` while they run: what is judged, staged and committed is told apart, and what has been processed never falls, whatever
 * is asked of the job and whatever is done to its sessions meanwhile. And a validation of `replace` says what the import will do.
 */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { processedRecords } from '../../src/core/counts.ts';
import type { ImportOptions, Job } from '../../src/core/job.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { seededRandom } from '../support/generate.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Math.floor(Math.random() * 1e9));
const RECORDS = 300;

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(() => engine.close());

/** A table with ten rows that no record names. */
async function prepare(name: string): Promise<void> {
  await engine.database.pool.query(`create table ${name} (id bigint primary key, name text);
    insert into ${name} select ${RECORDS} + i, 'old' from generate_series(1, 10) i`);
  await engine.apply({
    name,
    key: ['id'],
    target: { table: name },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
  });
}

async function uploadOf(isBad: (record: number) => boolean): Promise<string> {
  const lines = Array.from({ length: RECORDS }, (_, at) => `${at + 1},${isBad(at + 1) ? '' : 'name'}\n`);
  return engine.upload(`id,name\n${lines.join('')}`);
}

interface Sight {
  readonly processed: number;
  readonly staged: number;
  readonly percentage: number;
}

/** Notes how far the job is each time that its row changes. */
async function watchProgress(name: string): Promise<() => Promise<readonly Sight[]>> {
  const { pool } = engine.database;
  await pool.query(`
    create table ${name}_seen (n bigint generated always as identity, processed bigint, staged bigint, percentage int);
    create function ${name}_see() returns trigger language plpgsql as $$ begin
      insert into ${name}_seen (processed, staged, percentage)
        select new.created + new.updated + new.unchanged + new.deleted + new.skipped + new.rejected + new.staged, new.staged, j.percentage
        from waybill.jobs j where j.id = new.job_id and new.collection = '${name}';
      return null; end $$;
    create trigger ${name}_see after update on waybill.parts for each row execute function ${name}_see()`);
  return async () => {
    const { rows } = await pool.query<{ processed: string; staged: string; percentage: number }>(
      `select processed, staged, percentage from ${name}_seen order by n`,
    );
    return rows.map((row) => ({
      processed: Number(row.processed),
      staged: Number(row.staged),
      percentage: row.percentage,
    }));
  };
}

function assertNeverFalls(sights: readonly Sight[], what: string): void {
  for (const [at, sight] of sights.entries()) {
    const before = sights[at - 1];
    if (before === undefined) continue;
    assert.ok(sight.processed >= before.processed, `${what}: ${JSON.stringify(sights.slice(0, at + 1))}`);
    assert.ok(sight.percentage >= before.percentage, what);
  }
}

/** What happens to a job that is under way. Each leaves it so that it can be claimed again. */
const EVENTS: Readonly<Record<string, (job: Job) => Promise<unknown>>> = {
  pause: (job) => pauseJob(engine.database.pool, job.id),
  stop_time: (job) => cancelJob(engine.database.pool, job.id, 'stop_time'),
  kill_sessions: (job) =>
    engine.database.pool.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'waybill/' || $1 || '/%'`,
      [job.id],
    ),
};

async function goOn(job: Job): Promise<Job> {
  const found = await engine.find(job);
  if (found.state !== 'queued') return resumeJob(engine.database.pool, job.id);
  await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
  return found;
}

const MODES: readonly [name: string, options: Partial<ImportOptions>][] = [
  ['whole', { mode: 'upsert', atomicity: 'all' }],
  ['replace', { mode: 'replace' }],
  ['replace_despite', { mode: 'replace', replaceDespiteErrors: true }],
  ['chunks', { mode: 'upsert' }],
];

for (const [at, [title, options]] of MODES.entries()) {
  test(`what ${title} has processed never falls (seed ${SEED})`, async () => {
    const random = seededRandom(SEED + at);
    await prepare(title);
    const sights = await watchProgress(title);
    const hasErrors = options.replaceDespiteErrors === true || title === 'chunks';
    const upload = await uploadOf((record) => hasErrors && record % 20 === 0);
    const request = { collection: title, source: { upload }, rowsPerSecond: 300, ...options };
    let { job } = await startImport(engine, 'import', request);
    const names = Object.keys(EVENTS);
    const happened: string[] = [];
    for (let round = 0; round < 4; round += 1) {
      const attempt = engine.attempt(job, { maxChunkRecords: 10 });
      const least = Math.floor(random() * 60) + round * 60;
      await waitUntil(
        `${least} records are processed`,
        async () => {
          const { state, epoch } = await engine.find(job);
          assert.ok(state === 'queued' || state === 'running', state);
          return epoch > job.epoch && ((await sights()).at(-1)?.processed ?? 0) >= least;
        },
        20_000,
      );
      const name = names[Math.floor(random() * names.length)] ?? 'pause';
      happened.push(`${name} at ${least}`);
      await EVENTS[name]?.(job);
      if ((await attempt).state === 'succeeded') break;
      const stopped = await engine.find(job);
      if (title !== 'chunks') {
        // What was judged is told, and so is that it lies in staging.
        const [part] = stopped.parts;
        assert.ok(part);
        // The event may have come after the merge, which writes all at once.
        const isWritten = (part.staged ?? 0) === 0 && processedRecords(part.counts) > part.counts.rejected;
        const told = isWritten ? RECORDS : part.counts.rejected;
        assert.equal(processedRecords(part.counts), told, happened.join(', '));
        assert.ok((part.staged ?? 0) + processedRecords(part.counts) >= least, JSON.stringify(part));
      }
      job = await goOn(job);
    }
    const ended =
      (await engine.find(job)).state === 'queued'
        ? await engine.attempt(job, { maxChunkRecords: 100 })
        : await engine.find(job);
    assert.equal(ended.state, 'succeeded', `${happened.join(', ')} ${JSON.stringify(ended.failure)}`);
    const seen = await sights();
    assertNeverFalls(seen, happened.join(', '));
    assert.deepEqual([seen.at(-1)?.processed, seen.at(-1)?.staged], [RECORDS, 0]);
    if (title !== 'chunks') assert.ok(seen.some(({ staged }) => staged > 0));
    assert.deepEqual(engine.bugs.map(String), []);
  });
}

const REPLACES: readonly [
  title: string,
  options: Partial<ImportOptions>,
  file: 'clean' | 'with_errors' | 'empty',
][] = [
  ['deletes what no record names', {}, 'clean'],
  ['deletes as many as it may', { maxDeletes: 10 }, 'clean'],
  ['would delete more than it may', { maxDeletes: 9 }, 'clean'],
  ['has records that were rejected', {}, 'with_errors'],
  ['goes on despite records that were rejected', { replaceDespiteErrors: true }, 'with_errors'],
  [
    'would delete more than it may, despite errors',
    { replaceDespiteErrors: true, maxDeletes: 3 },
    'with_errors',
  ],
  ['is whole, and has records that were rejected', { atomicity: 'all' }, 'with_errors'],
  ['is whole, despite errors', { atomicity: 'all', replaceDespiteErrors: true }, 'with_errors'],
  ['has no records', {}, 'empty'],
  ['has no records, and may', { replaceByNothing: true }, 'empty'],
];

for (const [at, [title, options, file]] of REPLACES.entries()) {
  test(`a validation of replace says what the import will: it ${title}`, async () => {
    const name = `replaced_${at}`;
    await prepare(name);
    const upload =
      file === 'empty'
        ? await engine.upload('id,name\n')
        : await uploadOf((record) => file === 'with_errors' && record % 50 === 0);
    const request = { collection: name, source: { upload }, mode: 'replace' as const, ...options };
    const validated = await engine.validate(request);
    const untouched = await engine.database.pool.query(`select count(*)::int as rows from ${name}`);
    assert.deepEqual(untouched.rows, [{ rows: 10 }]);
    const imported = await engine.import(request);
    assert.deepEqual(
      [validated.job.state, validated.job.failure?.code, validated.job.failure?.message],
      [imported.job.state, imported.job.failure?.code, imported.job.failure?.message],
    );
    if (imported.job.state === 'succeeded') assert.deepEqual(countsOf(validated.job), countsOf(imported.job));
    const staging = await engine.database.pool.query(
      `select relname from pg_class where starts_with(relname, 'stage_') and relkind = 'r'`,
    );
    assert.deepEqual(staging.rows, [], 'nothing is left in staging');
  });
}

/** Every twentieth record has no number for its id. */
function refusedUpload(): Promise<string> {
  const lines = Array.from({ length: RECORDS }, (_, at) => `${at % 20 === 7 ? 'x' : ''}${at + 1},name\n`);
  return engine.upload(`id,name\n${lines.join('')}`);
}

const REFUSALS: readonly [name: string, options: Partial<ImportOptions>, code: string][] = [
  ['refused_all', { atomicity: 'all' }, 'job.not_all_accepted'],
  ['refused_replace', { mode: 'replace' }, 'job.replace_refused'],
  ['refused_errors', { atomicity: 'all', maxErrors: 3 }, 'job.too_many_errors'],
];
for (const [name, options, code] of REFUSALS) {
  test(`a worker that dies before ${code} is told is followed by one that tells it, and nothing falls`, async () => {
    const { pool } = engine.database;
    await prepare(name);
    const seen = await watchProgress(name);
    await pool.query(`create or replace function die() returns trigger language plpgsql as
        $$ begin raise exception 'the worker is gone' using errcode = '57P01'; end $$;
      create trigger die before update on waybill.jobs for each row when (new.state = 'failed') execute function die()`);
    const upload = await refusedUpload();
    const asked = { collection: name, source: { upload }, ...options };
    const { job } = await startImport(engine, 'import', asked);
    await assert.rejects(engine.attempt(job, { maxChunkRecords: 30 }), /the worker is gone/);
    await pool.query(`drop trigger die on waybill.jobs;
      update waybill.jobs set state = 'queued', worker_id = null where id = '${job.id}'`);
    const before = await engine.find(job);
    const ended = await engine.attempt(job, { maxChunkRecords: 30 });
    assert.deepEqual([ended.state, ended.failure?.code], ['failed', code]);
    assert.deepEqual(ended.parts[0]?.counts, before.parts[0]?.counts);
    assertNeverFalls(await seen(), name);
    assert.ok((await engine.artifact(ended, 'failed.csv')).length > 0);
    const staged = await pool.query('select from pg_class where starts_with(relname, $1)', [
      `stage_${job.id.replaceAll('-', '')}_`,
    ]);
    assert.equal(staged.rowCount, 0);
    // A retry begins anew, and comes to the same by itself.
    const retried = await engine.retry(ended);
    assert.deepEqual([retried.failure?.code, countsOf(retried)], [code, countsOf(ended)]);
  });
}

for (const [name, options, code] of REFUSALS) {
  test(`a cancel while ${code} is reported leaves nothing in staging`, async () => {
    const { pool } = engine.database;
    const collection = `asked_${name}`;
    await prepare(collection);
    const upload = await refusedUpload();
    const holder = await pool.connect();
    const onlooker = await pool.connect();
    let attempt: Promise<Job> | undefined;
    try {
      await holder.query('begin; lock table waybill.issue_groups in access exclusive mode');
      const asked = { collection, source: { upload }, ...options };
      const { job } = await startImport(engine, 'import', asked);
      attempt = engine.attempt(job, { maxChunkRecords: 30 });
      await waitUntil('the report waits', async () => {
        const { rows } = await pool.query(`select from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock' and query like '%issue_groups%'`);
        return rows.length > 0;
      });
      await cancelJob(pool, job.id);
      // It asks what it is to do four times a second, and leaves the report a second after it has heard.
      const askedAt = new Set<string>();
      await waitUntil('the report is left', async () => {
        const { rows } = await onlooker.query<{
          at: string;
        }>(`select query_start::text as at from pg_stat_activity
          where datname = current_database() and query like 'select state from waybill.jobs where id = $1 and epoch%'`);
        for (const { at } of rows) askedAt.add(at);
        return askedAt.size >= 8;
      });
    } finally {
      onlooker.release();
      await holder.query('rollback');
      holder.release();
    }
    const ended = await attempt;
    assert.deepEqual(
      [ended?.state, ended?.failure?.code, ended?.report?.state],
      ['failed', code, 'complete'],
    );
    const staged = await pool.query(`select from pg_class where relname ~ '^stage_' and relkind = 'r'`);
    assert.equal(staged.rowCount, 0);
  });
}
