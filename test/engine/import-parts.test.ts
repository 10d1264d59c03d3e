/** Imports of several parts: what holds for each part, what for the job, and where it goes on. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { startJob } from '../../src/actions/start-job/start-job.ts';
import type { ImportOptions, Job, JobKind } from '../../src/core/job.ts';
import { renderJob } from '../../src/http/render-job.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { readTimeline } from '../../src/store/jobs/find-jobs.ts';
import { cancelJob, pauseJob, resumeJob } from '../../src/store/jobs/intentions.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createEngine, type Engine } from './harness.ts';

const OPTIONS: ImportOptions = {
  mode: 'upsert',
  atomicity: 'chunk',
  duplicates: 'error',
  allowNothingAccepted: false,
  replaceDespiteErrors: false,
  replaceByNothing: false,
  lockTimeoutMs: 5000,
  allowConcurrent: false,
};

let engine: Engine;
let tables = 0;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** A source of so many records, of which those with these numbers are rejected. */
function csv(records: number, bad: readonly number[] = []): string {
  const lines = Array.from({ length: records }, (_, at) => `${at + 1},${bad.includes(at + 1) ? 'x' : at}\n`);
  return `id,qty\n${lines.join('')}`;
}

const HOW = { format: 'csv', encoding: 'utf-8', hasHeader: true, delimiter: ',' };

/** A job with one part for each source, each into a table of its own, named after the job's first and the part. */
async function accept(
  sources: readonly string[],
  options: Partial<ImportOptions> = {},
  kind: JobKind = 'import',
): Promise<Job> {
  tables += 1;
  const parts = [];
  for (const [index, source] of sources.entries()) {
    const name = `t${tables}_${index}`;
    await engine.database.pool.query(`create table ${name} (id int primary key, qty int)`);
    const properties = { id: { type: 'integer' }, qty: { type: 'integer' } };
    await engine.apply({
      name,
      key: ['id'],
      target: { table: name },
      schema: { type: 'object', properties },
    });
    const upload = await engine.upload(source);
    parts.push({ collection: name, scope: {}, source: { upload }, dialect: HOW });
  }
  const { job } = await startJob(TOKEN_HOLDER, engine.actions, {
    request: { kind, options: { ...OPTIONS, ...options }, parts },
  });
  return job;
}

/** Records of each part by outcome, without those that are zero. */
function outcomes(job: Job): Record<string, number>[] {
  return job.parts.map(({ counts }) =>
    Object.fromEntries(Object.entries(counts).filter(([, count]) => count !== 0)),
  );
}

const complete = (job: Job) => job.parts.map(({ isComplete }) => isComplete);

async function rowsIn(job: Job): Promise<number[]> {
  const counts = job.parts.map(async ({ collection }) => {
    const result = await engine.database.pool.query<{ n: number }>(
      `select count(*)::int as n from ${collection}`,
    );
    return result.rows[0]?.n ?? 0;
  });
  return Promise.all(counts);
}

/** Attempts that wrote to each part. */
async function epochsOf(job: Job): Promise<unknown[]> {
  const result = await engine.database.pool.query(
    'select part, array_agg(distinct epoch order by epoch) as epochs from waybill_ledger.ledger where job_id = $1 group by part order by part',
    [job.id],
  );
  return result.rows.map(({ part, epochs }) => [part, ...epochs]);
}

