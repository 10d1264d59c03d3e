/** A module of one's own as the target: what it says is counted, what it throws is told, and after a crash the same records come again. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import type { Job } from '../../src/core/job.ts';
import { acceptImport } from '../../src/http/kick-off/accept-kick-off.ts';
import type { ImportRequest } from '../../src/http/kick-off/request.ts';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

/** Each keeps what it is given in a file of its own, then does what its name says. `folder` and `name` are declared before. */
const MODULES: Readonly<Record<string, string>> = {
  // The name of a record is what becomes of it.
  stores: `return records.map(({ values }) => values.name.startsWith('no: ') ? { rejected: values.name.slice(4) } : values.name);`,
  // Holds the first batch that has record 3 until the test lets it go.
  waits: `if (records.some(({ number }) => number === 3) && !existsSync(folder + '/here')) {
      writeFileSync(folder + '/here', '');
      while (!existsSync(folder + '/go')) await new Promise((resolve) => setTimeout(resolve, 5));
    }
    return records.map(() => 'created');`,
  fails_once: `if (records.some(({ number }) => number === 3) && !existsSync(folder + '/failed')) {
      writeFileSync(folder + '/failed', '');
      throw new TypeError('no such thing');
    }
    return records.map(() => 'created');`,
  throws_nothing: 'throw undefined;',
  cannot_connect: `throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:443'), { code: 'ECONNREFUSED' });`,
  misses_a_file: `throw Object.assign(new Error('ENOENT: no such file'), { code: 'ENOENT' });`,
  says_too_little: `return records.slice(1).map(() => 'created');`,
  says_too_much: `return [...records, undefined].map(() => 'created');`,
  says_nothing: '',
  says_inserted: `return records.map(() => 'inserted');`,
  says_rejected: `return records.map(() => 'rejected');`,
  gives_no_reason: `return records.map(() => ({ rejected: true }));`,
  leaves_holes: 'return new Array(records.length);',
  hangs: `return new Promise(() => {});`,
  obeys: `return new Promise((_, reject) => context.signal.addEventListener('abort', () => reject(context.signal.reason)));`,
};

let engine: Engine;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-module-target-'));
  const targetModules: Record<string, string> = {};
  for (const [name, body] of Object.entries(MODULES)) {
    const path = join(folder, `${name}.mjs`);
    await writeFile(
      path,
      `import { appendFileSync, existsSync, writeFileSync } from 'node:fs';
       const folder = ${JSON.stringify(folder)};
       export async function write(records, context) {
         const { signal, ...told } = context;
         for (const record of records) appendFileSync(folder + '/${name}.jsonl', JSON.stringify({ ...record, told }) + '\\n');
         ${body}
       }`,
    );
    targetModules[name] = path;
  }
  engine = await createEngine({ targetModules });
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
  await rm(folder, { recursive: true });
});

interface Given {
  readonly idempotencyKey: string;
  readonly number: number;
  readonly values: Readonly<Record<string, string | null>>;
  readonly told: Readonly<Record<string, unknown>>;
}

/** What the module was given so far. */
async function given(module: string): Promise<Given[]> {
  const path = join(folder, `${module}.jsonl`);
  if (!existsSync(path)) return [];
  const lines = (await readFile(path, 'utf8')).trimEnd().split('\n');
  return lines.map((line) => JSON.parse(line) as Given);
}

async function request(module: string, text: string): Promise<ImportRequest & { collection: string }> {
  await engine.apply({
    name: module,
    key: ['id'],
    target: { module },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        name: { type: 'string', minLength: 2 },
        note: { type: ['string', 'null'] },
      },
    },
  });
  return { collection: module, source: { upload: await engine.upload(text) } };
}

const FOUR = 'id,name\n10,ann\n20,bob\n30,cid\n40,dot\n';
const BY_TWO = { maxChunkRecords: 2 };

async function accept(module: string): Promise<Job> {
  return (await acceptImport(engine.http, 'import', await request(module, FOUR), undefined)).job;
}

async function ledgerOf(job: Job): Promise<unknown[]> {
  const { rows } = await engine.database.pool.query(
    'select chunk, epoch, created::int from waybill_ledger.ledger where job_id = $1 order by chunk',
    [job.id],
  );
  return rows;
}

/** The wait before the next attempt is not what is tested. */
async function forgetWait(job: Job): Promise<void> {
  await engine.database.pool.query('update waybill.jobs set not_before = null where id = $1', [job.id]);
}

