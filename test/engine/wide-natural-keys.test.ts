/** References by natural key where a record does not fit into a row of the staging table. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { countsOf, type Engine } from './harness.ts';
import { maybe, openShop, type Shop, text } from './shop.ts';

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
    const imported = await shop.bothWays('wide', file, { scope: {}, atomicity });
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
  const { job } = await shop.bothWays('wide', right.join('\n'), { scope: {}, atomicity: 'all' });
  assert.deepEqual(countsOf(job), { unchanged: 2 });
  const { rows } = await engine.database.pool.query(
    'select w.id, code, c460 from shop.wide w join shop.categories c on c.id = category_id order by 1',
  );
  assert.deepEqual(rows, [
    { id: 1, code: 'SEAT', c460: 'c460 of 1' },
    { id: 3, code: 'OTHERS', c460: 'c460 of 3' },
  ]);
});
