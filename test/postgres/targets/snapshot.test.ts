import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import type { Collection } from '../../../src/collections/collection.ts';
import type { SnapshotOptions } from '../../../src/targets/target.ts';
import { runsOf } from '../../support/share-of-runs.ts';
import { collect, collectionOf, createTargetBench, NEVER, type TargetBench } from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.database.pool.query(`create table exported (id int primary key, "Name $" text, at timestamptz, n numeric, account_id int);
    insert into exported values (2, E'b\\tx', '2024-01-01 12:00+02', 1.10, 1), (1, null, null, 12345678901234567890, 1),
      (3, E'c\\n\\\\', null, null, 1), (4, '', null, null, 2)`);
});
after(() => bench.database.drop());

function exported(): Collection {
  const collection = collectionOf('id:integer name at:date-time n:number', { table: 'exported' });
  return {
    ...collection,
    fields: collection.fields.map((field) =>
      field.name === 'name' ? { ...field, column: 'Name $' } : field,
    ),
  };
}

async function exportText(
  options: SnapshotOptions['options'],
  rest: Partial<SnapshotOptions> = {},
): Promise<{ total: number; text: string }> {
  const snapshot = await bench.target.openSnapshot({
    collection: exported(),
    scope: {},
    jobId: randomUUID(),
    epoch: 1,
    options,
    ...rest,
  });
  try {
    const pieces = await collect(snapshot.rows(NEVER));
    return { total: snapshot.total, text: Buffer.concat(pieces).toString('utf8') };
  } finally {
    await snapshot.close();
  }
}

test('a snapshot gives exact rows in the order of the key, in fixed text forms', async () => {
  assert.deepEqual(await exportText({}), {
    total: 4,
    text: [
      '1\t\\N\t\\N\t12345678901234567890',
      '2\tb\\tx\t2024-01-01 10:00:00+00\t1.10',
      '3\tc\\n\\\\\t\\N\t\\N',
      '4\t\t\\N\t\\N',
      '',
    ].join('\n'),
  });
});

test('fields, filter, order and scope select what they say', async () => {
  const ids = async (options: SnapshotOptions['options'], rest: Partial<SnapshotOptions> = {}) =>
    (await exportText({ fields: ['id'], ...options }, rest)).text
      .trimEnd()
      .split('\n')
      .filter((line) => line !== '')
      .map(Number);
  assert.deepEqual(await ids({ order: [{ field: 'id', direction: 'desc' }] }), [4, 3, 2, 1]);
  assert.deepEqual(await ids({ filter: { field: 'id', op: 'in', value: ['1', '3'] } }), [1, 3]);
  assert.deepEqual(await ids({ filter: { field: 'name', op: 'eq', value: '' } }), [4]);
  assert.deepEqual(await ids({ filter: { field: 'n', op: 'ge', value: '1.1' } }), [1, 2]);
  assert.deepEqual(await ids({ filter: { not: { field: 'name', op: 'eq', value: '' } } }), [1, 2, 3]);
  assert.deepEqual(
    await ids({
      filter: {
        or: [
          { field: 'n', op: 'is_null' },
          { field: 'id', op: 'lt', value: '2' },
        ],
      },
    }),
    [1, 3, 4],
  );
  assert.deepEqual(
    await ids({}, { collection: { ...exported(), scope: ['account_id'] }, scope: { account_id: '2' } }),
    [4],
  );
});

test('a filter on an unknown field or with a value of another type is the caller’s mistake', async () => {
  for (const filter of [
    { field: 'nope', op: 'eq', value: '1' },
    { field: 'id', op: 'eq', value: 'x' },
    { field: 'id', op: 'eq' },
    { field: 'id', op: 'is_null', value: '1' },
    { field: 'id', op: 'in', value: '1' },
  ] as const) {
    await assert.rejects(exportText({ filter }), { code: 'request.invalid' });
  }
  await assert.rejects(exportText({ fields: ['nope'] }), { code: 'request.invalid' });
});

test('no text of a filter is ever part of a statement', async () => {
  const nasty = fc.oneof(
    fc.string({ unit: 'grapheme' }).filter((text) => !text.includes('\0')),
    fc.constantFrom(`'; drop table exported; --`, `' or true --`, `$1`, `\\`, `\\'`, `"`, `%`, `$waybill$`),
  );
  await fc.assert(
    fc.asyncProperty(nasty, async (value) => {
      await bench.database.pool.query('update exported set "Name $" = $1 where id = 4', [value]);
      const { total } = await exportText({ filter: { field: 'name', op: 'eq', value } });
      assert.equal(total, 1);
    }),
    { seed: 23, numRuns: runsOf(25) },
  );
  await bench.database.pool.query(`update exported set "Name $" = '' where id = 4`);
});

test('rows that change while the export runs are not in it', async () => {
  const snapshot = await bench.target.openSnapshot({
    collection: exported(),
    scope: {},
    jobId: randomUUID(),
    epoch: 1,
    options: {},
  });
  await bench.database.pool.query(`delete from exported where id = 3`);
  const pieces = await collect(snapshot.rows(NEVER));
  assert.equal(Buffer.concat(pieces).toString().trimEnd().split('\n').length, snapshot.total);
  assert.equal(snapshot.total, 4);
  await snapshot.close();
});

test('an export that is stopped half way leaves no session behind', async () => {
  await bench.database.pool.query(`create table many as select i as id, repeat('x', 1000) as name from generate_series(1, 50000) i;
    alter table many add primary key (id)`);
  const jobId = randomUUID();
  const collection = collectionOf('id:integer name', { table: 'many' });
  const stop = new AbortController();
  const snapshot = await bench.target.openSnapshot({ collection, scope: {}, jobId, epoch: 1, options: {} });
  await assert.rejects(async () => {
    for await (const piece of snapshot.rows(stop.signal)) {
      assert.ok(piece.length > 0);
      stop.abort(new Error('enough'));
    }
  }, /enough/);
  await snapshot.close();
  const left = await bench.database.pool.query(
    'select from pg_stat_activity where application_name like $1',
    [`waybill/${jobId}/%`],
  );
  assert.equal(left.rowCount, 0);
});

test('a query and a view are exported, in their own order', async () => {
  const query = collectionOf('id:integer', {
    name: 'q',
    key: [],
    target: { kind: 'query', query: 'select id from exported where id < 3;' },
  });
  assert.equal((await exportText({}, { collection: query })).total, 2);
  await bench.database.pool.query('create view shown as select id from exported where id > 1');
  const view = collectionOf('id:integer', { table: 'shown' });
  assert.equal((await exportText({}, { collection: view })).text, '2\n4\n');
  assert.equal((await bench.target.describe(query)).isWritable, false);
});
