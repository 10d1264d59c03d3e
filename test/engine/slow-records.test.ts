/** Records that each take long to be judged, just below what one may: progress shows and wishes are obeyed as with any others. */

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

const RECORDS = 1000;
/** Each of them is compared with each item: a large part of the steps that such a value may take. */
const ALTERNATIVES = 300;
const ITEMS = 1500;

let engine: Engine;
let folder: string;
let upload: string;
before(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'waybill-slow-'));
  await writeFile(join(folder, 'nothing.mjs'), 'export const validate = async () => [];');
  const list = `[${Array.from({ length: ITEMS }, (_, index) => index + ALTERNATIVES).join()}]`;
  const lines = Array.from({ length: RECORDS }, (_, index) => `{"id":${index + 1},"list":${list}}\n`);
  upload = await engine.upload(lines.join(''));
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
  await rm(folder, { recursive: true });
});

async function make(name: string, validators: readonly string[]): Promise<void> {
  const alternatives = Array.from({ length: ALTERNATIVES }, (_, index) => ({ const: index }));
  const items = { anyOf: [...alternatives, { type: 'integer' }] };
  await engine.apply({
    name,
    key: ['id'],
    schema: { type: 'object', properties: { id: { type: 'integer' }, list: { type: 'array', items } } },
    validators,
  });
}

for (const validators of [[], ['nothing']]) {
  test(`slow records ${validators.length > 0 ? 'behind own code ' : ''}show as they are judged, and a cancel is obeyed`, async () => {
    const name = `slow${validators.length}`;
    await make(name, validators);
    const { job } = await startImport(engine, 'import', { collection: name, source: { upload } });
    const attempt = engine.attempt(job, { validators: { nothing: join(folder, 'nothing.mjs') } });
    const { pool } = engine.database;
    const ledger = async () => {
      const { rows } = await pool.query<{ first: number; last: number }>(
        'select first_record::int as first, last_record::int as last from waybill_ledger.ledger where job_id = $1 order by first_record',
        [job.id],
      );
      return rows;
    };
    await waitUntil('two chunks are written', async () => (await ledger()).length >= 2, 60_000);
    const chunks = await ledger();
    assert.ok((chunks.at(-1)?.last ?? 0) < RECORDS / 2, JSON.stringify(chunks));
    const askedAt = performance.now();
    await cancelJob(pool, job.id);
    const ended = await attempt;
    const tookMs = performance.now() - askedAt;
    assert.equal(ended.state, 'cancelled');
    assert.deepEqual(Object.keys(countsOf(ended)), ['created']);
    assert.ok((countsOf(ended)['created'] ?? 0) >= (chunks.at(-1)?.last ?? 0));
    assert.ok(tookMs < 4000, `it took ${tookMs} ms, its report included`);
  });
}
