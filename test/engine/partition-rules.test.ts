/** What a single partition has by itself (an index, a rule, a foreign key) is judged before writing like what the whole table has. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Issue } from '../../src/core/issue.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create table partition_lands (code text primary key); insert into partition_lands values ('de'), ('fr')`);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** Ways in which a table may be in parts; in each `TABLE_low` has the rule, and some ids of 1 to 99 come to it. */
const LAYOUTS: Readonly<Record<string, string>> = {
  range: `create table TABLE (COLUMNS) partition by range (id);
    create table TABLE_low partition of TABLE for values from (0) to (10);
    create table TABLE_high partition of TABLE for values from (10) to (100)`,
  list: `create table TABLE (COLUMNS) partition by list (id);
    create table TABLE_low partition of TABLE for values in (1, 2, 3, 4, 5, 6, 7, 8, 9);
    create table TABLE_high partition of TABLE default`,
  hash: `create table TABLE (COLUMNS) partition by hash (id);
    create table TABLE_low partition of TABLE for values with (modulus 2, remainder 0);
    create table TABLE_high partition of TABLE for values with (modulus 2, remainder 1)`,
  default: `create table TABLE (COLUMNS) partition by range (id);
    create table TABLE_low partition of TABLE default;
    create table TABLE_high partition of TABLE for values from (50) to (100)`,
  'a partition that is in parts itself': `create table TABLE (COLUMNS) partition by range (id);
    create table TABLE_low partition of TABLE for values from (0) to (10) partition by list (id);
    create table TABLE_low_1 partition of TABLE_low for values in (1, 2, 3, 4, 5, 6, 7, 8, 9);
    create table TABLE_low_2 partition of TABLE_low default;
    create table TABLE_high partition of TABLE for values from (10) to (100)`,
  'a part of a part': `create table TABLE (COLUMNS) partition by range (id);
    create table TABLE_most partition of TABLE for values from (0) to (90) partition by hash (id);
    create table TABLE_low partition of TABLE_most for values with (modulus 3, remainder 0);
    create table TABLE_rest_1 partition of TABLE_most for values with (modulus 3, remainder 1);
    create table TABLE_rest_2 partition of TABLE_most for values with (modulus 3, remainder 2);
    create table TABLE_high partition of TABLE for values from (90) to (100)`,
  'another order of columns': `create table TABLE (COLUMNS) partition by range (id);
    create table TABLE_low (gone int, land text, qty int, email text, id int not null);
    alter table TABLE_low drop column gone;
    alter table TABLE attach partition TABLE_low for values from (0) to (10);
    create table TABLE_high partition of TABLE for values from (10) to (100)`,
};

interface Rule {
  readonly sql: string;
  readonly says: Readonly<Record<'conflict' | 'twice' | 'broken', string | undefined>>;
}

const UNIQUE = { conflict: 'unique.conflict', twice: 'unique.duplicate', broken: undefined };
const BROKEN = (code: string) => ({ conflict: undefined, twice: undefined, broken: code });

const RULES: Readonly<Record<string, Rule>> = {
  'a unique index': { sql: 'create unique index TABLE_rule on TABLE_low (email)', says: UNIQUE },
  'a deferrable key': {
    sql: 'alter table TABLE_low add constraint TABLE_rule unique (email) deferrable initially deferred',
    says: UNIQUE,
  },
  'a unique expression': {
    sql: 'create unique index TABLE_rule on TABLE_low (lower(email))',
    says: UNIQUE,
  },
  'a partial unique index': {
    sql: 'create unique index TABLE_rule on TABLE_low (email) where qty > 0 or qty is null',
    says: UNIQUE,
  },
  'an exclusion constraint': {
    sql: 'alter table TABLE_low add constraint TABLE_rule exclude using hash (email with =)',
    says: { conflict: 'exclusion.conflict', twice: 'exclusion.duplicate', broken: undefined },
  },
  'a check': {
    sql: 'alter table TABLE_low add constraint TABLE_rule check (qty <> 9)',
    says: BROKEN('check.violated'),
  },
  'a check that raises': {
    sql: 'alter table TABLE_low add constraint TABLE_rule check (1 / (qty - 9) is not null)',
    says: BROKEN('check.raised'),
  },
  'not null': {
    sql: 'alter table TABLE_low alter land set not null',
    says: BROKEN('field.missing'),
  },
  'a foreign key': {
    sql: 'alter table TABLE_low add constraint TABLE_rule foreign key (land) references partition_lands',
    says: BROKEN('reference.not_found'),
  },
};