test('each part has its counts, issues and files, and the job their sums', async () => {
  const job = await engine.attempt(await accept([csv(5, [2]), csv(3), csv(4, [1, 4])]));
  assert.equal(job.state, 'succeeded');
  assert.deepEqual(outcomes(job), [{ created: 4, rejected: 1 }, { created: 3 }, { created: 2, rejected: 2 }]);
  assert.deepEqual(await rowsIn(job), [4, 3, 2]);
  assert.deepEqual(await recordsIn(job, 'part-1-issues.jsonl'), [2]);
  assert.deepEqual(await recordsIn(job, 'part-3-issues.jsonl'), [1, 4]);
  const shown = renderJob(job) as unknown as WireJob;
  assert.deepEqual([shown.progress.processed, shown.progress.total, shown.outcomes.rejected], [12, 12, 3]);
  assert.deepEqual([shown.completeness, shown.collection], ['some', undefined]);
  const names = (await engine.artifacts(job)).map(({ name, part }) => `${part} ${name}`);
  assert.deepEqual(names.filter((name) => name.includes('failed')).toSorted(), [
    '0 part-1-failed.csv',
    '2 part-3-failed.csv',
  ]);
  assert.equal(names.filter((name) => name.endsWith('issues.csv')).length, 2);
});

/** Numbers of the records that a file of issues is about. */
async function recordsIn(job: Job, name: string): Promise<number[]> {
  const lines = (await engine.artifact(job, name)).toString().trimEnd().split('\n');
  return lines.map((line) => (JSON.parse(line) as { record: number }).record);
}

test('the total is known before the first record is written', async () => {
  const job = await accept([csv(20), csv(30)], { rowsPerSecond: 10 });
  const attempt = engine.attempt(job, { maxChunkRecords: 5 });
  await waitUntil('the first chunk is written', async () => (await epochsOf(job)).length > 0);
  const { rows } = await engine.database.pool.query(
    'select total::int from waybill.parts where job_id = $1',
    [job.id],
  );
  assert.deepEqual(
    rows.map(({ total }) => total),
    [20, 30],
  );
  await cancelJob(engine.database.pool, job.id);
  await attempt;
});

test('what is wrong with a later part ends the job while nothing is written', async () => {
  const job = await engine.attempt(await accept([csv(5), 'nothing,fits\n1,2\n']));
  assert.deepEqual([job.state, job.failure?.code], ['failed', 'job.missing_key_field']);
  assert.deepEqual(await rowsIn(job), [0, 0]);
});

test('a part without records is complete, unless no part has any', async () => {
  const job = await engine.attempt(await accept(['', csv(2), 'id,qty\n']));
  assert.deepEqual([job.state, complete(job)], ['succeeded', [true, true, true]]);
  assert.deepEqual(
    job.parts.map(({ total }) => total),
    [0, 2, 0],
  );
  const notes = (await readTimeline(engine.database.pool, job.id)).filter(
    ({ event }) => event === 'part_empty',
  );
  assert.deepEqual(
    notes.map(({ detail }) => detail['part']),
    [0, 2],
  );
  const none = await engine.attempt(await accept(['', 'id,qty\n']));
  assert.deepEqual(
    [none.state, none.failure?.code, complete(none)],
    ['failed', 'source.empty', [false, false]],
  );
});

test('an empty source of mode replace is refused, whatever the other parts have', async () => {
  const job = await engine.attempt(await accept([csv(2), 'id,qty\n'], { mode: 'replace' }));
  assert.deepEqual([job.failure?.code, complete(job)], ['job.replace_refused', [true, false]]);
});

for (const kind of ['import', 'validation'] as const) {
  test(`maxErrors counts over all parts of an ${kind}, and the parts behind are not begun`, async () => {
    const sources = [csv(10, [1, 2]), csv(10, [5, 6]), csv(10)];
    const job = await engine.attempt(await accept(sources, { maxErrors: 2 }, kind), { maxChunkRecords: 7 });
    assert.equal(job.failure?.code, 'job.too_many_errors');
    assert.match(job.failure.message, /^3 records were rejected.* at record 5 of 10 of part 2\.$/);
    assert.deepEqual(complete(job), [true, false, false]);
    assert.deepEqual(
      job.parts.map(({ counts }) => counts.rejected),
      [2, 1, 0],
    );
  });
}

