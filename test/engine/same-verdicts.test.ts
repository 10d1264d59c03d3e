/** The promise behind "validate first": for one file and one state of the target both jobs say the same, wherever chunks begin. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { checkSame } from './check-same.ts';
import { definitionOf, fileOf, type GeneratedCase, generatedCase, tableStatements } from './generate-case.ts';
import { createEngine, type Engine } from './harness.ts';
import { FEATURES, featuresOf } from './table-features.ts';

const CASES = runsOf(80);
/** Chosen: 28 cases from here have every feature of tables, and records for parts that are not there more than once. */
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_246);

describe('a validation and an import of the same file', () => {
  let engine: Engine;
  let tables = 0;
  before(async () => {
    engine = await createEngine();
    await engine.database.pool.query(`
      create type engine_mood as enum ('ok', 'bad');
      create domain engine_qty as int constraint not_thirteen check (value <> 13);
      create collation engine_folding (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
      create table parents (code text primary key);
      insert into parents values ('p1'), ('p2')`);
    await engine.apply({
      name: 'parents',
      key: ['code'],
      target: { table: 'parents' },
      schema: { type: 'object', properties: { code: { type: 'string' } } },
    });
  });
  after(() => engine.close());

  test('give the same issues and counts, whatever the chunk sizes', {
    timeout: 600_000 + CASES * 10_000,
  }, async (context) => {
    const seen = new Map<string, number>();
    const features = new Set<string>();
    await fc.assert(
      fc.asyncProperty(generatedCase, async (made) => {
        tables += 1;
        if (made.key !== 'none' || made.mode === 'insert')
          for (const feature of featuresOf(made)) features.add(feature);
        await compare(engine, made, `t${tables}`, seen);
      }),
      {
        numRuns: CASES,
        seed: SEED,
        markInterruptAsFailure: true,
        interruptAfterTimeLimit: 500_000 + CASES * 9000,
      },
    );
    context.diagnostic(`${tables} cases: ${[...seen].map(([code, count]) => `${code} ${count}`).join(', ')}`);
    // What never happens is not tested: the generator must reach all of these.
    for (const code of EXPECTED_CODES) assert.ok(seen.has(code), `no case has an issue ${code}`);
    for (const feature of Object.keys(FEATURES)) assert.ok(features.has(feature), `no table has ${feature}`);
  });
});

const EXPECTED_CODES = [
  'key.exists',
  'key.not_found',
  'key.duplicate',
  'unique.duplicate',
  'unique.conflict',
  'exclusion.duplicate',
  'exclusion.conflict',
  'reference.not_found',
  'check.violated',
  'check.raised',
  'partition.missing',
];

async function compare(
  engine: Engine,
  made: GeneratedCase,
  table: string,
  seen: Map<string, number>,
): Promise<void> {
  const { pool } = engine.database;
  for (const statement of tableStatements(made, table)) await pool.query(statement);
  try {
    await fill(engine, made, table);
    await engine.apply(definitionOf(made, table));
    const request = {
      collection: table,
      source: { upload: await engine.upload(fileOf(made)) },
      mode: made.mode,
      atomicity: made.atomicity,
      duplicates: made.duplicates,
      effects: true,
      replaceDespiteErrors: true,
      // What a sniffer makes of a file of two records is not what is tested here.
      dialect: {
        format: made.format,
        encoding: made.format === 'csv' ? made.encoding : ('utf-8' as const),
        ...(made.format === 'csv' && { header: true, delimiter: ',' }),
      },
      ...(made.hasScope && { scope: { account: '7' } }),
    };
    if (made.key === 'none' && made.mode !== 'insert') return;
    const validation = await engine.validate(request, { maxChunkRecords: made.validationChunk });
    const imported = await engine.import(request, { maxChunkRecords: made.importChunk });
    assert.deepEqual(engine.bugs.map(String), []);
    for (const { code } of imported.issues) seen.set(code, (seen.get(code) ?? 0) + 1);
    checkSame(made, validation, imported);
  } finally {
    await pool.query(`drop table ${table}`);
  }
}

async function fill(engine: Engine, made: GeneratedCase, table: string): Promise<void> {
  const scope = made.hasScope ? { column: 'account, ', value: '$5::int, ' } : { column: '', value: '' };
  for (const { id, code, email, qty, account } of made.existing) {
    // Rows that contradict each other, or the table, are left out, not the case.
    await engine.database.pool
      .query(
        `insert into ${table} (${scope.column}id, code, email, qty) values (${scope.value}$1, $2, $3, $4)`,
        made.hasScope ? [id, code, email, qty, account] : [id, code, email, qty],
      )
      .catch((error: { code?: string }) => assert.match(error.code ?? '', /^2[23]/));
  }
}
