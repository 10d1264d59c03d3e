/** References by natural key: the file has a code, the table an id. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { describeIssue } from '../../src/core/issue.ts';
import { countsOf, type Engine } from './harness.ts';
import { ORDERS, openShop, type Shop, text, told } from './shop.ts';

let shop: Shop;
let engine: Engine;
before(async () => {
  shop = await openShop();
  ({ engine } = shop);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

test('a code becomes the id of its record, within the scope, and comes back as the code', async () => {
  const { pool } = engine.database;
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
  const imported = await shop.bothWays(
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
    await shop.exportOf('orders', '1'),
    'order_no,person,street,town\n1,Ann@Acme.test,A,Graz\n2,,B,Graz\n5,,,\n',
  );
  const { job } = await shop.bothWays('orders', await shop.exportOf('orders', '1'));
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
  const imported = await shop.bothWays(
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
  const replaced = await shop.bothWays('lines', 'order,line_no,sku,qty\n1,2,B,many\n2,1,B,4\n2,2,B,0\n', {
    mode: 'replace',
    replaceDespiteErrors: true,
    ...noScope,
  });
  assert.deepEqual(countsOf(replaced.job), { created: 1, rejected: 2, removed: 1 });
  const wrong = await shop.bothWays('lines', 'order,line_no\n1,2\n7,1\n', { mode: 'delete', ...noScope });
  assert.deepEqual(
    wrong.issues.map(({ record, code, key }) => [record, code, key]),
    [[2, 'key.not_found', ['7', '1']]],
  );
  const { rows } = await engine.database.pool.query('select line_no, qty from shop.lines order by 1');
  assert.deepEqual(rows, [{ line_no: 1, qty: 4 }]);
  const all = await shop.bothWays('lines', 'order,line_no,sku,qty\n1,5,B,5\n2,5,A,6\n', {
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
