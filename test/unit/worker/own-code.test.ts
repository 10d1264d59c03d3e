import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { isAppError } from '../../../src/core/errors.ts';
import type { SourceRecord, SourceValue } from '../../../src/formats/format.ts';
import { loadOwnCode } from '../../../src/worker/import/reading/own-code.ts';

const folder = await mkdtemp(join(tmpdir(), 'waybill-own-code-'));
after(() => rm(folder, { recursive: true }));

const RECORD = {} as SourceRecord;

async function run(code: { transform?: string; validate?: string }, ...records: SourceValue[][]) {
  const paths = await Promise.all(
    Object.entries(code).map(async ([name, body]) => {
      const path = join(folder, `${name}-${Math.random()}.mjs`);
      await writeFile(path, `export function ${name}(records, context) { ${body} }`);
      return [name, path] as const;
    }),
  );
  const named = (name: string) => paths.filter(([one]) => one === name).map(([, path]) => path);
  const ownCode = await loadOwnCode({
    maxBufferBytes: Infinity,
    transforms: named('transform'),
    validators: named('validate'),
    fields: ['name', 'pin'],
    sensitive: ['pin'],
    collection: 'people',
  });
  const batch = records.map((values) => ({ record: RECORD, values }));
  return { findings: await ownCode?.(batch), values: batch.map(({ values }) => values) };
}

test('a finding carries the value of its field as the source had it', async () => {
  const { findings } = await run(
    {
      transform: "records[0].name = 'changed'",
      validate: "return [{ index: 0, severity: 'error', field: 'name', message: 'no' }]",
    },
    ['Ada', '1'],
  );
  assert.deepEqual(findings, [
    [{ code: 'custom.rejected', params: { reason: 'no' }, severity: 'error', field: 'name', value: 'Ada' }],
  ]);
});

test('a number of a JSON source is told as it was written', async () => {
  const { findings } = await run(
    { validate: "return [{ index: 0, severity: 'warning', field: 'name', message: 'odd' }]" },
    [{ kind: 'number', text: '1.10' }, null],
  );
  assert.equal(findings?.[0]?.[0]?.value, '1.10');
});

test('a finding about a sensitive field, an unknown one or none has no value', async () => {
  const { findings } = await run(
    {
      validate:
        "return ['pin', 'other', undefined].map((field) => ({ index: 0, severity: 'error', field, message: 'no' }))",
    },
    ['Ada', '1234'],
  );
  assert.deepEqual(
    findings?.[0]?.map((finding) => 'value' in finding),
    [false, false, false],
  );
});

test('a transform changes the values of its batch', async () => {
  const { values } = await run(
    { transform: 'for (const record of records) record.name = `${record.name} of ${context.collection}`' },
    ['Ada', '1'],
    ['Bob', '2'],
  );
  assert.deepEqual(values, [
    ['Ada of people', '1'],
    ['Bob of people', '2'],
  ]);
});

test('a module without its function is refused', async () => {
  const path = join(folder, 'empty.mjs');
  await writeFile(path, 'export const nothing = 1;');
  await assert.rejects(
    loadOwnCode({
      transforms: [path],
      validators: [],
      fields: [],
      sensitive: [],
      collection: 'x',
      maxBufferBytes: Infinity,
    }),
    (error) => isAppError(error, 'module.invalid'),
  );
});

test('a module that throws fails the job by name, and the job may be tried again', async () => {
  await assert.rejects(
    run({ validate: "throw new Error('out of milk')" }, ['Ada', '1']),
    (error) =>
      isAppError(error, 'module.failed') && error.isRetryable && error.message.includes('out of milk'),
  );
});
