/** References by natural key: the file has a code, the table an id. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { describeIssue } from '../../src/core/issue.ts';
import { countsOf, createEngine, type Definition, type Engine, type Finished } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(`
    create schema shop;
    create table shop.categories (id bigint generated always as identity primary key, account_id bigint not null,
      code text not null, name text not null default '', unique (account_id, code));
    create table shop.products (id bigint generated always as identity primary key, account_id bigint not null, sku text not null,
      name text, category_id bigint references shop.categories, unique (account_id, sku));
    create table shop.people (id bigint generated always as identity primary key, account_id bigint not null, email text not null,
      deleted_at timestamptz);
    create unique index people_live on shop.people (account_id, lower(email)) where deleted_at is null;
    create table shop.shops (id uuid primary key default gen_random_uuid(), town text not null, street text not null);
    create table shop.orders (id bigint generated always as identity primary key, account_id bigint not null, order_no text not null,
      person_id bigint references shop.people, shop_id uuid references shop.shops, unique (account_id, order_no));
    create table shop.lines (order_id bigint not null references shop.orders, line_no int not null,
      product_id bigint not null references shop.products, qty int not null check (qty > 0), primary key (order_id, line_no));
    insert into shop.people (account_id, email, deleted_at) values (1, 'Ann@Acme.test', null), (1, 'old@acme.test', now()), (2, 'bob@globex.test', null);
    insert into shop.shops (town, street) values ('Graz', 'A'), ('Graz', 'B'), ('Wien', 'A'), ('Linz', 'A'), ('Linz', 'A');
    insert into shop.categories (account_id, code) values (1, 'LIGHT'), (1, 'SEAT'), (2, 'LIGHT'), (2, 'OTHERS')`);
  await engine.apply({
    name: 'categories',
    key: ['code'],
    target: { table: 'shop.categories' },
    scope: ['account_id'],
    schema: { type: 'object', properties: { code: { type: 'string' }, name: { type: 'string' } } },
  });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const PRODUCTS = {
  name: 'products',
  key: ['sku'],
  target: { table: 'shop.products' },
  scope: ['account_id'],
  references: [
    { field: 'category', collection: 'categories', toField: 'code', store: 'id', column: 'category_id' },
  ],
  schema: {
    type: 'object',
    properties: {
      sku: { type: 'string' },
      name: { type: ['string', 'null'] },
      category: { type: ['string', 'null'] },
    },
  },
};

test('a code becomes the id of its record, within the scope, and comes back as the code', async () => {
  const { pool } = engine.database;
  await engine.apply(PRODUCTS);
  const source = {
    upload: await engine.upload(`sku,name,category
A,Lamp,LIGHT
B,Chair,SEAT
C,None,
D,Of another account,OTHERS
E,Nothing,light
F,Lamp 2,LIGHT
`),
  };
  const request = { collection: 'products', source, scope: { account_id: '1' }, mode: 'upsert' as const };
  const validation = await engine.validate({ ...request, effects: true });
  const imported = await engine.import(request, { maxChunkRecords: 2 });
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(
    imported.issues.map((issue) => [issue.record, issue.key, issue.field, issue.value, describeIssue(issue)]),
    [
      [4, ['D'], 'category', 'OTHERS', 'no record of categories has this code'],
      [5, ['E'], 'category', 'light', 'no record of categories has this code'],
    ],
  );
  assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
  const { rows } = await pool.query(
    `select sku, code, c.account_id::int as account from shop.products p left join shop.categories c on c.id = category_id order by sku`,
  );
  assert.deepEqual(rows, [
    { sku: 'A', code: 'LIGHT', account: 1 },
    { sku: 'B', code: 'SEAT', account: 1 },
    { sku: 'C', code: null, account: null },
    { sku: 'F', code: 'LIGHT', account: 1 },
  ]);
  const exported = await engine.export({ collection: 'products', scope: { account_id: '1' } });
  const text = (await engine.artifact(exported.job, 'products.csv')).toString().replaceAll('\r\n', '\n');
  assert.equal(text, 'sku,name,category\nA,Lamp,LIGHT\nB,Chair,SEAT\nC,None,\nF,Lamp 2,LIGHT\n');
  const again = await engine.import({ ...request, source: { upload: await engine.upload(text) } });
  assert.deepEqual([countsOf(again.job)['unchanged'], again.issues], [4, []]);
});

/** A validation and an import of one file in small chunks, which must say the same. */
async function bothWays(
  collection: string,
  text: string,
  more: Partial<Parameters<Engine['import']>[0]> = {},
): Promise<Finished> {
  const request = {
    collection,
    source: { upload: await engine.upload(text) },
    scope: { account_id: '1' },
    mode: 'upsert' as const,
    ...more,
  };
  const validation = await engine.validate({ ...request, effects: true });
  const imported = await engine.import(request, { maxChunkRecords: 2 });
  assert.deepEqual(imported.issues, validation.issues);
  return imported;
}

