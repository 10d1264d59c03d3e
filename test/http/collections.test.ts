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

test('a change names the version that it was made against, and is refused when there is another', async () => {
  const putIf = (definition: object, headers: Record<string, string>, query = '') =>
    api.call('PUT', `/v1/collections/conditional${query}`, {
      json: { ...PEOPLE, name: 'conditional', ...definition },
      headers,
    });
  const none = await putIf({}, { 'if-match': '"1"' });
  assert.deepEqual([none.statusCode, none.json().code], [412, 'request.precondition_failed']);
  assert.match(none.json().detail, /"conditional" does not exist/);
  const created = await putIf({}, { 'if-none-match': '*' });
  assert.deepEqual([created.statusCode, created.headers['etag']], [200, '"1"']);
  const twice = await putIf({}, { 'if-none-match': '*' });
  assert.deepEqual([twice.statusCode, twice.json().details.etag], [412, '"1"']);
  assert.equal((await putIf({ title: 'A' }, { 'if-match': '"1"' })).headers['etag'], '"2"');
  assert.equal((await putIf({ title: 'B' }, { 'if-match': '"1"' })).statusCode, 412);
  assert.equal((await putIf({ title: 'B' }, { 'if-match': '"1"' }, '?dryRun=true')).statusCode, 412);
  assert.equal((await putIf({ title: 'B' }, { 'if-match': '*' })).json().version, 3);
  assert.equal(
    (await putIf({ title: 'B' }, { 'if-match': 'W/"3"' })).statusCode,
    412,
    'weak tags never match',
  );
  const races = await Promise.all(['C', 'D', 'E'].map((title) => putIf({ title }, { 'if-match': '"3"' })));
  assert.equal(races.filter(({ statusCode }) => statusCode === 200).length, 1);
  assert.ok(
    races.every(({ statusCode }) => [200, 412].includes(statusCode)),
    races.map(({ statusCode }) => statusCode).join(),
  );
  const drop = (headers: Record<string, string>) =>
    api.call('DELETE', '/v1/collections/conditional', { headers });
  assert.equal((await drop({ 'if-match': '"3"' })).statusCode, 412);
  assert.equal((await drop({ 'if-match': '"4"' })).statusCode, 204);
  assert.equal((await putIf({}, { 'if-none-match': '*' })).headers['etag'], '"5"', 'tags never come back');
  await drop({});
});

test('an unchanged collection is a 304, and versions stay readable when it is changed or dropped', async () => {
  const first = { ...PEOPLE, name: 'versions' };
  await put(first, '', 'versions');
  await put({ ...first, title: 'Changed' }, '', 'versions');
  const get = (path = '', headers = {}) => api.call('GET', `/v1/collections/versions${path}`, { headers });
  const etag = String((await get()).headers['etag']);
  assert.equal((await get('', { 'if-none-match': etag })).statusCode, 304);
  assert.equal((await get('?count=true', { 'if-none-match': etag })).json().records, 0);
  assert.equal((await get('', { 'if-none-match': '"1"' })).statusCode, 200);
  const list = async () =>
    (await get('/versions'))
      .json()
      .versions.map((one: { version: number; isCurrent: boolean }) => [one.version, one.isCurrent]);
  assert.deepEqual(await list(), [
    [2, true],
    [1, false],
  ]);
  assert.deepEqual((await get('/versions/1')).json().definition, first);
  await api.call('DELETE', '/v1/collections/versions');
  assert.equal((await list()).length, 2);
  assert.equal((await get('/versions/2')).json().isCurrent, false);
  assert.equal((await get('/versions/3')).json().code, 'collection.not_found');
  assert.equal((await api.call('GET', '/v1/collections/never/versions')).statusCode, 404);
});

test('records are counted within a scope, and in lists on request', async () => {
  await put({ ...PEOPLE, name: 'owned', scope: ['tenant'] }, '', 'owned');
  await put({ ...PEOPLE, name: 'shared' }, '', 'shared');
  await api.database.pool.query(
    "insert into waybill_data.owned (tenant, id, name) values ('a=b', 1, 'x'), ('a=b', 2, 'y'), ('c', 3, 'z')",
  );
  const count = (query: string) => api.call('GET', `/v1/collections/owned?count=true${query}`);
  assert.equal((await count('&scope=tenant%3Da%3Db')).json().records, 2);
  const unknown = await count('&scope=owner%3D1');
  assert.deepEqual([unknown.statusCode, unknown.json().code], [400, 'request.invalid']);
  assert.equal((await count('&scope=nothing')).statusCode, 400);
  const { collections } = (await api.call('GET', '/v1/collections?count=true')).json();
  const listed = collections.map(({ name, records }: { name: string; records?: number }) => [name, records]);
  assert.deepEqual(
    listed.filter(([name]: [string]) => ['owned', 'shared'].includes(name)),
    [
      ['owned', undefined],
      ['shared', 0],
    ],
  );
  for (const name of ['owned', 'shared']) {
    await api.call('DELETE', `/v1/collections/${name}?allowDestructive=true`);
  }
});

test('a template has names or titles, or is a JSON record', async () => {
  const properties = { ...PEOPLE.schema.properties, name: { type: 'string', title: 'Full, name' } };
  await put({ ...PEOPLE, name: 'titled', schema: { ...PEOPLE.schema, properties } }, '', 'titled');
  const get = (query = '') => api.call('GET', `/v1/collections/titled/template${query}`);
  assert.equal((await get()).body, 'id,name,born\r\n');
  const titled = await get('?header=titles&delimiter=%3B');
  assert.equal(titled.body, 'id;Full, name;born\r\n');
  assert.match(String(titled.headers['content-disposition']), /filename="titled\.csv"/);
  const json = await get('?format=json');
  assert.deepEqual(JSON.parse(json.body), [{ id: 1, name: 'text', born: '2024-01-31' }]);
  assert.match(String(json.headers['content-type']), /^application\/json/);
  await api.call('DELETE', '/v1/collections/titled');
});
