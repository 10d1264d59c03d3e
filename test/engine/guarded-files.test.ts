/** An export with guarded formulas comes back unchanged, also after a spreadsheet; nothing else loses an apostrophe. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import type { ExportRequest } from '../../src/http/kick-off/bodies.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, type Finished, rowsOf } from './harness.ts';

const CASES = runsOf(10, 10);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_102);

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(
    `create table guarded (code text primary key, "=name" text, note text, amount numeric);
     create table single (word text primary key)`,
  );
  const text = { type: ['string', 'null'] };
  await engine.apply({
    name: 'guarded',
    key: ['code'],
    target: { table: 'guarded' },
    schema: {
      type: 'object',
      properties: {
        code: { type: 'string' },
        '=name': text,
        note: text,
        amount: { type: ['number', 'null'] },
      },
    },
  });
  await engine.apply({
    name: 'single',
    key: ['word'],
    target: { table: 'single' },
    schema: { type: 'object', properties: { word: { type: 'string' } } },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

type Row = readonly [code: string, name: string | null, note: string | null, amount: string | null];

async function fill(rows: readonly Row[]): Promise<void> {
  await engine.database.pool.query('truncate guarded');
  for (const row of rows)
    await engine.database.pool.query('insert into guarded values ($1, $2, $3, $4)', [...row]);
}

async function exported(request: Partial<ExportRequest> = {}): Promise<Buffer> {
  const { job } = await engine.export({
    collection: 'guarded',
    format: 'csv',
    guardFormulas: true,
    ...request,
  });
  assert.equal(job.state, 'succeeded', job.failure?.message);
  const result = (await engine.artifacts(job)).find((file) => file.kind === 'result');
  return engine.artifact(job, result?.name ?? '');
}

async function imported(file: Buffer | string, collection = 'guarded'): Promise<Finished> {
  const source = { upload: await engine.upload(file) };
  const validation = await engine.validate({ collection, source });
  const done = await engine.import({ collection, source });
  assert.deepEqual(validation.issues, done.issues);
  assert.equal(done.job.failure, undefined);
  return done;
}

async function noted(): Promise<unknown> {
  const { rows } = await engine.database.pool.query('select code, note from guarded order by code');
  return Object.fromEntries(rows.map(({ code, note }) => [code, note]));
}

const ODD = [
  '=1+1',
  "'=1",
  "''=1",
  '-1',
  '+x',
  '@a',
  '\tx',
  '\r',
  '\n=',
  "'",
  "'quoted'",
  'plain',
  '',
  '＝1',
  '["note"]',
];
const text = fc.oneof(
  fc.constantFrom(...ODD),
  fc.string({ maxLength: 6 }).map((made) => made.replaceAll('\0', '')),
);

test('comes back unchanged in each encoding, with each delimiter', {
  timeout: 600_000 + CASES * 10_000,
}, async () => {
  const row = fc.tuple(text, fc.option(text), fc.option(text), fc.constantFrom(null, '-5', '0.5'));
  const request = fc.record({
    delimiter: fc.constantFrom(',', ';', '\t'),
    encoding: fc.constantFrom<NonNullable<ExportRequest['encoding']>>('utf-8', 'utf-8-bom', 'utf-16le'),
    compression: fc.constantFrom<'none' | 'zstd'>('none', 'zstd'),
  });
  const property = fc.asyncProperty(
    fc.uniqueArray(row, { selector: ([code]) => code, minLength: 1, maxLength: 8 }),
    request,
    async (rows, form) => {
      await fill(rows);
      const before = await rowsOf(engine, 'guarded');
      const file = await exported(form);
      const again = await imported(file);
      assert.deepEqual([again.issues, countsOf(again.job)], [[], { unchanged: rows.length }]);
      await engine.database.pool.query('truncate guarded');
      const anew = await imported(file);
      assert.deepEqual([anew.issues, countsOf(anew.job)], [[], { created: rows.length }]);
      assert.deepEqual(await rowsOf(engine, 'guarded'), before);
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});

test('says in a column of its own where an apostrophe was put, and lets no formula through', async () => {
  await fill([
    ['=a', 'x', "'-1", '-5'],
    ['b', null, null, null],
  ]);
  assert.equal(
    (await exported()).toString(),
    `code,'=name,note,amount,waybill_guarded\r\n'=a,x,''-1,-5,"[""code"",""note""]"\r\nb,,,,\r\n`,
  );
});

test('one column comes back as well', async () => {
  await engine.database.pool.query(`insert into single values ('=1'), ('x')`);
  const file = await exported({ collection: 'single' });
  assert.equal(file.toString(), `word,waybill_guarded\r\n'=1,"[""word""]"\r\nx,\r\n`);
  assert.deepEqual(countsOf((await imported(file, 'single')).job), { unchanged: 2 });
});

test('comes back from a spreadsheet: sorted, edited, extended, with columns moved', async () => {
  await fill([
    ['a', null, '=1', null],
    ['b', null, '=2', null],
    ['c', null, '=3', null],
  ]);
  const cells = '"[""note""]"';
  assert.match((await exported()).toString(), /c,,'=3,,"\[""note""\]"/);
  const edited = [
    'note;waybill_guarded;code',
    `'=3;${cells};c`,
    // Typed over: the spreadsheet has kept no apostrophe.
    `=5;${cells};b`,
    // Typed anew: here the apostrophe is the person's.
    `'=4;;d`,
    `'=1;${cells};a`,
  ].join('\r\n');
  assert.deepEqual((await imported(edited)).issues, []);
  assert.deepEqual(await noted(), { a: '=1', b: '=5', c: '=3', d: "'=4" });
});

test('a renamed column keeps its apostrophes, and each of its records says so', async () => {
  await fill([]);
  const file = 'code,Note,waybill_guarded\r\n\'=a,\'=1,"[""code"",""note""]"\r\nb,plain,\r\n';
  const { issues, job } = await imported(file);
  assert.deepEqual(countsOf(job), { created: 2, warned: 1 });
  assert.deepEqual(
    issues.map(({ code, severity, record, params }) => [code, severity, record, params['reason']]),
    [['record.guard_unclear', 'warning', 1, 'the file has no column "note"']],
  );
  assert.deepEqual(await noted(), { '=a': "'=1", b: 'plain' });
});

test('nothing is taken off where nothing says so', async () => {
  await fill([]);
  await imported("code,note\na,'=1\n");
  const { issues } = await imported("code,note,waybill_guarded\nb,'=1,x\nc,'=1,[1]\nd,'=1,\n");
  assert.deepEqual(
    issues.map(({ code, record }) => [code, record]),
    [
      ['record.guard_unclear', 1],
      ['record.guard_unclear', 2],
    ],
  );
  assert.deepEqual(await noted(), { a: "'=1", b: "'=1", c: "'=1", d: "'=1" });
});

test('is refused where the column has no place', async () => {
  const request = { collection: 'guarded', format: 'csv', guardFormulas: true } as const;
  await assert.rejects(engine.export({ ...request, header: false }), /guardFormulas needs the header/);
  await assert.rejects(
    engine.export({ ...request, headerLabels: { note: 'waybill_guarded' } }),
    /waybill_guarded is the column that guardFormulas adds/,
  );
});