function linesOf(file: Buffer): string {
  return file.toString().replaceAll('\r\n', '\n');
}

function told({ issues }: Finished): unknown[] {
  return issues.map((issue) => [issue.record, issue.field, issue.value, describeIssue(issue)]);
}

async function exportOf(collection: string, account: string): Promise<string> {
  const { job } = await engine.export({ collection, scope: { account_id: account } });
  return linesOf(await engine.artifact(job, `${collection}.csv`));
}

const text = { type: 'string' };
const maybe = { type: ['string', 'null'] };

const ORDERS: Definition = {
  name: 'orders',
  key: ['order_no'],
  target: { table: 'shop.orders' },
  scope: ['account_id'],
  references: [
    {
      field: 'person',
      collection: 'people',
      toField: 'email',
      store: 'id',
      column: 'person_id',
      missing: 'null',
    },
    {
      fields: ['town', 'street'],
      collection: 'shops',
      toFields: ['town', 'street'],
      store: 'id',
      column: 'shop_id',
    },
  ],
  schema: { type: 'object', properties: { order_no: text, person: maybe, street: maybe, town: maybe } },
};

test('which values are the same is for the index of the other key to say, and several fields are one reference', async () => {
  await engine.apply({
    name: 'people',
    key: ['email'],
    keyIndex: 'people_live',
    target: { table: 'shop.people' },
    scope: ['account_id'],
    schema: { type: 'object', properties: { email: text } },
  });
  await engine.apply({
    name: 'shops',
    target: { table: 'shop.shops' },
    schema: { type: 'object', properties: { town: text, street: text } },
  });
  await engine.apply(ORDERS);
  const imported = await bothWays(
    'orders',
    `order_no,town,person,street
1,Graz,ANN@acme.test,A
2,Graz,old@acme.test,B
3,Wien,bob@globex.test,B
4,Linz,,A
5,,,
6,Graz,,
`,
  );
  assert.deepEqual(told(imported), [
    [3, 'town', 'Wien, B', 'no record of shops has this town, street'],
    [
      4,
      'town',
      'Linz, A',
      'several records of shops have this town, street, so it does not say which one is meant',
    ],
    [6, 'town', 'Graz', 'no record of shops has this town, street'],
  ]);
  assert.equal(
    await exportOf('orders', '1'),
    'order_no,person,street,town\n1,Ann@Acme.test,A,Graz\n2,,B,Graz\n5,,,\n',
  );
  const { job } = await bothWays('orders', await exportOf('orders', '1'));
  assert.deepEqual(countsOf(job), { unchanged: 3 });
});

test('a source that has one of the two fields of a reference is refused', async () => {
  const { job } = await engine.import({
    collection: 'orders',
    source: { upload: await engine.upload('order_no,street\n1,A\n') },
    scope: { account_id: '1' },
    mode: 'upsert',
  });
  assert.equal(job.failure?.code, 'job.missing_key_field');
  assert.match(
    job.failure?.message ?? '',
    /no field town, which orders needs beside street to refer to shops/,
  );
});

