/** References of a table to itself by other columns than its key, and without a foreign key. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { describeIssue } from '../../src/core/issue.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

test('a record that was refused while it was read is told from one that is not there, whatever the key refers to', async () => {
  await engine.database.pool.query(`
    create table badges (id int primary key, badge text unique, under text references badges (badge))`);
  await engine.apply({
    name: 'badges',
    key: ['id'],
    target: { table: 'badges' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer', maximum: 99 },
        badge: { type: ['string', 'null'], maxLength: 5 },
        under: { type: ['string', 'null'] },
      },
    },
  });
  const source = {
    upload: await engine.upload(`id,badge,under
100,b100,
x,bx,
3,b3,b100
4,b4,bx
5,b5,nobody
6,far too long,
7,b7,far too long
8,b8,b3
`),
  };
  const request = { collection: 'badges', source, mode: 'upsert' as const, effects: true };
  const validation = await engine.validate(request);
  const imported = await engine.import(request, { maxChunkRecords: 2 });
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(
    imported.issues.filter(({ field }) => field === 'under').map(({ record, code }) => [record, code]),
    [
      [3, 'reference.rejected'],
      [4, 'reference.rejected'],
      [5, 'reference.not_found'],
      // Nobody can say what a value means that was itself refused.
      [7, 'reference.not_found'],
      [8, 'reference.rejected'],
    ],
  );
});

test('a reference to the collection itself that is declared is judged without a foreign key, within the scope', async () => {
  const { pool } = engine.database;
  for (const [kind, trigger] of [
    ['plain', ''],
    ['with a trigger', 'create trigger t before insert on TABLE for each row execute function pass_on()'],
  ]) {
    const table = `declared_${kind === 'plain' ? 1 : 2}`;
    await pool.query(`
      create or replace function pass_on() returns trigger language plpgsql as $$ begin return new; end $$;
      create table ${table} (firm int, code varchar(9), boss text, pair int, primary key (firm, code));
      ${trigger?.replace('TABLE', table)};
      insert into ${table} values (7, 'old', null, 1), (8, 'other', null, 2)`);
    await engine.apply({
      name: table,
      key: ['code'],
      target: { table },
      scope: ['firm'],
      // The pair is a number that refers to a text.
      references: [
        { field: 'boss', collection: table, toField: 'code' },
        { field: 'pair', collection: table, toField: 'code' },
      ],
      schema: {
        type: 'object',
        properties: {
          code: { type: 'string' },
          boss: { type: ['string', 'null'] },
          pair: { type: ['integer', 'null'] },
        },
      },
    });
    const source = {
      upload: await engine.upload(`code,boss,pair
leo,mia,
mia,old,
zoe,other,
eve,zoe,
5,old,5
six,old,6
`),
    };
    const dialect = { format: 'csv' as const, header: true, delimiter: ',' };
    const request = {
      collection: table,
      source,
      dialect,
      mode: 'upsert' as const,
      effects: true,
      scope: { firm: '7' },
    };
    const validation = await engine.validate(request, { maxChunkRecords: 2 });
    const imported = await engine.import(request, { maxChunkRecords: 1 });
    assert.deepEqual(imported.issues, validation.issues);
    assert.deepEqual(
      imported.issues.map(({ record, code, field, params }) => [record, code, field, params]),
      [
        [3, 'reference.not_found', 'boss', { collection: table, field: 'code' }],
        [4, 'reference.rejected', 'boss', { collection: table, field: 'code' }],
        [6, 'reference.not_found', 'pair', { collection: table, field: 'code' }],
      ],
    );
    assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
    assert.deepEqual(countsOf(imported.job), { created: 3, rejected: 3 });
    // A reference without a key has no constraint to name.
    for (const issue of imported.issues) assert.doesNotMatch(describeIssue(issue), /[{}]/);
  }
});
