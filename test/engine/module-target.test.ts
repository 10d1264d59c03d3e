/** A module of one's own as the target: what it says is counted, what it throws is told, and what it cannot do is refused. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { countsOf, type Engine } from './harness.ts';
import { createModuleEngine, type ModuleEngine } from './module-engine.ts';

/** Each does what its name says. */
const MODULES: Readonly<Record<string, string>> = {
  // The name of a record is what becomes of it.
  stores: `return records.map(({ values }) => values.name.startsWith('no: ') ? { rejected: values.name.slice(4) } : values.name);`,
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
};

let modules: ModuleEngine;
let engine: Engine;
before(async () => {
  modules = await createModuleEngine(MODULES);
  engine = modules.engine;
});
after(() => modules.close());

const FOUR = 'id,name\n10,ann\n20,bob\n30,cid\n40,dot\n';
const BY_TWO = { maxChunkRecords: 2 };

test('each record counts as what the module says, and a rejected one is an issue and a failed row', async () => {
  const names = ['created', 'updated', 'unchanged', 'deleted', 'skipped', 'no: too heavy', 'x', 'created'];
  const lines = names.map((name, index) => `${index + 1},${name}\n`).join('');
  const { job, issues } = await engine.import(await modules.request('stores', `id,name\n${lines}`), {
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
    issues.map(({ record, line, code, params, key }) => ({ record, line, code, params, key })),
    [
      { record: 6, line: 7, code: 'custom.rejected', params: { reason: 'too heavy' }, key: ['6'] },
      { record: 7, line: 8, code: 'field.too_short', params: { minimum: 2 }, key: ['7'] },
    ],
  );
  const failed = (await engine.artifact(job, 'failed.csv')).toString().split('\n');
  assert.match(failed[1] ?? '', /,6,.*too heavy,6,no: too heavy$/);
  assert.match(failed[2] ?? '', /,7,.*,7,x$/);
});

test('the module is given canonical values, the number, a key, and what the job is about', async () => {
  const before = (await modules.given('stores')).length;
  const { job } = await engine.import({
    ...(await modules.request(
      'stores',
      '{"id":1,"name":"created"}\n{"id":2.0,"name":"created","note":null}\n',
    )),
    mode: 'insert',
  });
  assert.equal(job.state, 'succeeded');
  const told = { jobId: job.id, collection: 'stores', mode: 'insert', scope: {} };
  assert.deepEqual((await modules.given('stores')).slice(before), [
    // A field that the record does not have is undefined, which JSON leaves out.
    { idempotencyKey: `${job.id}/0/1`, number: 1, values: { id: '1', name: 'created' }, told },
    { idempotencyKey: `${job.id}/0/2`, number: 2, values: { id: '2', name: 'created', note: null }, told },
  ]);
});

test('an accepted record with a warning counts as warned, in a validation too, which gives the module nothing', async () => {
  const warns = join(modules.folder, 'warns.mjs');
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
  const before = (await modules.given('stores')).length;
  const validation = await engine.validate({ collection: 'warned', source: { upload } }, settings);
  assert.equal((await modules.given('stores')).length, before);
  assert.deepEqual(countsOf(validation.job), { skipped: 2, rejected: 1, warned: 1 });
  const imported = await engine.import({ collection: 'warned', source: { upload } }, settings);
  assert.deepEqual(countsOf(imported.job), { created: 1, updated: 1, rejected: 1, warned: 1 });
  assert.deepEqual(validation.issues, imported.issues);
});

test('a module that throws fails the job, which goes on where it was when it is retried', async () => {
  const failed = await engine.attempt(await modules.accept('fails_once', FOUR), BY_TWO);
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
  const numbers = (await modules.given('fails_once')).map(({ number }) => number);
  assert.deepEqual(numbers, [1, 2, 3, 4, 3, 4]);
});

test('a connection that fails in a module has the job wait and try again by itself', async () => {
  const job = await engine.attempt(await modules.accept('cannot_connect', FOUR));
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
    const { job } = await engine.import(await modules.request(module, FOUR));
    assert.deepEqual([job.state, job.failure?.code], ['failed', 'module.failed'], job.failure?.message);
    assert.match(job.failure?.message ?? '', message);
    assert.deepEqual(countsOf(job), {});
  });
}

for (const options of [{ mode: 'replace' }, { atomicity: 'all' }] as const) {
  test(`${Object.entries(options).flat().join(' ')} is refused, by a validation too, before anything is given`, async () => {
    const asked = { ...(await modules.request('stores', FOUR)), ...options };
    const before = (await modules.given('stores')).length;
    for (const { job } of [await engine.import(asked), await engine.validate(asked)]) {
      assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.unsupported']);
    }
    assert.equal((await modules.given('stores')).length, before);
  });
}

test('an export of what a module has stored is refused', async () => {
  await modules.request('stores', FOUR);
  const { job } = await engine.export({ collection: 'stores' });
  assert.deepEqual([job.state, job.failure?.code], ['failed', 'target.unsupported']);
});
