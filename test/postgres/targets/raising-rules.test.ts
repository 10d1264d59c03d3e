/** Expressions of a table that raise an error for a record: only that one is rejected, and a validation says so, too. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { judgeBoth } from './judge-both.ts';
import { chunkOf, collectionOf, createTargetBench, runJob, type TargetBench } from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.database.pool.query(`
    create function picky(given int) returns boolean immutable language plpgsql as $$
      begin if given = 0 then raise exception 'no nought, please'; end if; return true; end $$;
    create domain share as int check (100 / value > 1)`);
});
after(() => bench.database.drop());

const ROWS = [
  ['1', '10'],
  ['2', '0'],
  ['3', '20'],
];

/** What raises for a quantity of 0, by the name that is told. */
const RAISING: Readonly<Record<string, { table: string; after?: string; rule: string }>> = {
  check: { table: 'id int primary key, qty int constraint fair check (100 / qty > 1)', rule: 'fair' },
  'function in a check': {
    table: 'id int primary key, qty int constraint nice check (picky(qty))',
    rule: 'nice',
  },
  domain: { table: 'id int primary key, qty share', rule: 'share_check' },
  'generated column': {
    table: 'id int primary key, qty int, part int generated always as (100 / qty) stored',
    rule: 'part',
  },
  'check on a generated column': {
    table:
      'id int primary key, qty int, part int generated always as (100 / qty) stored constraint many check (part > 1)',
    rule: 'many',
  },
  'unique index': {
    table: 'id int primary key, qty int',
    after: 'create unique index TABLE_parts on TABLE ((100 / qty))',
    rule: 'TABLE_parts',
  },
  'partial unique index': {
    table: 'id int primary key, qty int',
    after: 'create unique index TABLE_parts on TABLE (qty) where 100 / qty > 1',
    rule: 'TABLE_parts',
  },
  'plain index': {
    table: 'id int primary key, qty int',
    after: 'create index TABLE_parts on TABLE ((100 / qty))',
    rule: 'TABLE_parts',
  },
  'unique generated column': {
    table: 'id int primary key, qty int, part int generated always as (100 / qty) stored unique',
    rule: 'part',
  },
};

let made = 0;
for (const [what, { table, after: then = '', rule }] of Object.entries(RAISING)) {
  for (const atomicity of ['chunk', 'all'] as const) {
    test(`${what}, ${atomicity}`, async () => {
      const name = `raising_${(made += 1)}`;
      await bench.database.pool.query(`create table ${name} (${table}); ${then.replaceAll('TABLE', name)}`);
      const collection = collectionOf('id:integer qty:integer', { table: name });
      const reason = what.startsWith('function') ? 'no nought, please' : 'division by zero';
      const issues = await judgeBoth(bench, collection, ROWS, { atomicity });
      assert.deepEqual(
        issues.map(({ record, code, params }) => [record, code, params]),
        [[2, 'check.raised', { rule: rule.replace('TABLE', name), reason }]],
      );
    });
  }
}

test('an expression in the key raises in probes, too', async () => {
  await bench.database.pool.query(`
    create table raising_key (qty int not null, name text); create unique index by_part on raising_key ((100 / qty))`);
  const collection = collectionOf('qty:integer name', {
    table: 'raising_key',
    key: ['qty'],
    keyIndex: 'by_part',
  });
  const issues = await judgeBoth(bench, collection, [
    ['10', 'a'],
    ['0', 'b'],
    ['20', 'c'],
  ]);
  assert.deepEqual(
    issues.map(({ record, code, params }) => [record, code, params['rule']]),
    [[2, 'check.raised', 'by_part']],
  );
});

test('a sensitive field keeps the reason to itself', async () => {
  await bench.database.pool.query(
    `create table raising_secret (id int primary key, word text constraint as_number check (word::int > 0))`,
  );
  const plain = collectionOf('id:integer word', { table: 'raising_secret' });
  const collection = {
    ...plain,
    fields: plain.fields.map((field) => ({ ...field, rules: { sensitive: true } })),
  };
  const issues = await judgeBoth(bench, collection, [['1', 'secret']]);
  assert.deepEqual(
    issues.map(({ params }) => params),
    [{ rule: 'as_number', reason: 'SQLSTATE 22P02' }],
  );
});

test('rules on generated columns and unique generated columns are judged with their values', async () => {
  await bench.database.pool.query(
    `
    create table made_of (id int primary key, name text, low text generated always as (lower(name)) stored unique,
      long int generated always as (length(name)) stored constraint short check (long < 5)) partition by range (id);
    create table made_of_1 partition of made_of for values from (0) to (10)`.replace(' unique', ''),
  );
  const collection = collectionOf('id:integer name', { table: 'made_of' });
  const issues = await judgeBoth(bench, collection, [
    ['1', 'Ann'],
    ['2', 'much too long'],
    ['11', 'Bob'],
  ]);
  assert.deepEqual(
    issues.map(({ record, code, params }) => [record, code, params['constraint'] ?? params['table']]),
    [
      [2, 'check.violated', 'short'],
      [3, 'partition.missing', 'public.made_of'],
    ],
  );
});

test('a table whose rules rewrite what is written is refused by import and validation, and can be exported', async () => {
  await bench.database.pool.query(`
    create table ruled (id int primary key, name text);
    create rule copies as on insert to ruled do also select 1;
    create rule never as on delete to ruled do instead nothing;
    create rule off as on update to ruled do instead nothing; alter table ruled disable rule off`);
  const collection = collectionOf('id:integer name', { table: 'ruled' });
  for (const kind of ['import', 'validation'] as const) {
    await assert.rejects(runJob(bench.target, { collection, kind, effects: true }, [chunkOf([['1', 'a']])]), {
      code: 'target.unsupported',
      message: /^public\.ruled rewrites what is written to it by the rule copies \(on insert\)/,
    });
    await assert.rejects(
      runJob(bench.target, { collection, kind, mode: 'delete' }, [chunkOf([['1', 'a']])]),
      {
        message: /the rule never \(on delete\)/,
      },
    );
    await runJob(bench.target, { collection, kind, mode: 'update' }, [chunkOf([['1', 'a']])]);
  }
  assert.equal(await bench.target.count(collection, {}), 0);
});

test('a partition by itself has the foreign keys of its parent', async () => {
  await bench.database.pool.query(`
    create table towns (code text primary key) partition by list (code);
    create table towns_all partition of towns default;
    create table streets (id int primary key, town text constraint in_town references towns) partition by range (id);
    create table streets_1 partition of streets for values from (0) to (10); insert into towns values ('here')`);
  for (const table of ['streets', 'streets_1']) {
    const collection = collectionOf('id:integer town', { table });
    const issues = await judgeBoth(bench, collection, [
      ['1', 'here'],
      ['2', 'there'],
    ]);
    assert.deepEqual(
      issues.map(({ record, code, params }) => [record, code, params['constraint']]),
      [[2, 'reference.not_found', 'in_town']],
    );
  }
});
