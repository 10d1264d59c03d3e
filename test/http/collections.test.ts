import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { PEOPLE, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
});
after(() => api.close());

const put = (definition: object, query = '', name = 'people') =>
  api.call('PUT', `/v1/collections/${name}${query}`, { json: definition });

test('a collection with a scope is shown without a count', async () => {
  assert.equal((await put({ ...PEOPLE, name: 'tenants', scope: ['tenant'] }, '', 'tenants')).statusCode, 200);
  const response = await api.call('GET', '/v1/collections/tenants?count=true');
  assert.equal(response.statusCode, 200, response.body);
  assert.deepEqual([response.json().name, response.json().records], ['tenants', undefined]);
  assert.equal((await api.call('DELETE', '/v1/collections/tenants?allowDestructive=true')).statusCode, 204);
});

test('a collection is planned, created, changed and dropped; each change is a version', async () => {
  const plan = (await put(PEOPLE, '?dryRun=true')).json();
  assert.equal(plan.isDryRun, true);
  assert.equal(plan.version, undefined);
  assert.deepEqual(
    plan.columns.map((column: { column: string }) => column.column),
    ['id', 'name', 'born'],
  );
  assert.equal((await api.call('GET', '/v1/collections/people')).statusCode, 404);

  assert.equal((await put(PEOPLE)).json().version, 1);
  const again = (await put(PEOPLE)).json();
  assert.deepEqual([again.version, again.isChanged], [1, false]);
  assert.equal((await put({ ...PEOPLE, title: 'People' })).json().version, 2);

  const shown = (await api.call('GET', '/v1/collections/people?count=true')).json();
  assert.deepEqual([shown.version, shown.records, shown.definition.title], [2, 0, 'People']);
  assert.deepEqual(
    Object.keys(shown.definition.schema.properties),
    ['id', 'name', 'born'],
    'fields keep their order',
  );
  assert.equal((await api.call('GET', '/v1/collections/people/template')).body, 'id,name,born\r\n');

  assert.equal((await api.call('DELETE', '/v1/collections/people')).statusCode, 204);
  assert.deepEqual((await api.call('GET', '/v1/collections')).json(), { collections: [] });
});

test('a change that loses data needs to be allowed, and changes nothing before it is', async () => {
  await put(PEOPLE);
  const { born: _, ...properties } = PEOPLE.schema.properties;
  const smaller = { ...PEOPLE, schema: { ...PEOPLE.schema, properties } };
  const refused = await put(smaller);
  assert.equal(refused.statusCode, 409, refused.body);
  assert.equal(refused.json().code, 'collection.destructive_change');
  const unchanged = (await api.call('GET', '/v1/collections/people')).json();
  assert.ok('born' in unchanged.definition.schema.properties);
  assert.equal((await put(smaller, '?allowDestructive=true')).statusCode, 200);
  await api.call('DELETE', '/v1/collections/people');
});

test('a collection is not dropped while it has open jobs, nor with records unless that is meant', async () => {
  await put(PEOPLE);
  const job = (await api.call('POST', '/v1/exports', { json: { collection: 'people' } })).json();
  assert.equal((await api.call('DELETE', '/v1/collections/people')).json().code, 'request.conflict');
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  const table = (await put(PEOPLE, '?dryRun=true')).json();
  assert.ok(table);
  const found = await api.database.pool.query<{ name: string }>(
    "select format('%I.%I', table_schema, table_name) as name from information_schema.columns where column_name = 'born'",
  );
  await api.database.pool.query(`insert into ${found.rows[0]?.name} (id, name) values (1, 'Ann')`);
  const refused = await api.call('DELETE', '/v1/collections/people');
  assert.equal(refused.json().code, 'collection.destructive_change', refused.body);
  assert.equal((await api.call('DELETE', '/v1/collections/people?allowDestructive=true')).statusCode, 204);
});

test('one collection says which field lives in which column, also while a bound table is away', async () => {
  const odd = { ...PEOPLE.schema.properties, 'Cost Total $': { type: 'number' } };
  await put({ ...PEOPLE, name: 'odd', schema: { ...PEOPLE.schema, properties: odd } }, '', 'odd');
  const { columns } = (await api.call('GET', '/v1/collections/odd')).json();
  assert.deepEqual(columns.at(-1), { field: 'Cost Total $', column: 'Cost Total $', sqlType: 'numeric' });
  await api.call('DELETE', '/v1/collections/odd');

  await api.database.pool.query('create table crm (id int primary key, name varchar(40), born date)');
  await put({ ...PEOPLE, name: 'crm', target: { table: 'public.crm' } }, '', 'crm');
  const shown = async () => (await api.call('GET', '/v1/collections/crm')).json().columns[1];
  assert.deepEqual(await shown(), { field: 'name', column: 'name', sqlType: 'character varying(40)' });
  await api.database.pool.query('drop table crm');
  assert.deepEqual(await shown(), { field: 'name', column: 'name' });
  await api.call('DELETE', '/v1/collections/crm');
});

test('everything that is wrong with a definition is said at once', async () => {
  const answer = await put({
    name: 'people',
    kee: ['id'],
    schema: { type: 'object', properties: { id: { type: 'int' } } },
  });
  assert.equal(answer.statusCode, 422);
  assert.equal(answer.json().code, 'collection.invalid');
  assert.match(answer.json().detail, /kee/);
  assert.ok(answer.json().details.errors.length >= 2, answer.body);
});

test('a definition of another name is refused', async () => {
  assert.equal((await put(PEOPLE, '', 'persons')).json().code, 'collection.invalid');
});

test('of two changes at once one is refused, or both follow each other', async () => {
  const { version } = (await put(PEOPLE)).json();
  const answers = await Promise.all(['A', 'B', 'C'].map((title) => put({ ...PEOPLE, title })));
  const codes = answers.map((answer) => (answer.statusCode === 200 ? 200 : answer.json().code));
  assert.ok(codes.includes(200), codes.join());
  assert.ok(
    codes.every((code) => code === 200 || code === 'request.conflict'),
    codes.join(),
  );
  const done = codes.filter((code) => code === 200).length;
  assert.equal((await api.call('GET', '/v1/collections/people')).json().version, version + done);
});
