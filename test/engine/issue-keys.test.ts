/** The key beside each issue, whoever has found it, and the question for the issues of one record. */

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import type { IssueQuery } from '../../src/actions/issues/list-issues.ts';
import { listIssues } from '../../src/actions/issues/read-issues.ts';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import type { Issue } from '../../src/core/issue.ts';
import type { Job } from '../../src/core/job.ts';
import { getCollection } from '../../src/store/collections.ts';
import { createEngine, type Definition, type Engine, type Finished } from './harness.ts';

const TEXT = { type: 'string' };
const INTEGER = { type: 'integer' };

let engine: Engine;
before(async () => {
  engine = await createEngine({ settings: { maxChunkRecords: 4 } });
  await engine.database.pool.query(`
    create table countries (code text primary key);
    insert into countries values ('de');
    create table people (id bigint primary key, email text unique, country text, age int check (age < 150), tag varchar(3));
    create function refuse() returns trigger language plpgsql as $$
      begin if new.tag = 'no' then raise exception 'not this one' using errcode = '23514'; end if; return null; end $$;
    create trigger refuse after insert on people for each row execute function refuse();
    create table readings (site text, at timestamptz, size numeric(10,2), value int check (value > 0), primary key (site, at, size));
    create table cards (number text primary key, value int check (value > 0))`);
  await engine.apply({
    name: 'countries',
    key: ['code'],
    target: { table: 'countries' },
    schema: { type: 'object', properties: { code: TEXT } },
  });
  await engine.apply(PEOPLE);
  await engine.apply(READINGS);
  await engine.apply(CARDS);
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const PEOPLE: Definition = {
  name: 'people',
  key: ['id'],
  target: { table: 'people' },
  references: [{ field: 'country', collection: 'countries', toField: 'code' }],
  schema: {
    type: 'object',
    properties: {
      id: INTEGER,
      email: TEXT,
      country: TEXT,
      age: INTEGER,
      tag: TEXT,
    },
  },
};

const READINGS: Definition = {
  name: 'readings',
  key: ['site', 'at', 'size'],
  target: { table: 'readings' },
  schema: {
    type: 'object',
    properties: {
      site: TEXT,
      at: { type: 'string', format: 'date-time' },
      size: { type: 'number' },
      value: INTEGER,
    },
  },
};

const CARDS: Definition = {
  name: 'cards',
  key: ['number'],
  target: { table: 'cards' },
  schema: { type: 'object', properties: { number: TEXT, value: INTEGER } },
  fields: { number: { sensitive: true } },
};

/** The records of the ids 1 and 2 are sound, and the first of 12. */
const FILE = [
  'id,email,country,age,tag',
  '1,a@x,de,1,ok',
  '11,b@x,de,old,ok',
  '12,c@x,de,2,ok',
  '12,d@x,de,2,ok',
  '13,taken@x,de,3,ok',
  '14,e@x,zz,4,ok',
  '15,f@x,de,200,ok',
  '16,g@x,de,6,no',
  'none,h@x,de,7,ok',
  '100,i@x,de,8,ok',
  '17,j@x,de,9,four',
  '18,k@x,de,9,ok,more',
  '2,l@x,de,9,ok',
  '',
].join('\n');

async function both(request: { collection: string; file: string; mode?: 'insert' }): Promise<Finished[]> {
  const { file, ...rest } = request;
  const asked = { mode: 'upsert', duplicates: 'error', ...rest } as const;
  const finished: Finished[] = [];
  for (const kind of ['validate', 'import'] as const)
    finished.push(await engine[kind]({ ...asked, source: { upload: await engine.upload(file) } }));
  return finished;
}

const keysOf = (issues: readonly Issue[]) => issues.map(({ record, code, key }) => [record, code, key]);

async function ask(job: Job, key: readonly string[], more: Partial<IssueQuery> = {}): Promise<Issue[]> {
  const { issues } = await listIssues(TOKEN_HOLDER, engine.actions, job.id, { limit: 100, key, ...more });
  return issues as Issue[];
}

test('an issue has the key of its record, whoever has found it', async () => {
  await engine.database.pool.query(
    "delete from people; insert into people values (100, 'taken@x', 'de', 1, 'ok')",
  );
  const [validation, imported] = await both({ collection: 'people', file: FILE, mode: 'insert' });
  const expected = [
    [2, 'field.not_integer', ['11']],
    [4, 'key.duplicate', ['12']],
    [5, 'unique.conflict', ['13']],
    [6, 'reference.not_found', ['14']],
    [7, 'check.violated', ['15']],
    [8, 'database.refused', ['16']],
    [9, 'field.not_integer', undefined],
    [10, 'key.exists', ['100']],
    [11, 'field.too_long', ['17']],
    [12, 'record.ragged_long', undefined],
  ];
  assert.deepEqual(keysOf(imported?.issues ?? []), expected);
  assert.deepEqual(
    keysOf(validation?.issues ?? []),
    expected.filter(([, code]) => code !== 'database.refused'),
  );
  for (const { job } of [validation, imported].flatMap((one) => one ?? [])) {
    assert.deepEqual(keysOf(await ask(job, ['14'])), [[6, 'reference.not_found', ['14']]]);
    assert.deepEqual(keysOf(await ask(job, ['012'])), expected.slice(1, 2), 'whatever its zeros');
    assert.deepEqual(await ask(job, ['1']), []);
    assert.equal((await ask(job, ['12'], { record: '4-' })).length, 1);
    assert.equal((await ask(job, ['12'], { record: '5-' })).length, 0);
  }
});

test('a key of several fields is asked for in its order, and its values count, not how they are written', async () => {
  const file =
    'site,at,size,value\neu,2024-01-02T03:04:05+02:00,1.5,x\neu,2024-01-02T03:04:05+02:00,2.5,0\nus,2024-01-02T03:04:05Z,1.5,0\n';
  for (const { job, issues } of await both({ collection: 'readings', file })) {
    assert.deepEqual(
      issues.map(({ code, key }) => [code, key?.[0], Number(key?.[2])]),
      [
        ['field.not_integer', 'eu', 1.5],
        ['check.violated', 'eu', 2.5],
        ['check.violated', 'us', 1.5],
      ],
    );
    for (const [size, record] of [
      ['1.50', 1],
      ['2.5', 2],
    ] as const) {
      const found = await ask(job, ['eu', '2024-01-02T01:04:05Z', size]);
      assert.deepEqual(
        found.map((issue) => issue.record),
        [record],
      );
    }
    await assert.rejects(ask(job, ['eu', '1.5']), {
      code: 'request.invalid',
      message: 'The key of collection readings is site, at, size: give "key" 3 times, in this order, got 2.',
    });
  }
});

const KEY_TYPES: readonly [
  sqlType: string,
  schema: object,
  key: string,
  asked: readonly string[],
  not: readonly string[],
][] = [
  ['bigint', INTEGER, '1', ['1', '01', '+1'], ['11', 'x', '1.5']],
  ['numeric', { type: 'number' }, '1.50', ['1.5', '01.500', '1.5e0'], ['1.05', '15']],
  ['numeric(6,2)', { type: 'number' }, '1.5', ['1.5', '1.50'], ['1.05']],
  ['real', { type: 'number' }, '0.1', ['0.1', '0.10', '0.10000000149011612'], ['0.2']],
  ['float8', { type: 'number' }, '1e20', ['100000000000000000000', '1e20', '1E+20'], ['1e21']],
  ['citext', TEXT, 'Ann', ['ann', 'ANN'], ['an']],
  ['char(5)', TEXT, 'ab', ['ab', 'ab   '], ['AB', ' ab']],
  [
    'uuid',
    { type: 'string', format: 'uuid' },
    'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
    ['A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'],
    ['x'],
  ],
  ['date', { type: 'string', format: 'date' }, '2024-01-31', ['2024-01-31'], ['2024-01-30']],
  [
    'timestamptz',
    { type: 'string', format: 'date-time' },
    '2024-01-02T03:04:05Z',
    ['2024-01-02T05:04:05+02:00'],
    ['2024-01-02T03:04:06Z'],
  ],
  ['boolean', { type: 'boolean' }, 'true', ['true'], ['false']],
  ['text', TEXT, '01', ['01'], ['1', ' 01']],
  ['text', TEXT, 'é', ['é'], ['e\u0301']],
];

for (const [at, [sqlType, schema, key, asked, not]] of KEY_TYPES.entries()) {
  test(`a key in a column of ${sqlType}, declared as ${JSON.stringify(schema)}, is found by its value`, async () => {
    await engine.database.pool.query(
      `create extension if not exists citext; create table kt${at} (k ${sqlType} primary key, value int check (value > 0))`,
    );
    const properties = { k: schema, value: INTEGER };
    await engine.apply({
      name: `kt${at}`,
      key: ['k'],
      target: { table: `kt${at}` },
      schema: { type: 'object', properties },
    });
    // One that the judge finds and one that the database does.
    for (const { job, issues } of [
      ...(await both({ collection: `kt${at}`, file: `k,value\n${key},x\n` })),
      ...(await both({ collection: `kt${at}`, file: `k,value\n${key},0\n` })),
    ]) {
      assert.equal(issues.length, 1);
      for (const one of [key, ...asked]) assert.equal((await ask(job, [one])).length, 1, one);
      for (const one of not) assert.deepEqual(await ask(job, [one]), [], one);
    }
  });
}

test('a sensitive key stands beside no issue, and cannot be asked for', async () => {
  const file = 'number,value\n4111,x\n4222,0\n';
  for (const { job, issues } of await both({ collection: 'cards', file })) {
    assert.deepEqual(keysOf(issues), [
      [1, 'field.not_integer', undefined],
      [2, 'check.violated', undefined],
    ]);
    await assert.rejects(ask(job, ['4111']), { code: 'request.invalid', message: /number\) is sensitive/ });
  }
});

test('the final merge of a job that is staged names the keys too', async () => {
  const file = 'id,email,country,age,tag\n31,m@x,de,1,ok\n32,n@x,de,1,no\n';
  const { job, issues } = await engine.import({
    collection: 'people',
    source: { upload: await engine.upload(file) },
    atomicity: 'all',
  });
  assert.equal(job.state, 'failed');
  assert.deepEqual(keysOf(issues), [[2, 'database.refused', ['32']]]);
});

test('retention takes the keys out with the values', async () => {
  await engine.database.pool.query('delete from people');
  const { job } = await engine.import({
    collection: 'people',
    source: { upload: await engine.upload('id,email,country,age,tag\n21,o@x,de,x,ok\n22,p@x,zz,1,ok\n') },
  });
  assert.deepEqual(keysOf(await ask(job, ['22'])), [[2, 'reference.not_found', ['22']]]);
  const { definition } = await getCollection(engine.database.pool, 'people');
  await engine.worker.targetOf(parseCollection(definition)).forgetValues(job.id);
  assert.deepEqual(await ask(job, ['22']), []);
  const { issues } = await listIssues(TOKEN_HOLDER, engine.actions, job.id, { limit: 100 });
  assert.deepEqual(
    (issues as Issue[]).map((issue) => [issue.record, 'key' in issue]),
    [
      [1, false],
      [2, false],
    ],
  );
});
