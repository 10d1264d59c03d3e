/**
 * What stands above, between and below records (titles, comments, `sep=`), in every encoding and compression: a validation says what the
 * import does, a job that lost its connection goes on at the right line, and failed rows come back as they were.
 */

import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, type Finished, rowsOf } from './harness.ts';
import {
  arbitraryVariant,
  BAD,
  EXAMPLES,
  noteOf,
  type OddFile,
  RECORDS,
  repair,
  type Variant,
  writeFile,
} from './odd-files.ts';
import { startImport } from './start-jobs.ts';

const CASES = runsOf(8, 8);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

const MAPPING = {
  fields: [
    { field: 'code', source: 'column_1' },
    { field: 'id', source: 'column_2' },
    { field: 'note', source: 'column_3' },
  ],
};

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

beforeEach(() => makeTable('odd'));

async function makeTable(name: string): Promise<void> {
  await engine.database.pool.query(
    `drop table if exists ${name}; create table ${name} (id int primary key, code text, note text)`,
  );
  const text = { type: ['string', 'null'] };
  await engine.apply({
    name,
    key: ['id'],
    target: { table: name },
    schema: { type: 'object', properties: { id: { type: 'integer' }, code: text, note: text } },
  });
}

function expectedRows(variant: Variant, ids: readonly number[]): unknown[] {
  const rows = ids.map((id) => ({
    id,
    code: variant.top !== 'comments' && id % 5 === 0 ? `${variant.comment}${id}` : `c${id}`,
    // An empty field in quotes is a text, one without is null.
    note: noteOf(id, variant) === '' && !variant.isQuoted ? null : noteOf(id, variant),
  }));
  return rows;
}

const byId = (rows: readonly unknown[]) =>
  (rows as readonly { id: number }[]).toSorted((a, b) => a.id - b.id);

const ALL = Array.from({ length: RECORDS }, (_, index) => index + 1);
const GOOD = ALL.filter((id) => !BAD.includes(id));

function placesOf({ issues }: Finished): unknown[] {
  return issues.map(({ record, line, code, field }) => ({ record, line, code, field }));
}

async function request(file: OddFile, variant: Variant) {
  const upload = await engine.upload(file.bytes);
  return {
    collection: 'odd',
    source: { upload },
    dialect: file.dialect,
    ...(variant.top === 'no header' && { mapping: MAPPING }),
  };
}

