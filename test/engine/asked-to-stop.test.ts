/** What people ask of a job while its own code takes long, or for ever. */

import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { cancelJob, pauseJob } from '../../src/store/jobs/intentions.ts';
import { patienceOf } from '../support/patience.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';
import { startImport } from './start-jobs.ts';

let engine: Engine;
let folder: string;
before(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'waybill-asked-'));
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
  await rm(folder, { recursive: true });
});

const FILE = 'id,name\n1,ada\n2,bob\n3,eve\n4,kim\n';

/** A job whose records go through one validator. */
async function accept(name: string, validator: string): Promise<Job> {
  await engine.database.pool.query(`create table ${name} (id bigint primary key, name text)`);
  await engine.apply({
    name,
    key: ['id'],
    target: { table: name },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } },
    validators: [validator],
  });
  const source = { upload: await engine.upload(FILE) };
  const accepted = await startImport(engine, 'import', { collection: name, source });
  return accepted.job;
}

const ENDLESS: readonly [name: string, code: string][] = [
  ['never_settles', 'await new Promise(() => {});'],
  ['spins', 'for (;;);'],
];

for (const [name, code] of ENDLESS) {
  for (const ask of [cancelJob, pauseJob]) {
    const asked = ask === cancelJob ? 'cancelled' : 'paused';
    test(`a job whose own code ${name.replace('_', ' ')} can be ${asked}, and keeps what was written`, {
      timeout: patienceOf(20_000),
    }, async () => {
      const path = join(folder, `${name}.mjs`);
      const here = join(folder, `${name}-${asked}-here`);
      await writeFile(
        path,
        `import { writeFileSync } from 'node:fs';
         export async function validate(records) {
           if (!records.some(({ id }) => id === '3')) return [];
           writeFileSync(${JSON.stringify(here)}, '');
           ${code}
         }`,
      );
      const job = await accept(`${name}_${asked}`, name);
      const attempt = engine.attempt(job, { maxChunkRecords: 2, validators: { [name]: path } });
      await waitUntil('own code has the second chunk, and the first is written', async () => {
        const { rowCount } = await engine.database.pool.query(
          'select from waybill_ledger.ledger where job_id = $1',
          [job.id],
        );
        return rowCount === 1 && existsSync(here);
      });
      const askedAt = performance.now();
      await ask(engine.database.pool, job.id);
      const ended = await attempt;
      assert.deepEqual([ended.state, countsOf(ended)], [asked, { created: 2 }]);
      assert.ok(performance.now() - askedAt < 4000);
    });
  }
}

test('no file of a job is lost to the garbage collector while own code never settles', {
  timeout: patienceOf(20_000),
}, async () => {
  const [path, collected, warned] = ['collects.mjs', 'collected', 'warned'].map((name) => join(folder, name));
  await writeFile(
    String(path),
    `import { appendFileSync } from 'node:fs';
     import { setFlagsFromString } from 'node:v8';
     import { runInNewContext } from 'node:vm';
     setFlagsFromString('--expose-gc');
     const collect = runInNewContext('gc');
     export async function validate() {
       process.on('warning', ({ message }) => appendFileSync(${JSON.stringify(warned)}, message));
       let rounds = 0;
       const timer = setInterval(() => {
         collect();
         rounds += 1;
         if (rounds === 10) appendFileSync(${JSON.stringify(collected)}, '');
       }, 10);
       await new Promise(() => {});
       clearInterval(timer);
     }`,
  );
  const job = await accept('collects', 'collects');
  const attempt = engine.attempt(job, { validators: { collects: String(path) } });
  await waitUntil('the garbage was collected', async () => existsSync(String(collected)));
  await cancelJob(engine.database.pool, job.id);
  assert.equal((await attempt).state, 'cancelled');
  assert.equal(existsSync(String(warned)) ? readFileSync(String(warned), 'utf8') : '', '');
});
