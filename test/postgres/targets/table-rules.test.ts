/** What the catalogue knows is judged before writing, so that a validation says it as the import does. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Collection } from '../../../src/collections/collection.ts';
import type { Issue } from '../../../src/core/issue.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  type JobOptions,
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

/** Validates and imports; both must say the same. */
async function both(
  collection: Collection,
  rows: readonly Row[],
  options: Partial<JobOptions> = {},
): Promise<unknown[]> {
  const job = { collection, ...options };
  const validation = await runJob(bench.target, { ...job, kind: 'validation', effects: true }, [
    chunkOf(rows),
  ]);
  const imported = await runJob(bench.target, job, [chunkOf(rows)]);
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(nonZero(imported.counts), nonZero(validation.counts));
  return imported.issues.map(({ record, code, field, value, params }: Issue) => [
    record,
    code,
    field,
    value,
    params['constraint'] ?? params['table'],
  ]);
}

test('rules of domains, also of those below, name rule, field and value', async () => {
  await bench.database.pool.query(`
    create domain whole_percent as int constraint at_most_100 check (value <= 100);
    create domain percent as whole_percent not null constraint at_least_0 check (value >= 0);
    create domain code as varchar(3) constraint upper_case check (value = upper(value));
    create table with_domains (id int primary key, share percent, code code)`);
  const collection = collectionOf('id:integer share:integer code', { table: 'with_domains' });
  const rows = [
    ['1', '50', 'ABC'],
    ['2', '101', 'ABC'],
    ['3', '-1', 'abc'],
    ['4', null, null],
  ];
  assert.deepEqual(await both(collection, rows), [
    [2, 'check.violated', 'share', '101', 'at_most_100'],
    [3, 'check.violated', 'share', '-1', 'at_least_0'],
    [3, 'check.violated', 'code', 'abc', 'upper_case'],
    [4, 'field.missing', 'share', undefined, undefined],
  ]);
});

test('a record that no partition takes is rejected, by ranges, lists and hashes', async () => {
  await bench.database.pool.query(`
    create table parted (id int, day date, primary key (id, day)) partition by range (day);
    create table parted_24 partition of parted for values from ('2024-01-01') to ('2025-01-01') partition by list (id);
    create table parted_24_a partition of parted_24 for values in (1, 2);
    create table parted_25 partition of parted for values from ('2025-01-01') to ('2026-01-01') partition by hash (id);
    create table parted_25_a partition of parted_25 for values with (modulus 1, remainder 0);
    create table unparted (id int primary key) partition by range (id);
    create table halves (id int primary key) partition by range (id);
    create table halves_1 partition of halves for values from (0) to (10);
    create table halves_rest partition of halves default`);
  const collection = collectionOf('id:integer day:date', { table: 'parted', key: ['id', 'day'] });
  const rows = [
    ['1', '2024-05-05'],
    ['3', '2024-05-05'],
    ['9', '2025-05-05'],
    ['1', '2026-05-05'],
  ];
  const none = (record: number, table: string) => [
    record,
    'partition.missing',
    undefined,
    undefined,
    `public.${table}`,
  ];
  assert.deepEqual(await both(collection, rows), [none(2, 'parted'), none(4, 'parted')]);
  assert.deepEqual(await both(collectionOf('id:integer', { table: 'unparted' }), [['1']]), [
    none(1, 'unparted'),
  ]);
  assert.deepEqual(await both(collectionOf('id:integer', { table: 'halves' }), [['1'], ['77']]), []);
  // A partition by itself takes what is its own.
  const part = collectionOf('id:integer', { table: 'halves_1' });
  assert.deepEqual(await both(part, [['2'], ['11']]), [none(2, 'halves_1')]);
});

test('foreign keys are judged without a declared reference, and those that are not enforced are not', async () => {
  const { rows: version } = await bench.database.pool.query<{ number: string }>(
    `select current_setting('server_version_num') as number`,
  );
  const hasUnenforced = Number(version[0]?.number) >= 180_000;
  await bench.database.pool.query(`
    create table lands (code text, part int, name text, primary key (code, part)); insert into lands values ('DE', 1), ('DE', 2);
    create table towns (id int primary key, land text, part int, other text, opart int,
      constraint in_land foreign key (land, part) references lands,
      constraint in_full foreign key (other, opart) references lands match full);
    ${hasUnenforced ? `alter table towns add constraint never check (id < 0) not enforced` : ''}`);
  const collection = collectionOf('id:integer land part:integer other opart:integer', { table: 'towns' });
  const rows = [
    ['1', 'DE', '2', null, null],
    ['2', 'DE', '3', null, null],
    ['3', 'XX', null, null, null],
    ['4', null, null, 'DE', null],
    ['5', null, null, 'DE', '1'],
  ];
  assert.deepEqual(await both(collection, rows), [
    [2, 'reference.not_found', undefined, undefined, 'in_land'],
    [4, 'reference.not_found', undefined, undefined, 'in_full'],
  ]);
});

const FAMILY: readonly Row[] = [
  ['leo', 'mia'],
  ['zoe', 'mia'],
  ['mia', 'old'],
  ['old', null],
  ['ghost', 'nobody'],
];

for (const deferral of ['', 'deferrable initially deferred', 'deferrable']) {
  for (const [name, rows] of [
    ['children first', FAMILY],
    ['parents first', FAMILY.toReversed()],
  ] as const) {
    for (const atomicity of ['chunk', 'all'] as const) {
      test(`one bad reference makes no others guilty: ${name}, ${atomicity}, ${deferral || 'not deferrable'}`, async () => {
        await bench.database.pool.query(`
          drop table if exists staff;
          create table staff (name text primary key, boss text constraint has_boss references staff ${deferral})`);
        const collection = collectionOf('name boss', { table: 'staff', key: ['name'] });
        const bad = rows.findIndex(([who]) => who === 'ghost') + 1;
        const job = { collection, atomicity };
        if (atomicity === 'all') {
          await assert.rejects(runJob(bench.target, job, [chunkOf(rows)]), {
            code: 'job.not_all_accepted',
            message: /^1 record was rejected/,
          });
          return;
        }
        const { counts, issues } = await runJob(bench.target, job, [chunkOf(rows)]);
        assert.deepEqual(nonZero(counts), { created: 4, rejected: 1 });
        assert.deepEqual(
          issues.map(({ record, code, params }) => [record, code, params['constraint']]),
          [[bad, 'database.refused', 'has_boss']],
        );
      });
    }
  }
}

test('records that refer to each other are deleted in whatever order they come', async () => {
  await bench.database.pool.query(`
    create table chain (name text primary key, boss text references chain);
    insert into chain values ('old', null), ('mia', 'old'), ('leo', 'mia'), ('top', null), ('kid', 'top')`);
  const collection = collectionOf('name', { table: 'chain', key: ['name'] });
  const rows = [['old'], ['mia'], ['leo'], ['top']];
  const { counts, issues } = await runJob(bench.target, { collection, mode: 'delete' }, [chunkOf(rows)]);
  assert.deepEqual(nonZero(counts), { deleted: 3, rejected: 1 });
  assert.deepEqual(
    issues.map(({ record }) => record),
    [4],
  );
});