describe('what stands around records', () => {
  test('is no record: a validation, an import and its correction agree on it', async () => {
    const property = fc.asyncProperty(arbitraryVariant, async (variant) => {
      await engine.database.pool.query('truncate odd');
      const file = writeFile(variant);
      const asked = await request(file, variant);
      const validation = await engine.validate(asked);
      const imported = await engine.import(asked);
      assert.equal(imported.job.state, 'succeeded', imported.job.failure?.message);
      const places = file.bad.map((record) => ({
        record,
        line: file.lines[record - 1],
        code: 'field.not_integer',
        field: 'id',
      }));
      assert.deepEqual(placesOf(imported), places);
      assert.deepEqual(placesOf(validation), places);
      const counts = { created: RECORDS - BAD.length, rejected: BAD.length };
      assert.deepEqual([countsOf(validation.job), countsOf(imported.job)], [counts, counts]);
      assert.deepEqual(byId(await rowsOf(engine, 'odd')), expectedRows(variant, GOOD));

      const failed = await engine.artifact(imported.job, 'failed.csv');
      const repaired = repair(failed, variant);
      const corrected = await engine.correct(imported.job, await engine.upload(repaired));
      assert.deepEqual(
        [corrected.job.failure?.message, countsOf(corrected.job), placesOf(corrected)],
        [undefined, { created: BAD.length }, []],
        failed.toString(),
      );
      assert.deepEqual(byId(await rowsOf(engine, 'odd')), expectedRows(variant, ALL));
    });
    await fc.assert(property, { numRuns: CASES, seed: SEED, examples: EXAMPLES.map((one) => [one]) });
  });

  test('is passed over by an attempt that goes on in the middle', async () => {
    const property = fc.asyncProperty(arbitraryVariant, async (variant) => {
      await engine.database.pool.query('truncate odd');
      const file = writeFile(variant);
      const asked = { ...(await request(file, variant)), rowsPerSecond: 100 };
      const { job } = await startImport(engine, 'import', asked);
      const first = engine.attempt(job, { maxChunkRecords: 2 });
      for (;;) {
        const { rowCount } = await engine.database.pool.query(
          'select from waybill_ledger.ledger where job_id = $1',
          [job.id],
        );
        if ((rowCount ?? 0) > 1) break;
      }
      await engine.database.pool.query(
        `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'waybill/' || $1 || '/%'`,
        [job.id],
      );
      const given = await first;
      assert.equal(given.state, 'queued');
      await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
      const ended = await engine.attempt(given, { maxChunkRecords: 3 });
      assert.deepEqual(
        [ended.failure?.message, countsOf(ended)],
        [undefined, { created: GOOD.length, rejected: BAD.length }],
      );
      assert.deepEqual(byId(await rowsOf(engine, 'odd')), expectedRows(variant, GOOD));
      const issues = await engine.artifact(ended, 'issues.jsonl');
      const lines = issues
        .toString()
        .trim()
        .split('\n')
        .map((text) => (JSON.parse(text) as { line: number }).line);
      assert.deepEqual(
        lines,
        BAD.map((record) => file.lines[record - 1]),
      );
    });
    await fc.assert(property, {
      numRuns: Math.ceil(CASES / 1.5),
      seed: SEED,
      examples: EXAMPLES.map((one) => [one]),
    });
  });

  test('is a matter of each part of a job', async () => {
    const files = EXAMPLES.map(writeFile);
    const parts = [];
    for (const [index, file] of files.entries()) {
      await makeTable(`odd_${index}`);
      parts.push({
        collection: `odd_${index}`,
        source: { upload: await engine.upload(file.bytes) },
        dialect: file.dialect,
        ...(EXAMPLES[index]?.top === 'no header' && { mapping: MAPPING }),
      });
    }
    for (const kind of ['validation', 'import'] as const) {
      const { job } = await startImport(engine, kind, { parts });
      const ended = await engine.attempt(job);
      const counts = ended.parts.map((part) => [part.counts.created, part.counts.rejected]);
      assert.deepEqual(
        [ended.failure?.message, counts],
        [undefined, files.map(() => [GOOD.length, BAD.length])],
      );
    }
    for (const [index, variant] of EXAMPLES.entries())
      assert.deepEqual(byId(await rowsOf(engine, `odd_${index}`)), expectedRows(variant, GOOD));
  });

  test('a guess that fields stand in apostrophes is told, and holds for the correction', async () => {
    const upload = await engine.upload("'code','id','note'\n'a','1','x,y'\n'b','2x','it''s'\n'c','3',''\n");
    const imported = await engine.import({ collection: 'odd', source: { upload } });
    assert.deepEqual(countsOf(imported.job), { created: 2, rejected: 1 });
    assert.deepEqual(
      imported.job.parts[0]?.guesses?.map(({ what, value }) => [what, value]),
      [['quote', "'"]],
    );
    const failed = await engine.artifact(imported.job, 'failed.csv');
    const repaired = failed.toString().replace("'2x'", "'2'");
    // A reason may bring the quote that a file without one is taken to have.
    const remarked = repaired.replace(',id: ', ',"id": ');
    for (const text of [repaired, remarked]) {
      const corrected = await engine.correct(imported.job, await engine.upload(text));
      assert.equal(corrected.job.failure?.message, undefined, text);
    }
    const rows = await engine.database.pool.query('select code, id, note from odd order by id');
    assert.deepEqual(rows.rows, [
      { code: 'a', id: 1, note: 'x,y' },
      { code: 'b', id: 2, note: "it's" },
      { code: 'c', id: 3, note: '' },
    ]);
  });
});