test('each record counts as what the module says, and a rejected one is an issue and a failed row', async () => {
  const names = ['created', 'updated', 'unchanged', 'deleted', 'skipped', 'no: too heavy', 'x', 'created'];
  const lines = names.map((name, index) => `${index + 1},${name}\n`).join('');
  const { job, issues } = await engine.import(await request('stores', `id,name\n${lines}`), {
    maxChunkRecords: 3,
  });
  assert.equal(job.state, 'succeeded');
  assert.deepEqual(countsOf(job), {
    created: 2,
    updated: 1,
    unchanged: 1,
    deleted: 1,
    skipped: 1,
    rejected: 2,
  });
  assert.deepEqual(
    issues.map(({ record, line, code, params }) => ({ record, line, code, params })),
    [
      { record: 6, line: 7, code: 'custom.rejected', params: { reason: 'too heavy' } },
      { record: 7, line: 8, code: 'field.too_short', params: { minimum: 2 } },
    ],
  );
  const failed = (await engine.artifact(job, 'failed.csv')).toString().split('\n');
  assert.match(failed[1] ?? '', /,6,.*too heavy,6,no: too heavy$/);
  assert.match(failed[2] ?? '', /,7,.*,7,x$/);
});

test('the module is given canonical values, the number, a key, and what the job is about', async () => {
  const before = (await given('stores')).length;
  const { job } = await engine.import({
    ...(await request('stores', '{"id":1,"name":"created"}\n{"id":2.0,"name":"created","note":null}\n')),
    mode: 'insert',
  });
  assert.equal(job.state, 'succeeded');
  const told = { jobId: job.id, collection: 'stores', mode: 'insert', scope: {} };
  assert.deepEqual((await given('stores')).slice(before), [
    // A field that the record does not have is undefined, which JSON leaves out.
    { idempotencyKey: `${job.id}/0/1`, number: 1, values: { id: '1', name: 'created' }, told },
    { idempotencyKey: `${job.id}/0/2`, number: 2, values: { id: '2', name: 'created', note: null }, told },
  ]);
});

test('an accepted record with a warning counts as warned, in a validation too, which gives the module nothing', async () => {
  const warns = join(folder, 'warns.mjs');
  await writeFile(
    warns,
    `export const validate = (records) => records.flatMap(({ id }, index) =>
       id === '2' || id === '3' ? [{ index, severity: 'warning', message: 'odd' }] : []);`,
  );
  await engine.apply({
    name: 'warned',
    key: ['id'],
    target: { module: 'stores' },
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, name: { type: 'string', minLength: 2 } },
    },
    validators: ['warns'],
  });
  const upload = await engine.upload('id,name\n1,created\n2,updated\n3,x\n');
  const settings = { validators: { warns } };
  const before = (await given('stores')).length;
  const validation = await engine.validate({ collection: 'warned', source: { upload } }, settings);
  assert.equal((await given('stores')).length, before);
  assert.deepEqual(countsOf(validation.job), { skipped: 2, rejected: 1, warned: 1 });
  const imported = await engine.import({ collection: 'warned', source: { upload } }, settings);
  assert.deepEqual(countsOf(imported.job), { created: 1, updated: 1, rejected: 1, warned: 1 });
  assert.deepEqual(validation.issues, imported.issues);
});

test('a module that throws fails the job, which goes on where it was when it is retried', async () => {
  const failed = await engine.attempt(await accept('fails_once'), BY_TWO);
  assert.equal(failed.state, 'failed');
  assert.deepEqual(failed.failure && { ...failed.failure, message: '' }, {
    code: 'module.failed',
    message: '',
    retryable: true,
  });
  assert.match(failed.failure?.message ?? '', /"write" of .*fails_once\.mjs threw: no such thing/);
  assert.deepEqual(countsOf(failed), { created: 2 });
  const ended = await engine.retry(failed);
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 4 }]);
  const numbers = (await given('fails_once')).map(({ number }) => number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 3, 4]);
});

test('a connection that fails in a module has the job wait and try again by itself', async () => {
  const job = await engine.attempt(await accept('cannot_connect'));
  assert.deepEqual([job.state, job.reason], ['queued', 'transient']);
});

const BROKEN: readonly [module: string, message: RegExp][] = [
  ['throws_nothing', /"write" of .* threw: undefined/],
  ['misses_a_file', /threw: ENOENT/],
  ['says_too_little', /3 outcomes for 4 records/],
  ['says_too_much', /5 outcomes for 4 records/],
  ['says_nothing', /expected a list of outcomes, got undefined/],
  ['says_inserted', /outcome 0 is "inserted"; expected one of created, updated/],
  ['says_rejected', /outcome 0 is "rejected"; expected .*\{ rejected: 'why' \}/],
  ['gives_no_reason', /outcome 0 is rejected for true; expected a reason as text/],
  ['leaves_holes', /outcome 0 is undefined/],
];

