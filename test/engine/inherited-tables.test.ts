/**
 * A table from which others inherit: their rows are rows of the collection, as SQL shows them, but its indexes and foreign keys, and those that
 * lead to it, are about its own rows alone.
 */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countsOf, createEngine, type Engine, type Finished } from './harness.ts';

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

type Request = Parameters<Engine['import']>[0];

/** Two rows of the table itself (1, 2), two of a child (3, 4). */
async function makeTables(): Promise<string> {
  const table = `parent_${(made += 1)}`;
  await engine.database.pool.query(
    `create table TABLE (id int primary key, email text unique, n int, boss int references TABLE, friend int references TABLE);
     create table TABLE_child (extra text, check (n < 50)) inherits (TABLE);
     insert into TABLE values (1, 'a@x', 1), (2, 'b@x', 2);
     insert into TABLE_child (id, email, n) values (3, 'c@x', 3), (4, 'd@x', 4)`.replaceAll('TABLE', table),
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
        n: { type: ['integer', 'null'] },
        boss: { type: ['integer', 'null'] },
      },
    },
  });
  return table;
}

async function judge(
  table: string,
  csv: string,
  more: Partial<Request> = {},
): Promise<readonly [validation: Finished, imported: Finished]> {
  const request: Request = {
    collection: table,
    source: { upload: await engine.upload(csv) },
    dialect: { format: 'csv', header: true, delimiter: ',' },
    ...more,
  };
  return [await engine.validate(request), await engine.import(request)];
}

const told = ({ issues }: Finished) => issues.map(({ record, code }) => `${record} ${code}`);

async function rowsOf(table: string): Promise<readonly string[]> {
  const { rows } = await engine.database.pool.query<{ row: string }>(
    `select concat_ws(' ', tableoid::regclass, id, email, n, boss) as row from ${table} order by id`,
  );
  return rows.map(({ row }) => row);
}

for (const atomicity of ['chunk', 'all'] as const) {
  test(`rows of a child are found and changed, ${atomicity}`, async () => {
    const table = await makeTables();
    const csv = 'id,email,n\n1,a@x,10\n3,c@x,30\n5,e@x,5\n';
    const [validation, imported] = await judge(table, csv, { atomicity });
    assert.deepEqual([told(validation), told(imported)], [[], []]);
    assert.deepEqual(countsOf(imported.job), { created: 1, updated: 2 });
    assert.deepEqual(await rowsOf(table), [
      `${table} 1 a@x 10`,
      `${table} 2 b@x 2`,
      `${table}_child 3 c@x 30`,
      `${table}_child 4 d@x 4`,
      `${table} 5 e@x 5`,
    ]);
  });
}

test('a unique index of the table knows nothing of the rows of a child', async () => {
  const table = await makeTables();
  const [validation, imported] = await judge(table, 'id,email\n5,c@x\n6,b@x\n', { mode: 'insert' });
  assert.deepEqual(told(imported), ['2 unique.conflict']);
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(countsOf(imported.job), { created: 1, rejected: 1 });
});

test('a foreign key leads to no row of a child, also one of the table to itself', async () => {
  const table = await makeTables();
  await engine.database.pool.query(
    `create table ${table}_orders (id int primary key, owner int references ${table})`,
  );
  await engine.apply({
    name: `${table}_orders`,
    key: ['id'],
    target: { table: `${table}_orders` },
    schema: { type: 'object', properties: { id: { type: 'integer' }, owner: { type: 'integer' } } },
  });
  const orders = await judge(`${table}_orders`, 'id,owner\n1,1\n2,3\n');
  for (const done of orders) assert.deepEqual(told(done), ['2 reference.not_found']);
  const bosses = await judge(table, 'id,boss\n5,1\n6,3\n7,5\n8,6\n');
  for (const done of bosses) assert.deepEqual(told(done), ['2 reference.not_found', '4 reference.rejected']);
});

test('what only a child has is for the database to say, and costs one record', async () => {
  const table = await makeTables();
  const [validation, imported] = await judge(table, 'id,n\n1,60\n3,60\n4,40\n', { mode: 'update' });
  assert.deepEqual([told(validation), told(imported)], [[], ['2 database.refused']]);
  assert.deepEqual(countsOf(imported.job), { updated: 2, rejected: 1 });
});

test('delete and replace take rows of a child, and an export shows them', async () => {
  const table = await makeTables();
  const [, deleted] = await judge(table, 'id\n3\n', { mode: 'delete' });
  assert.deepEqual(countsOf(deleted.job), { deleted: 1 });
  const exported = await engine.export({ collection: table, format: 'csv', fields: ['id', 'email'] });
  const text = (await engine.artifact(exported.job, `${table}.csv`)).toString();
  assert.deepEqual(
    text
      .trim()
      .split('\n')
      .map((line) => line.trim())
      .toSorted(),
    ['1,a@x', '2,b@x', '4,d@x', 'id,email'],
  );
  const [validation, replaced] = await judge(table, 'id,email\n1,a@x\n', { mode: 'replace' });
  assert.deepEqual([told(validation), told(replaced)], [[], []]);
  assert.deepEqual(await rowsOf(table), [`${table} 1 a@x 1`]);
});
