import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  NEVER,
  openWriter,
  type Row,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.database.pool.query(`create table uniques (id int primary key, email text, active boolean default true, n numeric unique);
    create unique index by_email on uniques (lower(email)) where active;
    insert into uniques values (1, 'ANN@x', true, 1.0), (2, 'bob@x', false, 2)`);
});
after(() => bench.database.drop());

const collection = collectionOf('id:integer email active:boolean n:number', { table: 'uniques' });

async function probe(rows: readonly Row[]) {
  const { secondaryUniques } = await bench.target.describe(collection);
  const writer = await openWriter(bench.target, { collection });
  try {
    const probes = await writer.probeUniques(await writer.stage(chunkOf(rows), NEVER), NEVER);
    const byName = (name: string) => probes.filter(({ unique }) => secondaryUniques[unique] === name);
    return { emails: byName('by_email'), numbers: byName('uniques_n_key') };
  } finally {
    await writer.close();
  }
}

test('a value is taken when a row with another key holds it, and not by the row itself', async () => {
  const { emails } = await probe([
    ['1', 'Ann@X', 't', null],
    ['3', 'ann@x', 't', null],
    ['4', 'bob@x', 't', null],
  ]);
  assert.deepEqual(
    emails.map(({ record, isTaken }) => [record, isTaken]),
    [
      [1, false],
      [2, true],
      [3, false],
    ],
  );
  // What is refused for the target's sake takes nothing from the row that has the value.
  assert.equal(emails[1]?.hash, undefined);
  assert.notEqual(emails[0]?.hash, emails[2]?.hash);
  assert.match(emails[0]?.hash ?? '', /^[0-9a-f]{32}$/);
});

test('rows outside a partial index and null values have no hash', async () => {
  const { emails, numbers } = await probe([
    ['3', 'ann@x', 'f', null],
    ['4', null, 't', '7'],
  ]);
  assert.deepEqual(
    emails.map(({ hash, isTaken }) => [hash, isTaken]),
    [
      [undefined, false],
      [undefined, false],
    ],
  );
  assert.deepEqual(
    numbers.map(({ hash }) => hash === undefined),
    [true, false],
  );
});

test('absent fields count with the value that the row would have', async () => {
  const { emails } = await probe([
    ['2', undefined, 't', null],
    ['3', 'new@x', undefined, null],
  ]);
  assert.ok(emails.every(({ hash }) => hash !== undefined));
});

test('equal by the type is equal, however it is written', async () => {
  const { numbers } = await probe([
    ['3', 'c', 't', '8.00'],
    ['4', 'd', 't', '8.000'],
    ['1', 'e', 't', '1'],
    ['5', 'f', 't', '1.0'],
  ]);
  assert.equal(numbers[0]?.hash, numbers[1]?.hash);
  assert.notEqual(numbers[0]?.hash, numbers[2]?.hash);
  assert.deepEqual(
    numbers.map(({ isTaken }) => isTaken),
    [false, false, false, true],
  );
});

test('probing writes nothing, and the chunks that are written afterwards are numbered from the start', async () => {
  const job = { collection, jobId: randomUUID() };
  const writer = await openWriter(bench.target, job);
  for (const first of [1, 2, 3]) {
    const rows = [[String(first + 8), `p${first}@x`, 't', String(first + 8)]];
    await writer.probeUniques(await writer.stage(chunkOf(rows, first), NEVER), NEVER);
  }
  const left = await bench.database.pool.query('select from uniques where id > 2');
  assert.equal(left.rowCount, 0);
  await writer.write(await writer.stage(chunkOf([['9', 'z', 't', '9']]), NEVER), NEVER);
  await writer.close();
  const successor = await openWriter(bench.target, { ...job, epoch: 2 });
  assert.equal(successor.summary.chunks, 1);
  const gap = await successor.stage(chunkOf([['10', 'y', 't', '10']], 3), NEVER);
  await assert.rejects(successor.write(gap, NEVER), /must begin at record 2/);
  await successor.close();
});
