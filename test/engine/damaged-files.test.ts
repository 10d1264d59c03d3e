/** Files whose bytes were damaged anywhere: never a crash, never an answer that the next job contradicts. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { definitionOf, fileOf, generatedCase } from './generate-case.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

const CASES = runsOf(40);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

const [sample] = fc.sample(generatedCase, { numRuns: 1, seed: 1 });
assert.ok(sample);
const PLAIN = { ...sample, hasRecordRule: true };

let engine: Engine;
before(async () => {
  engine = await createEngine();
  const { schema } = definitionOf(PLAIN, 'things');
  await engine.apply({ name: 'things', key: ['id'], schema });
});
after(() => engine.close());

/** One damage: bytes removed, overwritten or put in, somewhere from 0 (the beginning) to 1 (the end). */
interface Damage {
  readonly at: number;
  readonly removed: number;
  readonly added: Uint8Array;
}

const ODD_BYTES = [
  '\0',
  '"',
  '\n',
  '\r',
  ',',
  '{',
  '}',
  '[',
  ']',
  '\\',
  '\\u0000',
  '\\ud800',
  '\ufeff',
  '"na\\u0000me":1,',
  '"__proto__":1,',
];

const damage: fc.Arbitrary<Damage> = fc.record({
  // Without the bias towards the ends: a damaged header ends most files before a record is read.
  at: fc.noBias(fc.integer({ min: 0, max: 1000 })).map((thousandths) => thousandths / 1000),
  removed: fc.constantFrom(0, 0, 1, 2, 40),
  added: fc.oneof(
    fc.uint8Array({ maxLength: 3 }),
    fc.constantFrom(...ODD_BYTES).map((text) => Buffer.from(text)),
  ),
});

function damaged(file: Buffer, damages: readonly Damage[]): Buffer {
  return damages.reduce((bytes, { at, removed, added }) => {
    const from = Math.floor(at * bytes.length);
    return Buffer.concat([bytes.subarray(0, from), added, bytes.subarray(from + removed)]);
  }, file);
}

test('a damaged file is refused, or its records are, alike by validation and import', {
  timeout: 600_000 + CASES * 10_000,
}, async (context) => {
  const refusals = new Map<string, number>();
  const property = fc.asyncProperty(
    generatedCase,
    fc.array(damage, { minLength: 1, maxLength: 3 }),
    async (made, damages) => {
      await engine.database.pool.query('truncate waybill_data.things');
      const source = { upload: await engine.upload(damaged(fileOf(made), damages)) };
      const request = { collection: 'things', source, mode: 'insert' as const, effects: true };
      const validation = await engine.validate(request);
      const imported = await engine.import(request);
      assert.deepEqual(engine.bugs.map(String), []);
      assert.deepEqual(imported.issues, validation.issues);
      if (validation.job.failure !== undefined) {
        const { code } = validation.job.failure;
        refusals.set(code, (refusals.get(code) ?? 0) + 1);
        assert.deepEqual(imported.job.failure, validation.job.failure);
      }
      assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
    },
  );
  await fc.assert(property, {
    numRuns: CASES,
    seed: SEED,
    interruptAfterTimeLimit: 500_000 + CASES * 9000,
    markInterruptAsFailure: true,
  });
  context.diagnostic(`${CASES} files, refused as a whole: ${JSON.stringify([...refusals])}`);
});

for (const [file, records] of [
  ['[{"id":"x"}', 2],
  ['[{"id":"x"} {"id":"y"}, ]', 3],
] as const) {
  test(`a retried job finds no more records in ${file} than were there at first`, async () => {
    const upload = await engine.upload(file);
    const { job } = await engine.import({
      collection: 'things',
      source: { upload },
      dialect: { format: 'json' },
    });
    assert.equal(job.state, 'failed');
    assert.equal(countsOf(job)['rejected'], records);
    assert.deepEqual(countsOf(await engine.retry(job)), countsOf(job));
  });
}