for (const [module, message] of BROKEN) {
  test(`a module that ${module.replaceAll('_', ' ')} fails the job with what it did`, async () => {
    const { job } = await engine.import(await request(module, FOUR));
    assert.deepEqual([job.state, job.failure?.code], ['failed', 'module.failed'], job.failure?.message);
    assert.match(job.failure?.message ?? '', message);
    assert.deepEqual(countsOf(job), {});
  });
}

for (const options of [{ mode: 'replace' }, { atomicity: 'all' }] as const) {
  test(`${Object.entries(options).flat().join(' ')} is refused, by a validation too, before anything is given`, async () => {
    const asked = { ...(await request('stores', FOUR)), ...options };
    const before = (await given('stores')).length;
    for (const { job } of [await engine.import(asked), await engine.validate(asked)]) {
      assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.unsupported']);
    }
    assert.equal((await given('stores')).length, before);
  });
}

test('an export of what a module has stored is refused', async () => {
  await request('stores', FOUR);
  const { job } = await engine.export({ collection: 'stores' });
  assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.unsupported']);
});

/** Runs an attempt until the module holds its second chunk, and lets the module go on after `event`. */
async function whileGiven(job: Job, event: () => Promise<unknown>): Promise<Job> {
  for (const name of ['here', 'go']) await rm(join(folder, name), { force: true });
  const attempt = engine.attempt(job, BY_TWO);
  await waitUntil('the module has the second chunk', () => existsSync(join(folder, 'here')));
  await event();
  await writeFile(join(folder, 'go'), '');
  return attempt;
}

test('records that were stored when the ledger was lost come again with the same keys, and count once', async () => {
  const job = await accept('waits');
  const before = (await given('waits')).length;
  const returned = await whileGiven(job, () =>
    engine.database.pool.query(
      'select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = $1',
      [`waybill/${job.id}/1`],
    ),
  );
  assert.deepEqual([returned.state, returned.reason], ['queued', 'transient']);
  await forgetWait(job);
  const ended = await engine.attempt(returned, BY_TWO);
  assert.deepEqual([ended.state, countsOf(ended)], ['succeeded', { created: 4 }]);
  const keys = (await given('waits')).slice(before).map(({ idempotencyKey }) => idempotencyKey);
  assert.deepEqual(
    keys,
    [1, 2, 3, 4, 3, 4].map((number) => `${job.id}/0/${number}`),
  );
  assert.deepEqual(await ledgerOf(job), [
    { chunk: 0, epoch: 1, created: 2 },
    { chunk: 1, epoch: 2, created: 2 },
  ]);
});

test('an attempt that was overtaken while the module stored its records adds nothing and gives nothing more', async () => {
  const lines = Array.from({ length: 6 }, (_, index) => `${index + 1},name\n`);
  const asked = await request('waits', `id,name\n${lines.join('')}`);
  const { job } = await acceptImport(engine.http, 'import', asked, undefined);
  const before = (await given('waits')).length;
  let ended: Job | undefined;
  const seen = await whileGiven(job, async () => {
    // As the sweeper does with a worker that does not answer.
    await moveJob(engine.database.pool, {
      jobId: job.id,
      event: 'given_back',
      epoch: 1,
      reason: 'worker_lost',
    });
    ended = await engine.attempt(job, BY_TWO);
  });
  assert.deepEqual([seen.state, seen.epoch, countsOf(seen)], ['succeeded', 2, { created: 6 }]);
  assert.deepEqual(ended && countsOf(ended), { created: 6 });
  assert.deepEqual(await ledgerOf(job), [
    { chunk: 0, epoch: 1, created: 2 },
    { chunk: 1, epoch: 2, created: 2 },
    { chunk: 2, epoch: 2, created: 2 },
  ]);
  const numbers = (await given('waits')).slice(before).map(({ number }) => number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 3, 4, 5, 6]);
});

for (const module of ['hangs', 'obeys']) {
  test(`a job whose module ${module} can be cancelled`, { timeout: 10_000 }, async () => {
    const job = await accept(module);
    const attempt = engine.attempt(job);
    await waitUntil('the module has the records', async () => (await given(module)).length === 4);
    await cancelJob(engine.database.pool, job.id);
    const ended = await attempt;
    assert.deepEqual([ended.state, countsOf(ended)], ['cancelled', {}]);
  });
}