/** A record that breaks the rule: for a check by its number, for the others by its land. */
function brokenOf(code: string): { readonly qty: number; readonly land: string } {
  if (code.startsWith('check')) return { qty: 9, land: 'de' };
  return { qty: 1, land: code === 'field.missing' ? '' : 'xx' };
}

async function makeTable(layout: string, rule: string): Promise<string> {
  const table = `parts_${(made += 1)}`;
  await engine.database.pool.query(
    `${LAYOUTS[layout]}; ${rule}`
      .replaceAll('COLUMNS', 'id int primary key, email text, qty int, land text')
      .replaceAll('TABLE', table),
  );
  await engine.apply({
    name: table,
    key: ['id'],
    target: { table },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        email: { type: ['string', 'null'] },
        qty: { type: ['integer', 'null'] },
        land: { type: ['string', 'null'] },
      },
    },
  });
  return table;
}

/** Ids of the partition with the rule, and others. */
async function findIds(table: string): Promise<{ low: number[]; high: number[] }> {
  const { pool } = engine.database;
  await pool.query(`insert into ${table} select n, 'e' || n, 1, 'de' from generate_series(1, 99) n`);
  const { rows } = await pool.query<{ low: number[]; high: number[] }>(`
    select array_agg(id order by id) filter (where is_low) as low, array_agg(id order by id) filter (where not is_low) as high
    from (select id, tableoid::regclass::text ~ '_low' as is_low from ${table}) t`);
  await pool.query(`delete from ${table}`);
  const [found] = rows;
  assert.ok(found !== undefined && found.low.length > 5 && found.high.length > 5);
  return found;
}

function recordsOf({ low, high }: { low: number[]; high: number[] }, { says }: Rule): string {
  const bad = brokenOf(says.broken ?? '');
  return [
    'id,email,qty,land',
    `${low[1]},taken@x,1,de`,
    `${low[2]},new@x,1,de`,
    `${low[3]},new@x,1,de`,
    `${high[1]},taken@x,1,de`,
    `${high[2]},taken@x,${bad.qty},${bad.land}`,
    `${low[4]},high@x,1,de`,
    `${low[5]},own@x,${bad.qty},${bad.land}`,
    `${low[0]},taken@x,2,de`,
    '',
  ].join('\n');
}

function expected({ says }: Rule, table: string, name: string): unknown[] {
  const issue = (record: number, code: string | undefined) =>
    code === undefined ? [] : [[record, code, name === 'not null' ? undefined : `${table}_rule`]];
  return [...issue(1, says.conflict), ...issue(3, says.twice), ...issue(7, says.broken)];
}

function told({ record, code, params }: Issue): unknown[] {
  return [record, code, params['constraint'] ?? params['rule']];
}

function says(rule: Rule, what: keyof Rule['says']): boolean {
  return rule.says[what] !== undefined;
}

/** The layouts differ in the condition of the partition alone, so all rules are tried with two. */
const WITH_ALL = ['hash', 'another order of columns'];
const ONE_OF_EACH = ['a unique index', 'an exclusion constraint', 'a check', 'not null', 'a foreign key'];

const RUNS = [
  ['upsert', 1],
  ['upsert', 1000],
  ['replace', 3],
  ['upsert', 2],
] as const;

let tried = 0;
for (const layout of Object.keys(LAYOUTS)) {
  for (const [name, rule] of Object.entries(RULES)) {
    // A partition that is in parts itself cannot have one over other columns than decide.
    if (layout === 'a partition that is in parts itself' && says(rule, 'conflict')) continue;
    if (!WITH_ALL.includes(layout) && !ONE_OF_EACH.includes(name)) continue;
    // One of them each time, since each is two jobs.
    const runs = [RUNS[(tried += 1) % RUNS.length] ?? RUNS[0]];
    test(`${name} of one partition, ${layout}`, async () => {
      const table = await makeTable(layout, rule.sql);
      const ids = await findIds(table);
      const source = { upload: await engine.upload(recordsOf(ids, rule)) };
      for (const [mode, maxChunkRecords] of runs) {
        await engine.database.pool.query(`delete from ${table}`);
        await engine.database.pool.query(
          `insert into ${table} values (${ids.low[0]}, 'taken@x', 1, 'de'), (${ids.high[0]}, 'high@x', 1, 'de')`,
        );
        const request = { collection: table, source, mode, effects: true, replaceDespiteErrors: true };
        const validation = await engine.validate(request);
        const imported = await engine.import(request, { maxChunkRecords });
        assert.deepEqual(imported.issues, validation.issues);
        assert.deepEqual(imported.issues.map(told), expected(rule, table, name), mode);
        assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      }
    });
  }
}
