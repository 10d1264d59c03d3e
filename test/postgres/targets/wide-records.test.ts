/** Records that are as wide as a row of the target may be, and wider: only the latter are rejected, by a validation as by an import. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { judgeBoth } from './judge-both.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  nonZero,
  type Row,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

let made = 0;
async function makeTable(columns: string): Promise<string> {
  const table = `wide_${(made += 1)}`;
  await bench.database.pool.query(`create table ${table} (${columns})`);
  return table;
}

const list = (count: number, item: (at: number) => string) =>
  Array.from({ length: count }, (_, at) => item(at));

test('as many columns as fill a page come through every mode', async () => {
  // In a row of the target, and no more beside the columns of a staging table; case 26 has 1,000 numbers.
  const count = 500;
  const value = '00000000-0000-4000-8000-000000000000';
  const table = await makeTable(`id int primary key, ${list(count, (at) => `c${at} uuid`).join(', ')}`);
  const fields = ['id:integer', ...list(count, (at) => `c${at}:uuid`)].join(' ');
  const collection = collectionOf(fields, { table });
  const row = (id: number): Row => [String(id), ...list(count, () => value)];
  const partly = (id: number): Row => [
    String(id),
    ...Array.from({ length: count }, (_, at) => [null, undefined, value][at % 3]),
  ];
  const rows = [row(1), row(2)];
  assert.deepEqual(await judgeBoth(bench, collection, rows), []);
  for (const [options, counts] of [
    [{ mode: 'update' }, { unchanged: 2 }],
    [{ mode: 'replace' }, { unchanged: 2 }],
    [{ atomicity: 'all' }, { unchanged: 2 }],
    [{ mode: 'delete' }, { deleted: 2 }],
    [{ mode: 'insert' }, { created: 2 }],
  ] as const) {
    const result = await runJob(bench.target, { collection, ...options }, [chunkOf(rows)]);
    assert.deepEqual(nonZero(result.counts), counts, JSON.stringify(options));
  }
  const changed = await runJob(bench.target, { collection, mode: 'replace' }, [chunkOf([partly(2), row(3)])]);
  assert.deepEqual(nonZero(changed.counts), { created: 1, updated: 1, removed: 1 });
});

test('whatever stands in a wide record arrives as it was', async () => {
  const values = [
    '',
    ' ',
    'a"b',
    'back\\slash',
    '\\N',
    'two\nlines',
    'tab\tbed',
    '(a,b)',
    '{x}',
    'NULL',
    'ü😀',
    null,
  ];
  const count = 320;
  const table = await makeTable(`id int primary key, ${list(count, (at) => `c${at} text`).join(', ')}`);
  const collection = collectionOf(['id:integer', ...list(count, (at) => `c${at}`)].join(' '), { table });
  const cells = list(count, () => '').map((_, at) => values[at % values.length] ?? null);
  for (const [at, options] of [{}, { mode: 'replace' }, { atomicity: 'all' }].entries()) {
    const result = await runJob(bench.target, { collection, ...(options as object) }, [
      chunkOf([[String(at), ...cells]]),
    ]);
    assert.equal(result.counts.created, 1);
    const { rows } = await bench.database.pool.query({
      text: `select * from ${table} where id = ${at}`,
      rowMode: 'array',
    });
    assert.deepEqual(rows[0], [at, ...cells]);
  }
});

test('a record too wide for the table is told by a validation, too', async () => {
  const count = 400;
  const table = await makeTable(`id int primary key, ${list(count, (at) => `c${at} text`).join(', ')}`);
  const collection = collectionOf(['id:integer', ...list(count, (at) => `c${at}`)].join(' '), { table });
  const letters = (length: number) =>
    list(length, () => String.fromCharCode(97 + Math.floor(Math.random() * 26))).join('');
  const record = (id: number, width: number): Row => [String(id), ...list(count, () => letters(width))];
  for (const atomicity of ['chunk', 'all'] as const) {
    const issues = await judgeBoth(bench, collection, [record(1, 5), record(2, 20), record(3, 15)], {
      atomicity,
    });
    assert.deepEqual(
      issues.map(({ record: number, code, params }) => [
        number,
        code,
        String(params['reason']).replace(/\d{4,}/, 'n'),
      ]),
      [[2, 'record.too_wide', 'row is too big: size n, maximum size 8160']],
      atomicity,
    );
    await bench.database.pool.query(`truncate ${table}`);
  }
});

/** Random, so that compression does not help. */
function noise(bytes: number): string {
  return Buffer.from(list(bytes, () => String.fromCharCode(33 + Math.floor(Math.random() * 90))).join(''))
    .toString('latin1')
    .replaceAll(/["\\,]/g, '.');
}

for (const [what, index] of Object.entries({
  'primary key': '',
  'unique index': 'create unique index TABLE_i on TABLE (note)',
  'plain index': 'create index TABLE_i on TABLE (note)',
  'index over an expression': 'create index TABLE_i on TABLE ((note || id))',
  'included column': 'create index TABLE_i on TABLE (id) include (note)',
  'hash index': 'create index TABLE_i on TABLE using hash (note)',
  'partial index': `create index TABLE_i on TABLE (note) where note > 'z'`,
})) {
  test(`values too long for a ${what} are told by a validation, too`, async () => {
    const isKey = what === 'primary key';
    const table = await makeTable(`id text primary key, note text`);
    await bench.database.pool.query(index.replaceAll('TABLE', table));
    const collection = collectionOf('id note', { table });
    const long = (at: number) => (isKey ? [`${at}${noise(3000)}`, 'n'] : [String(at), `y${noise(3000)}`]);
    const rows = [['1', 'short'], long(2), ['3', 'x'.repeat(100_000)], ['4', `y${noise(1900)}`]];
    for (const atomicity of ['chunk', 'all'] as const) {
      const issues = await judgeBoth(bench, collection, rows, { atomicity });
      const isTaken = what === 'hash index' || what === 'partial index';
      assert.deepEqual(
        issues.map(({ record, code, params }) => [
          record,
          code,
          String(params['reason']).replace(/size \d+/, 'size n'),
        ]),
        isTaken ? [] : [[2, 'record.too_wide', 'index row size n exceeds btree version 4 maximum 2704']],
      );
      await bench.database.pool.query(`truncate ${table}`);
    }
  });
}
