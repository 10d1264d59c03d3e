import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { managedTableName } from '../../../src/targets/postgres/managed-table.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  nonZero,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

async function columnsOf(table: string): Promise<string[]> {
  const result = await bench.database.pool.query<{ line: string }>(
    `select a.attname || ' ' || format_type(a.atttypid, a.atttypmod) || case when a.attnotnull then '!' else '' end as line
     from pg_attribute a where a.attrelid = $1::regclass and a.attnum > 0 and not a.attisdropped order by a.attnum`,
    [`waybill_data.${table}`],
  );
  return result.rows.map(({ line }) => line);
}

test('a managed table gets a column per field, its type, and the key as primary key', async () => {
  const collection = collectionOf(
    'id:integer name price:number ok:boolean day:date hour:time at:date-time u:uuid doc:json',
    { name: 'typed' },
  );
  const planned = await bench.target.planManagedTable(collection);
  assert.equal(planned.length, 2);
  assert.ok(planned.every((step) => !step.isDestructive));
  await bench.target.applyManagedTable(collection);
  assert.deepEqual(await columnsOf('typed'), [
    'id bigint!',
    'name text',
    'price numeric',
    'ok boolean',
    'day date',
    'hour time without time zone',
    'at timestamp with time zone',
    'u uuid',
    'doc jsonb',
  ]);
  assert.deepEqual(await bench.target.planManagedTable(collection), []);
});

test('new fields become columns; what could lose data needs to be said', async () => {
  const before = collectionOf('id:integer name old', { name: 'changing' });
  await bench.target.applyManagedTable(before);
  await runJob(bench.target, { collection: before }, [chunkOf([['1', '12', 'x']])]);
  const after = collectionOf('id:integer name:integer added', { name: 'changing' });
  await assert.rejects(bench.target.applyManagedTable(after), { code: 'collection.destructive_change' });
  assert.deepEqual(await columnsOf('changing'), ['id bigint!', 'name text', 'old text']);
  await bench.target.applyManagedTable(after, { allowDestructive: true });
  assert.deepEqual(await columnsOf('changing'), ['id bigint!', 'name bigint', 'added text']);
  const rekeyed = { ...after, key: ['name'] };
  await bench.target.applyManagedTable(rekeyed, { allowDestructive: true });
  assert.deepEqual(await columnsOf('changing'), ['id bigint', 'name bigint!', 'added text']);
  assert.deepEqual((await bench.database.pool.query('select name::int from waybill_data.changing')).rows, [
    { name: 12 },
  ]);
});

test('whole numbers become numbers without a word; the way back may lose digits', async () => {
  const whole = collectionOf('id:integer amount:integer', { name: 'widened' });
  await bench.target.applyManagedTable(whole);
  await runJob(bench.target, { collection: whole }, [chunkOf([['1', '9007199254740993']])]);
  const wide = collectionOf('id:integer amount:number', { name: 'widened' });
  await bench.target.applyManagedTable(wide);
  const { rows } = await bench.database.pool.query('select amount::text from waybill_data.widened');
  assert.deepEqual(rows, [{ amount: '9007199254740993' }]);
  await assert.rejects(bench.target.applyManagedTable(whole), { code: 'collection.destructive_change' });
});

test('a step that stored values do not allow is named, and nothing is changed', async () => {
  const before = collectionOf('id:integer name', { name: 'stubborn' });
  await bench.target.applyManagedTable(before);
  await runJob(bench.target, { collection: before }, [chunkOf([['1', 'Ann']])]);
  const after = collectionOf('id:integer name:integer added', { name: 'stubborn' });
  await assert.rejects(bench.target.applyManagedTable(after, { allowDestructive: true }), (error: Error) => {
    assert.match(
      error.message,
      /step "alter table .* alter column "name" type bigint .*": invalid input syntax for type bigint \(SQLSTATE 22P02\)/,
    );
    assert.doesNotMatch(error.message, /Ann/);
    return true;
  });
  assert.deepEqual(await columnsOf('stubborn'), ['id bigint!', 'name text']);
});

test('scope columns that are no fields are part of a managed table and of its key', async () => {
  const collection = collectionOf('id:integer', { name: 'scoped', scope: ['tenant'] });
  await bench.target.applyManagedTable(collection);
  for (const tenant of ['a', 'b']) {
    await runJob(bench.target, { collection, scope: { tenant }, mode: 'insert' }, [chunkOf([['1']])]);
  }
  const rows = await bench.database.pool.query('select tenant from waybill_data.scoped order by 1');
  assert.deepEqual(rows.rows, [{ tenant: 'a' }, { tenant: 'b' }]);
});

test('dropping removes a managed table and never a bound one', async () => {
  const managed = collectionOf('id:integer', { name: 'gone' });
  await bench.target.applyManagedTable(managed);
  await bench.target.dropManagedTable(managed);
  await assert.rejects(bench.target.describe(managed), { code: 'target.not_found' });
  await bench.database.pool.query('create table theirs (id int primary key)');
  const bound = collectionOf('id:integer', { table: 'theirs' });
  assert.deepEqual(await bench.target.dropManagedTable(bound), []);
  await bench.target.describe(bound);
});

test('names that PostgreSQL would cut stay apart', () => {
  const [one, other] = [managedTableName(`${'é'.repeat(60)}a`), managedTableName(`${'é'.repeat(60)}b`)];
  assert.notEqual(one, other);
  assert.ok(Buffer.byteLength(one) <= 63);
  assert.equal(managedTableName('short'), 'short');
});

test('as many fields as limits.recordFields allows work in every mode, and one more is refused before anything is made', async () => {
  const most = 1593;
  const names = (count: number) => Array.from({ length: count }, (_, at) => `c${at}`).join(' ');
  const tooWide = collectionOf(names(most + 1), { name: 'too_wide', key: ['c0'] });
  await assert.rejects(bench.target.applyManagedTable(tooWide), {
    code: 'collection.invalid',
    message: /too_wide has 1594 fields.* at most 1593/,
  });
  const found = await bench.database.pool.query("select to_regclass('waybill_data.too_wide') as made");
  assert.equal(found.rows[0].made, null);

  const widest = collectionOf(names(most), { name: 'widest', key: ['c0'] });
  await bench.target.applyManagedTable(widest);
  const chunk = () => chunkOf([Array.from({ length: most }, () => 'x')]);
  for (const [options, counts] of [
    [{}, { created: 1 }],
    [{ mode: 'replace' }, { unchanged: 1 }],
  ] as const) {
    const result = await runJob(bench.target, { collection: widest, ...options }, [chunk()]);
    assert.deepEqual(nonZero(result.counts), counts, JSON.stringify(options));
  }
});
