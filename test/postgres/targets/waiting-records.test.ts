/** Records that wait for later ones of their file, across attempts, roles and what others do meanwhile. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import { connectClient } from '../../../src/store/connect.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  NEVER,
  nonZero,
  openWriter,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
});
after(() => bench.database.drop());

const CHUNKS = [
  chunkOf([
    ['kid', 'dad'],
    ['pet', 'kid'],
    ['old', null],
  ]),
  chunkOf([['dad', 'old']], 4),
] as const;

async function makeTable(table: string): Promise<void> {
  await bench.database.pool.query(
    `create table ${table} (name text primary key, boss text constraint ${table}_boss references ${table})`,
  );
}

async function bosses(table: string): Promise<unknown[]> {
  const { rows } = await bench.database.pool.query({
    text: `select name, boss from ${table} order by name`,
    rowMode: 'array',
  });
  return rows;
}

test('what waits survives the attempt that staged it, and is merged once', async () => {
  await makeTable('waits');
  const job = {
    jobId: randomUUID(),
    collection: collectionOf('name boss', { table: 'waits', key: ['name'] }),
    mode: 'insert',
  } as const;
  const first = await openWriter(bench.target, job);
  const outcome = await first.write(await first.stage(CHUNKS[0], NEVER), NEVER);
  assert.deepEqual(nonZero(outcome.counts), { created: 1 });
  await first.close();
  assert.deepEqual(await bosses('waits'), [['old', null]]);

  const second = await openWriter(bench.target, { ...job, epoch: 2 });
  assert.deepEqual([second.summary.staged, second.summary.lastRecord], [2, 3]);
  await second.write(await second.stage(CHUNKS[1], NEVER), NEVER);
  for (let again = 0; again < 2; again += 1)
    assert.deepEqual(nonZero(await second.commit(NEVER)), { created: 4 });
  await second.close();
  const third = await openWriter(bench.target, { ...job, epoch: 3 });
  assert.deepEqual([third.summary.staged, third.summary.isCommitted], [0, true]);
  assert.deepEqual(nonZero(await third.commit(NEVER)), { created: 4 });
  await third.discard();
  await third.close();
  assert.deepEqual(await bosses('waits'), [
    ['dad', 'old'],
    ['kid', 'dad'],
    ['old', null],
    ['pet', 'kid'],
  ]);
});

test('where the record that was waited for does not come, only those that wait are rejected', async () => {
  await makeTable('orphans');
  const job = {
    jobId: randomUUID(),
    collection: collectionOf('name boss', { table: 'orphans', key: ['name'] }),
  };
  const writer = await openWriter(bench.target, job);
  await writer.write(await writer.stage(CHUNKS[0], NEVER), NEVER);
  assert.deepEqual(nonZero(await writer.commit(NEVER)), { created: 1, rejected: 2 });
  await writer.close();
  for await (const { issues } of bench.target.issueSegments({ jobId: job.jobId, part: 0 })) {
    assert.deepEqual(
      issues.map(({ record, code, params }) => [record, code, params['constraint']]),
      [
        [1, 'database.refused', 'orphans_boss'],
        [2, 'database.refused', 'orphans_boss'],
      ],
    );
  }
});

test('a job that writes in a role finds, stages and merges what waits in that role', async () => {
  await makeTable('roled');
  const role = `writer_${randomUUID().slice(0, 8)}`;
  const admin = await connectClient(bench.database.adminUrl, { applicationName: 'test' });
  try {
    await admin.query(`
      create role ${role} nologin; grant ${role} to waybill_test; grant select, insert, update on roled to ${role};
      grant usage on schema public to ${role}`);
    const collection = collectionOf('name boss', {
      table: 'roled',
      key: ['name'],
      session: { role, settings: {} },
    });
    const writer = await openWriter(bench.target, { collection });
    await writer.probeReferences?.(await writer.stage(CHUNKS[0], NEVER), NEVER);
    assert.deepEqual(await writer.missingReferences?.(0, NEVER), [
      { record: 1, reference: 0, isRejected: false },
      { record: 2, reference: 0, isRejected: true },
    ]);
    for (const chunk of CHUNKS) await writer.write(await writer.stage(chunk, NEVER), NEVER);
    assert.deepEqual(nonZero(await writer.commit(NEVER)), { created: 4 });
    await writer.close();
  } finally {
    await admin.end();
  }
});