test('a key may be a reference, in all modes', async () => {
  await engine.apply({
    name: 'lines',
    key: ['order', 'line_no'],
    target: { table: 'shop.lines' },
    references: [
      { field: 'order', collection: 'orders', toField: 'order_no', store: 'id', column: 'order_id' },
      { field: 'sku', collection: 'products', toField: 'sku', store: 'id', column: 'product_id' },
    ],
    schema: {
      type: 'object',
      properties: { order: text, line_no: { type: 'integer' }, sku: text, qty: { type: 'integer' } },
      required: ['sku', 'qty'],
    },
  });
  const noScope = { scope: {} };
  const imported = await bothWays(
    'lines',
    `order,line_no,sku,qty
1,1,A,1
1,2,B,2
2,1,A,0
9,1,A,1
5,1,Z,1
1,1,B,9
`,
    noScope,
  );
  assert.deepEqual(
    imported.issues.map(({ record, code, field, value, key }) => [record, code, field, value, key]),
    [
      [3, 'check.violated', 'qty', '0', ['2', '1']],
      [4, 'reference.not_found', 'order', '9', ['9', '1']],
      [5, 'reference.not_found', 'sku', 'Z', ['5', '1']],
      [6, 'key.duplicate', undefined, undefined, ['1', '1']],
    ],
  );
  // Rows that a rejected record names stay, whether it was rejected by its text or by the table.
  const replaced = await bothWays('lines', 'order,line_no,sku,qty\n1,2,B,many\n2,1,B,4\n2,2,B,0\n', {
    mode: 'replace',
    replaceDespiteErrors: true,
    ...noScope,
  });
  assert.deepEqual(countsOf(replaced.job), { created: 1, rejected: 2, removed: 1 });
  const wrong = await bothWays('lines', 'order,line_no\n1,2\n7,1\n', { mode: 'delete', ...noScope });
  assert.deepEqual(
    wrong.issues.map(({ record, code, key }) => [record, code, key]),
    [[2, 'key.not_found', ['7', '1']]],
  );
  const { rows } = await engine.database.pool.query('select line_no, qty from shop.lines order by 1');
  assert.deepEqual(rows, [{ line_no: 1, qty: 4 }]);
  const all = await bothWays('lines', 'order,line_no,sku,qty\n1,5,B,5\n2,5,A,6\n', {
    atomicity: 'all',
    ...noScope,
  });
  assert.deepEqual(countsOf(all.job), { created: 2 });
  const asked = await engine.export({
    collection: 'lines',
    filter: { field: 'order', op: 'eq', value: '2' },
    order: [{ field: 'sku', direction: 'desc' }],
  });
  assert.equal(
    (await engine.artifact(asked.job, 'lines.csv')).toString().replaceAll('\r\n', '\n'),
    'order,line_no,sku,qty\n2,1,B,4\n2,5,A,6\n',
  );
});

test('it is the same for records that are too wide for a page of staging, and for values that only the server refuses', async () => {
  const names = Array.from({ length: 460 }, (_, at) => `c${at + 1}`);
  await engine.database.pool.query(
    `create table shop.wide (id int primary key, ip inet, category_id bigint references shop.categories, ${names.map((name) => `${name} text`).join(', ')})`,
  );
  await engine.apply({
    name: 'wide',
    key: ['id'],
    target: { table: 'shop.wide' },
    references: [
      { field: 'category', collection: 'categories', toField: 'code', store: 'id', column: 'category_id' },
    ],
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        category: text,
        ip: text,
        ...Object.fromEntries(names.map((name) => [name, maybe])),
      },
    },
  });
  const row = (...cells: string[]) => [...cells, ...names.map((name) => `${name} of ${cells[0]}`)].join(',');
  const file = [
    ['id', 'category', 'ip', ...names].join(','),
    row('1', 'SEAT', '10.0.0.1'),
    row('2', 'SEAT', 'nowhere'),
    row('3', 'OTHERS', '10.0.0.3'),
    row('4', 'NONE', '10.0.0.4'),
    row('5', 'LIGHT', '10.0.0.5'),
  ].join('\n');
  for (const atomicity of ['chunk', 'all'] as const) {
    const imported = await bothWays('wide', file, { scope: {}, atomicity });
    assert.deepEqual(
      imported.issues.map(({ record, code, field, value }) => [record, code, field, value]),
      [
        [2, 'field.not_of_type', 'ip', 'nowhere'],
        [4, 'reference.not_found', 'category', 'NONE'],
        // Two accounts have it, and the job is of neither.
        [5, 'reference.ambiguous', 'category', 'LIGHT'],
      ],
    );
  }
  const right = file.split('\n').filter((_, at) => [0, 1, 3].includes(at));
  const { job } = await bothWays('wide', right.join('\n'), { scope: {}, atomicity: 'all' });
  assert.deepEqual(countsOf(job), { unchanged: 2 });
  const { rows } = await engine.database.pool.query(
    'select w.id, code, c460 from shop.wide w join shop.categories c on c.id = category_id order by 1',
  );
  assert.deepEqual(rows, [
    { id: 1, code: 'SEAT', c460: 'c460 of 1' },
    { id: 3, code: 'OTHERS', c460: 'c460 of 3' },
  ]);
});
