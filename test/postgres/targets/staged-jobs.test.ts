import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import {
  chunkOf,
  collect,
  collectionOf,
  createTargetBench,
  ledgerCounts,
  NEVER,
  nonZero,
  openWriter,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

async function prepared(name: string, rows: string) {
  await bench.database.pool.query(`create table ${name} (id int primary key, name text, account_id int default 1);
    insert into ${name} values ${rows}`);
  return collectionOf('id:integer name', { table: name });
}

async function idsOf(name: string): Promise<number[]> {
  const result = await bench.database.pool.query<{ id: number }>(`select id from ${name} order by id`);
  return result.rows.map(({ id }) => id);
}

const REJECTED = {
  rejectedRecords: [2],
  issues: [
    {
      severity: 'error',
      code: 'field.missing',
      params: {},
      record: 2,
      line: 3,
      byteOffset: 20,
      byteLength: 10,
    },
  ],
} as const;

test('atomicity all lands everything at the end, and nothing is visible before', async () => {
  const collection = await prepared('whole', `(1, 'a'), (2, 'old')`);
  const job = { collection, atomicity: 'all' as const, jobId: randomUUID() };
  const writer = await openWriter(bench.target, job);
  for (const chunk of [
    chunkOf([
      ['1', 'a'],
      ['2', 'new'],
    ]),
    chunkOf([['3', 'c']], 3),
  ]) {
    const outcome = await writer.write(await writer.stage(chunk, NEVER), NEVER);
    assert.deepEqual(nonZero(outcome.counts), {});
  }
  assert.deepEqual(await idsOf('whole'), [1, 2]);
  assert.deepEqual(nonZero(await writer.commit(NEVER)), { created: 1, updated: 1, unchanged: 1 });
  assert.deepEqual(nonZero(await writer.commit(NEVER)), { created: 1, updated: 1, unchanged: 1 });
  assert.deepEqual(await idsOf('whole'), [1, 2, 3]);
  await writer.close();
  const successor = await openWriter(bench.target, { ...job, epoch: 2 });
  assert.equal(successor.summary.isCommitted, true);
  assert.equal(successor.summary.staged, 0);
  assert.equal(successor.summary.lastRecord, 3);
  await successor.discard();
  await successor.close();
  const left = await bench.database.pool.query(`select from pg_class where relname like 'stage\\_%'`);
  assert.equal(left.rowCount, 0);
});

test('atomicity all applies nothing when a record was rejected before or is refused at the end', async () => {
  const collection = await prepared('nothing', `(1, 'a')`);
  await bench.database.pool.query(`alter table nothing add check (name <> 'bad') not valid;
    create function refuse_ugly() returns trigger language plpgsql as
      $$ begin if new.name = 'ugly' then raise exception 'ugly'; end if; return new; end $$;
    create trigger ugly after insert or update on nothing for each row execute function refuse_ugly()`);
  for (const bad of ['bad', 'ugly']) {
    const job = { collection, atomicity: 'all' as const, jobId: randomUUID() };
    await assert.rejects(
      runJob(bench.target, job, [
        chunkOf([
          ['1', 'A'],
          ['2', bad],
          ['3', 'c'],
        ]),
      ]),
      {
        code: 'job.not_all_accepted',
      },
    );
    assert.deepEqual(nonZero(await ledgerCounts(bench.target, job)), { skipped: 2, rejected: 1 });
    const segments = await collect(bench.target.issueSegments({ jobId: job.jobId, part: 0 }));
    assert.deepEqual(
      segments.flatMap(({ issues }) => issues.map(({ record }) => record)),
      [2],
    );
  }
  assert.deepEqual((await bench.database.pool.query('select id, name from nothing')).rows, [
    { id: 1, name: 'a' },
  ]);
});

test('replace deletes what the file does not name, last, and only inside the scope', async () => {
  const collection = {
    ...(await prepared('replaced', `(1, 'a', 1), (2, 'b', 1), (3, 'c', 1), (4, 'd', 2)`)),
    scope: ['account_id'],
  };
  const result = await runJob(bench.target, { collection, mode: 'replace', scope: { account_id: '1' } }, [
    chunkOf([
      ['1', 'a'],
      ['2', 'B'],
      ['5', 'e'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { created: 1, updated: 1, unchanged: 1, removed: 1 });
  assert.deepEqual(await idsOf('replaced'), [1, 2, 4, 5]);
});

test('replace changes nothing after rejections, on an empty source, and beyond maxDeletes, unless allowed', async () => {
  const collection = await prepared('kept', `(1, 'a'), (2, 'b'), (3, 'c')`);
  const job = { collection, mode: 'replace' as const };
  const refused = { code: 'job.replace_refused' };
  const rejecting = () => [chunkOf([['1', 'A']], 1, REJECTED)];
  await assert.rejects(runJob(bench.target, job, rejecting()), refused);
  await assert.rejects(runJob(bench.target, job, []), refused);
  await assert.rejects(runJob(bench.target, { ...job, maxDeletes: 1 }, [chunkOf([['1', 'A']])]), refused);
  // The rejected record's key is not known, so any row could be the one it names.
  await assert.rejects(runJob(bench.target, { ...job, replaceDespiteErrors: true }, rejecting()), refused);
  assert.deepEqual((await bench.database.pool.query(`select name from kept order by id`)).rows, [
    { name: 'a' },
    { name: 'b' },
    { name: 'c' },
  ]);
  for (const replaceDespiteErrors of [false, true]) {
    const whole = { ...job, atomicity: 'all' as const, replaceDespiteErrors };
    await assert.rejects(runJob(bench.target, whole, rejecting()), { code: 'job.not_all_accepted' });
    await assert.rejects(runJob(bench.target, whole, []), refused);
  }
  const known = [chunkOf([['1', 'A']], 1, { ...REJECTED, rejectedKeys: [['2']] })];
  const allowed = await runJob(bench.target, { ...job, replaceDespiteErrors: true }, known);
  assert.deepEqual(nonZero(allowed.counts), { updated: 1, rejected: 1, removed: 1 });
  assert.deepEqual(await idsOf('kept'), [1, 2]);
  const emptied = await runJob(bench.target, { ...job, replaceByNothing: true }, []);
  assert.deepEqual(nonZero(emptied.counts), { removed: 2 });
});

test('replace never deletes the key of a record that the target itself rejects', async () => {
  const collection = await prepared('judged_replace', `(1, 'a'), (2, 'b'), (3, 'c')`);
  await bench.database.pool.query(`alter table judged_replace add check (name <> 'bad')`);
  const result = await runJob(bench.target, { collection, mode: 'replace', replaceDespiteErrors: true }, [
    chunkOf([
      ['1', 'a'],
      ['2', 'bad'],
    ]),
  ]);
  assert.deepEqual(nonZero(result.counts), { unchanged: 1, rejected: 1, removed: 1 });
  assert.deepEqual(await idsOf('judged_replace'), [1, 2]);
});
