import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectClient, createPool, describeUrl, refusePooler } from '../../../src/store/connect.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase({ template: 'empty' });
});
after(() => database.drop());

test('a bigint is a number where that is exact and a BigInt where not', async () => {
  const result = await database.pool.query(
    'select 9007199254740991::int8 as safe, 9007199254740993::int8 as large, (-5)::int8 as negative',
  );
  assert.deepEqual(result.rows[0], { safe: 9007199254740991, large: 9007199254740993n, negative: -5 });
});

test('dates, timestamps and numerics stay text', async () => {
  const result = await database.pool.query(
    `select '2024-02-29'::date as day, '2024-02-29 12:00:00.123456'::timestamp as moment, 1.10::numeric as amount`,
  );
  assert.deepEqual(result.rows[0], {
    day: '2024-02-29',
    moment: '2024-02-29 12:00:00.123456',
    amount: '1.10',
  });
});

test('settings of the database do not change how values are read', async () => {
  await database.pool.query(`
    do $$ begin
      execute format('alter database %I set datestyle = ''German''', current_database());
      execute format('alter database %I set timezone = ''Asia/Tokyo''', current_database());
    end $$`);
  const pool = createPool(database.url, { applicationName: 'odd settings' });
  const result = await pool.query(
    `select '2024-03-04'::date as day, to_timestamp(0) as moment, current_setting('application_name') as name`,
  );
  await pool.end();
  assert.deepEqual(result.rows[0], { day: '2024-03-04', moment: new Date(0), name: 'odd settings' });
});

test('a pool survives its connections being ended, and says so', async () => {
  const broken = Promise.withResolvers<Error>();
  const pool = createPool(database.url, {
    applicationName: 'to be ended',
    max: 1,
    onIdleError: broken.resolve,
  });
  await pool.query('select 1');
  await database.pool.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'to be ended'",
  );
  assert.match((await broken.promise).message, /terminat/);
  assert.equal((await pool.query('select 2 as two')).rows[0].two, 2);
  await pool.end();
});

test('a server that is not there is database.unavailable and may be tried again', async () => {
  const url = 'postgres://someone:secret@127.0.0.1:1/nothing';
  await assert.rejects(connectClient(url, { applicationName: 'test' }), {
    code: 'database.unavailable',
    isRetryable: true,
    message: /^Cannot connect to postgres:\/\/someone@127\.0\.0\.1:1\/nothing: /,
  });
});

test('a wrong password is database.unavailable and trying again is no use', async () => {
  const url = new URL(database.url);
  url.password = 'wrong';
  await assert.rejects(connectClient(url.href, { applicationName: 'test' }), {
    code: 'database.unavailable',
    isRetryable: false,
  });
});

test('a server reached directly is taken for no pooler', async () => {
  await refusePooler(database.url, { applicationName: 'test' });
});

test('a URL is shown without its password', () => {
  assert.equal(describeUrl('postgres://a:b%40c@host/db'), 'postgres://a@host/db');
  assert.equal(describeUrl('postgres://host/db?password=x&user=y'), 'postgres://host/db?password=…&user=y');
});
