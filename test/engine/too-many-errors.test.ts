/** `maxErrors` and `maxErrorShare` stop at a record, wherever chunks begin, and the same for a validation as for an import. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { retryJob } from '../../src/store/jobs/intentions.ts';
import { countsOf, createEngine, type Engine, type Finished } from './harness.ts';

const CHUNKS = [1, 7, 1000];

let engine: Engine;
let tables = 0;
before(async () => {
  engine = await createEngine();
});
after(() => engine.close());

/** Every kind of rejection that is known before writing: by record rules, by a file-wide pass, by the target. */
function badCell(record: number): string {
  return record % 2 === 0 ? 'x' : '-1';
}

/** @param bad numbers of the records that are rejected */
async function jobOn(records: number, bad: ReadonlySet<number>) {
  tables += 1;
  const table = `t${tables}`;
  await engine.database.pool.query(`create table ${table} (id int primary key, qty int check (qty >= 0))`);
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: { type: 'object', properties: { id: { type: 'integer' }, qty: { type: 'integer' } } },
  });
  const lines = Array.from(
    { length: records },
    (_, at) => `${at + 1},${bad.has(at + 1) ? badCell(at + 1) : at}`,
  );
  const upload = await engine.upload(`id,qty\n${lines.join('\n')}\n`);
  return {
    table,
    request: {
      collection: table,
      source: { upload },
      mode: 'upsert' as const,
      dialect: { format: 'csv' as const, encoding: 'utf-8' as const, header: true, delimiter: ',' },
    },
  };
}

/** Runs it in every chunk size as validation and as import; all must end alike. */
async function outcomes(
  records: number,
  bad: readonly number[],
  limits: { maxErrors?: number; maxErrorShare?: number },
  chunks: readonly number[] = CHUNKS,
): Promise<{ processed: number; rejected: number; failure: string | undefined; written: number }> {
  let common: string | undefined;
  for (const maxChunkRecords of chunks) {
    const { table, request } = await jobOn(records, new Set(bad));
    const asked = { ...request, ...limits };
    const validation = await engine.validate(asked, { maxChunkRecords });
    const imported = await engine.import(asked, { maxChunkRecords });
    assert.deepEqual(engine.bugs, []);
    const written = await engine.database.pool.query(
      `select count(*)::int as n, coalesce(max(id), 0) as last from ${table}`,
    );
    const found = describeEnd(imported);
    assert.deepEqual(describeEnd(validation), found, `validation and import, chunks of ${maxChunkRecords}`);
    const here = JSON.stringify({ ...found, written: written.rows[0].n });
    common ??= here;
    assert.equal(here, common, `chunks of ${maxChunkRecords}`);
    assert.ok(written.rows[0].last <= found.processed, 'no record beyond the cut was written');
  }
  return JSON.parse(common ?? '');
}

function describeEnd({ job, issues }: Finished) {
  const counts = countsOf(job);
  const processed = Object.values(counts).reduce((sum, count) => sum + count, 0);
  return {
    failure: job.failure?.code,
    message: job.failure?.message,
    processed,
    rejected: counts['rejected'] ?? 0,
    issues: issues.map(({ record, code }) => `${record} ${code}`),
  };
}

const every = (step: number, to: number, from = step) =>
  Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => from + at * step);

describe('maxErrors', () => {
  test('ends the job with the record that is one too many', async () => {
    const end = await outcomes(40, [3, 10, 11, 30, 31, 32], { maxErrors: 3 });
    assert.deepEqual(pick(end), { failure: 'job.too_many_errors', processed: 30, rejected: 4, written: 26 });
  });

  test('of zero ends with the first rejected record, and may be exactly used up', async () => {
    const first = await outcomes(20, [5, 6], { maxErrors: 0 }, [7, 1000]);
    assert.deepEqual(pick(first), { failure: 'job.too_many_errors', processed: 5, rejected: 1, written: 4 });
    const last = await outcomes(20, [5, 20], { maxErrors: 1 }, [1000]);
    assert.deepEqual(pick(last), { failure: 'job.too_many_errors', processed: 20, rejected: 2, written: 18 });
    const enough = await outcomes(20, [5, 20], { maxErrors: 2 }, [7]);
    assert.deepEqual(pick(enough), { failure: undefined, processed: 20, rejected: 2, written: 18 });
  });

  test('ends a job of atomicity all at the same record, with nothing written', async () => {
    const { table, request } = await jobOn(40, new Set([8, 9, 30]));
    for (const maxChunkRecords of [7, 1000]) {
      const { job, issues } = await engine.import(
        { ...request, atomicity: 'all', maxErrors: 1 },
        { maxChunkRecords },
      );
      assert.equal(job.failure?.code, 'job.too_many_errors');
      assert.match(job.failure.message, /stopped at record 9 of 40/);
      assert.deepEqual(
        issues.map(({ record }) => record),
        [8, 9],
      );
    }
    assert.equal((await engine.database.pool.query(`select from ${table}`)).rowCount, 0);
  });

  test('fails again at once when the job is retried, without writing', async () => {
    const { table, request } = await jobOn(40, new Set([8, 9, 30]));
    const { job } = await engine.import({ ...request, maxErrors: 1 }, { maxChunkRecords: 7 });
    await engine.database.pool.query(`delete from ${table}`);
    await retryJob(engine.database.pool, job.id);
    const again = await engine.attempt(job);
    assert.equal(again.failure?.code, 'job.too_many_errors');
    assert.deepEqual(countsOf(again), countsOf(job));
    assert.equal((await engine.database.pool.query(`select from ${table}`)).rowCount, 0);
  });
});

describe('maxErrorShare', () => {
  const CHUNKS_OF_THOUSANDS = [90, 10_000];

  test('is looked at after every thousand records', async () => {
    // 40 of the first thousand, then every fourth: beyond a tenth after the second thousand.
    const bad = [...every(25, 1000), ...every(4, 2600, 1004)];
    const end = await outcomes(2600, bad, { maxErrorShare: 0.1 }, CHUNKS_OF_THOUSANDS);
    assert.equal(end.failure, 'job.too_many_errors');
    assert.equal(end.processed, 2000);
    assert.equal(end.rejected, 40 + 250);
  });

  test('may be exactly reached', async () => {
    const reached = await outcomes(1500, every(10, 1500), { maxErrorShare: 0.1 }, CHUNKS_OF_THOUSANDS);
    assert.equal(reached.failure, undefined);
  });

  test('is looked at once more at the end', async () => {
    const end = await outcomes(1300, every(1, 1300, 1001), { maxErrorShare: 0.1 }, CHUNKS_OF_THOUSANDS);
    assert.equal(end.failure, 'job.too_many_errors');
    assert.equal(end.processed, 1300);
    const few = await outcomes(300, every(3, 300), { maxErrorShare: 0.1 }, CHUNKS_OF_THOUSANDS);
    assert.deepEqual([few.failure, few.processed], ['job.too_many_errors', 300]);
  });
});

function pick({ failure, processed, rejected, written }: Awaited<ReturnType<typeof outcomes>>) {
  return { failure, processed, rejected, written };
}