test('maxErrorShare is a share of the records of all parts so far', async () => {
  const half = Array.from({ length: 500 }, (_, at) => at + 1);
  const sources = [csv(3000), csv(1000, half)];
  assert.equal((await engine.attempt(await accept(sources, { maxErrorShare: 0.2 }))).state, 'succeeded');
  const refused = await engine.attempt(await accept(sources.toReversed(), { maxErrorShare: 0.2 }));
  assert.equal(refused.failure?.code, 'job.too_many_errors');
  const later = await engine.attempt(await accept(sources, { maxErrorShare: 0.1 }), { maxChunkRecords: 300 });
  assert.match(later.failure?.message ?? '', /^Of the first 4000 records 500 were/);
});

test('a part of which nothing is accepted fails the job only where the others came to nothing, too', async () => {
  const some = await engine.attempt(await accept([csv(2, [1, 2]), csv(2)]));
  assert.equal(some.state, 'succeeded');
  const none = await engine.attempt(await accept([csv(2, [1, 2]), csv(1, [1])]));
  assert.equal(none.failure?.code, 'job.nothing_accepted');
  assert.match(none.failure.message, /3 records rejected/);
  assert.deepEqual(complete(none), [false, false]);
});

test('a retry of a job of which nothing was accepted leaves the files that say why', async () => {
  const job = await engine.attempt(await accept([csv(2, [1, 2]), '', csv(1, [1])]));
  assert.deepEqual([job.failure?.code, complete(job)], ['job.nothing_accepted', [false, true, false]]);
  await engine.database.pool.query('delete from waybill.artifacts where job_id = $1', [job.id]);
  const again = await engine.retry(job);
  assert.deepEqual([again.failure, outcomes(again)], [job.failure, outcomes(job)]);
  assert.deepEqual(await recordsIn(job, 'part-1-issues.jsonl'), [1, 2]);
  assert.deepEqual(await recordsIn(job, 'part-3-issues.jsonl'), [1]);
});

test('all or nothing holds for each part: those before the refused one stay, and a retry leaves them alone', async () => {
  const job = await engine.attempt(await accept([csv(3), csv(3, [2]), csv(3)], { atomicity: 'all' }));
  assert.deepEqual([job.failure?.code, complete(job)], ['job.not_all_accepted', [true, false, false]]);
  assert.deepEqual(await rowsIn(job), [3, 0, 0]);
  const again = await engine.retry(job);
  assert.equal(again.failure?.code, 'job.not_all_accepted');
  assert.deepEqual(await epochsOf(job), [
    [0, 1],
    [1, 2],
  ]);
});

for (const ask of [pauseJob, cancelJob]) {
  test(`a job can be ${ask === pauseJob ? 'paused' : 'cancelled'} inside its second part, and counts what both have`, async () => {
    const job = await accept([csv(10), csv(40)], { rowsPerSecond: 20 });
    const attempt = engine.attempt(job, { maxChunkRecords: 5 });
    await waitUntil('a chunk of the second part is written', async () => (await epochsOf(job)).length === 2);
    await ask(engine.database.pool, job.id);
    const stopped = await attempt;
    const [first, second = 0] = await rowsIn(job);
    assert.ok(first === 10 && second > 0 && second < 40);
    assert.deepEqual(outcomes(stopped), [{ created: 10 }, { created: second }]);
    assert.deepEqual(complete(stopped), [true, false]);
    assert.ok(stopped.percentage >= 20 && stopped.percentage < 99);
    if (ask === cancelJob) {
      const kept = (await readTimeline(engine.database.pool, job.id)).at(-1)?.detail['kept'];
      assert.match(
        String(kept),
        new RegExp(`^the first ${10 + second} of 50 records: ${10 + second} created`),
      );
      return;
    }
    await resumeJob(engine.database.pool, job.id);
    const ended = await engine.attempt(job);
    assert.deepEqual([ended.state, await rowsIn(job)], ['succeeded', [10, 40]]);
    assert.deepEqual(await epochsOf(job), [
      [0, 1],
      [1, 1, 2],
    ]);
  });
}
