/** Modules of one's own in the pipeline: they change and judge records, and when they break the job says so. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { countsOf, createEngine, type Engine, type Finished, rowsOf } from './harness.ts';

let engine: Engine;
let folder: string;
before(async () => {
  engine = await createEngine();
  folder = await mkdtemp(join(tmpdir(), 'waybill-modules-'));
  await engine.database.pool.query('create table people (id bigint primary key, name text, age int)');
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
  await rm(folder, { recursive: true });
});

const FILE = 'id,name,age\n1,ada,36\n2,,40\n3,bob,17\n4,eve,x\n';

/** Imports the file through one transform and one validator, given as source text. */
async function runThrough(code: { transform?: string; validate?: string }): Promise<Finished> {
  const transforms: Record<string, string> = {};
  const validators: Record<string, string> = {};
  for (const [name, text] of Object.entries(code)) {
    const path = join(folder, `${name}-${Math.random().toString(36).slice(2)}.ts`);
    await writeFile(path, text);
    (name === 'transform' ? transforms : validators)['own'] = path;
  }
  await engine.apply({
    name: 'people',
    key: ['id'],
    target: { table: 'people' },
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        name: { type: ['string', 'null'] },
        age: { type: ['integer', 'null'] },
      },
    },
    transforms: Object.keys(transforms),
    validators: Object.keys(validators),
  });
  await engine.database.pool.query('truncate people');
  const request = { collection: 'people', source: { upload: await engine.upload(FILE) } };
  const settings = { transforms, validators };
  const validation = await engine.validate(request, settings);
  const imported = await engine.import(request, { ...settings, maxChunkRecords: 2 });
  assert.deepEqual(validation.issues, imported.issues);
  return imported;
}

test('a transform changes records before they are judged, and a validator rejects and warns', async () => {
  const { job, issues } = await runThrough({
    transform: `export function transform(records, { collection }) {
      for (const record of records) {
        record.name = (record.name ?? collection).toUpperCase();
        if (record.age === 'x') record.age = '18';
      }
    }`,
    validate: `export async function validate(records: readonly { age: string; name: string }[]) {
      return records.flatMap((record, index) => {
        if (Number(record.age) < 18) return [{ index, severity: 'error', field: 'age', message: 'too young' }];
        return record.name === 'EVE' ? [{ index, severity: 'warning', message: 'is that you?' }] : [];
      });
    }`,
  });
  assert.deepEqual(await rowsOf(engine, 'people'), [
    { id: 1, name: 'ADA', age: 36 },
    { id: 2, name: 'PEOPLE', age: 40 },
    { id: 4, name: 'EVE', age: 18 },
  ]);
  assert.deepEqual(countsOf(job), { created: 3, rejected: 1, warned: 1 });
  assert.deepEqual(
    issues.map(({ record, line, key, code, field, params }) => ({ record, line, key, code, field, params })),
    [
      {
        record: 3,
        line: 4,
        key: ['3'],
        code: 'custom.rejected',
        field: 'age',
        params: { reason: 'too young' },
      },
      {
        record: 4,
        line: 5,
        key: ['4'],
        code: 'custom.warning',
        field: undefined,
        params: { reason: 'is that you?' },
      },
    ],
  );
});

test('failed rows come back as the source had them, not as the transform made them', async () => {
  const { job } = await runThrough({
    transform: `export function transform(records) { for (const record of records) record.name = 'changed'; }`,
    validate: `export const validate = (records) =>
      records.flatMap(({ id }, index) => (id === '2' ? [{ index, severity: 'error', message: 'no' }] : []));`,
  });
  const failed = (await engine.artifact(job, 'failed.csv')).toString();
  assert.match(failed, /,2,no,2,,40\n/);
  assert.doesNotMatch(failed, /changed/);
});

const BROKEN: readonly [
  name: string,
  code: { transform?: string; validate?: string },
  failure: string,
  message: RegExp,
][] = [
  [
    'a module that throws',
    { transform: `export function transform() { throw new TypeError('no such thing'); }` },
    'module.failed',
    /"transform" of .*transform.*\.ts threw: no such thing/,
  ],
  [
    'a module that rejects',
    { validate: `export const validate = async () => { throw new Error('later'); }` },
    'module.failed',
    /"validate" of .* threw: later/,
  ],
  [
    'a module that throws what is no error',
    { transform: `export function transform() { throw undefined; }` },
    'module.failed',
    /"transform" of .* threw/,
  ],
  [
    'a module without its function',
    { validate: 'export const valid = 1;' },
    'module.invalid',
    /must export a function "validate"/,
  ],
  [
    'a promise that a module leaves to fail',
    {
      validate: `export const validate = () => { void Promise.reject(new Error('nobody listens')); return new Promise(() => {}); }`,
    },
    'module.failed',
    /own code.*crashed its thread.*nobody listens/,
  ],
  [
    'a module that keeps more and more buffers',
    {
      transform: `const kept = []; export function transform() { for (let i = 0; i < 300; i += 1) kept.push(Buffer.alloc(1024 * 1024)); }`,
    },
    'module.failed',
    /holds 3\d\d MiB of buffers; at most 192 MiB are allowed/,
  ],
  ['a module that cannot be loaded', { transform: 'export {' }, 'module.invalid', /cannot be loaded/],
  [
    'a finding about no record of the batch',
    { validate: `export const validate = () => [{ index: 99, severity: 'error', message: 'who?' }]` },
    'module.failed',
    /index 99/,
  ],
  [
    'an answer that is no list of findings',
    { validate: `export const validate = () => 'all good'` },
    'module.failed',
    /list of findings/,
  ],
  [
    'a value that is no text',
    { transform: `export function transform(records) { for (const record of records) record.age = 36; }` },
    'module.failed',
    /"age" is of type number/,
  ],
];

for (const [name, code, failure, message] of BROKEN) {
  test(`${name} fails the job, and nothing is written`, async () => {
    const { job } = await runThrough(code);
    assert.equal(job.state, 'failed');
    assert.equal(job.failure?.code, failure, job.failure?.message);
    assert.match(job.failure?.message ?? '', message);
    assert.deepEqual(await rowsOf(engine, 'people'), []);
  });
}

test('a module that the configuration does not name is refused with the names that it has', async () => {
  await engine.apply({
    name: 'people',
    key: ['id'],
    target: { table: 'people' },
    schema: { type: 'object', properties: { id: { type: 'integer' } } },
    transforms: ['absent'],
  });
  const source = { upload: await engine.upload('id\n1\n') };
  const { job } = await engine.import({ collection: 'people', source }, { transforms: { present: '/x.ts' } });
  assert.equal(job.failure?.code, 'module.invalid');
  assert.match(job.failure?.message ?? '', /"absent".*It has: present/);
});
