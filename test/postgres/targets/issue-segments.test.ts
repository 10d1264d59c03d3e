/** Which chunks of the ledger are read for the issues of some records. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { after, before, test } from 'node:test';
import type { SegmentQuery } from '../../../src/targets/target.ts';
import { collect, createTargetBench, type TargetBench } from './target-harness.ts';

const FINAL_PLACE = 2_147_483_647;
const jobId = randomUUID();
let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.target.ensureLedger();
  // Ten records to a chunk, each with an issue in its second one; chunk 2 has none; the final merge found one more, in record 3.
  for (const [chunk, record] of [
    [0, 2],
    [1, 12],
    [2, undefined],
    [3, 32],
    [-1, 3],
  ] as const) {
    const found = record === undefined ? null : JSON.stringify([findingOf(record)]);
    await bench.database.pool.query(
      `insert into waybill_ledger.ledger (job_id, part, chunk, epoch, first_record, last_record, start_byte, end_byte, end_line,
         skipped, issue_count, found)
       select $1, 0, c, 1, greatest(c, 0) * 10 + 1, greatest(c, 0) * 10 + 10, 0, 0, 1, case when c >= 0 then 10 else 0 end, $3, $4
       from cast($2 as integer) c`,
      [jobId, chunk, record === undefined ? 0 : 1, found],
    );
  }
});
after(() => bench.database.drop());

function findingOf(record: number): object {
  return {
    record,
    line: record,
    start: 0,
    bytes: 1,
    code: 'unique.conflict',
    params: {},
    field: null,
    value: null,
  };
}

async function read(query: Omit<SegmentQuery, 'jobId' | 'part'>): Promise<[number, number][]> {
  const segments = await collect(bench.target.issueSegments({ jobId, part: 0, ...query }));
  return segments.flatMap(({ chunk, issues }) =>
    issues.map(({ record }): [number, number] => [chunk, record]),
  );
}

test('chunks come in order, the final merge last, and nothing twice behind a cursor', async () => {
  assert.deepEqual(await read({}), [
    [0, 2],
    [1, 12],
    [3, 32],
    [FINAL_PLACE, 3],
  ]);
  assert.deepEqual(await read({ afterChunk: 1 }), [
    [3, 32],
    [FINAL_PLACE, 3],
  ]);
  assert.deepEqual(await read({ afterChunk: FINAL_PLACE }), []);
});

test('a range of records leads to its chunks alone, and to the final merge, which may be of any record', async () => {
  assert.deepEqual(await read({ records: { from: 11, to: 20 } }), [
    [1, 12],
    [FINAL_PLACE, 3],
  ]);
  assert.deepEqual(await read({ records: { from: 20, to: Number.MAX_SAFE_INTEGER } }), [
    [1, 12],
    [3, 32],
    [FINAL_PLACE, 3],
  ]);
});
