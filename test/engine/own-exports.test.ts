/** A collection with fields of any name: what it exports as CSV, it takes back as it is, with nothing said. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { ODD_NAMES } from '../support/odd-names.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

const CASES = runsOf(6, 6);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_101);

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const cell = fc.oneof(fc.constantFrom(...ODD_NAMES), fc.constantFrom(null, '', ' ', '1', '2024', 'é'));
const names = fc.oneof(
  fc.uniqueArray(fc.constantFrom(...ODD_NAMES), { minLength: 1, maxLength: 5 }),
  fc.integer({ min: 1, max: 4 }).map((n) => Array.from({ length: n }, (_, i) => String(2018 + i))),
);
const content = names
  .map((all) => all.filter((one) => one.trim() !== ''))
  .filter((all) => all.length > 0)
  .chain((all) =>
    fc.record({
      names: fc.constant(all),
      /** The key is one of the names, so that a row can be the header once more. */
      rows: fc.uniqueArray(
        fc.tuple(
          fc.oneof(
            fc.constantFrom(...ODD_NAMES),
            fc.string({ minLength: 1, maxLength: 4, unit: 'grapheme-ascii' }),
          ),
          fc.array(cell, { minLength: all.length - 1, maxLength: all.length - 1 }),
        ),
        { minLength: 1, maxLength: 6, selector: ([key]) => key },
      ),
      format: fc.constantFrom('csv' as const, 'csv' as const, 'jsonl' as const),
      guardFormulas: fc.boolean(),
      encoding: fc.constantFrom('utf-8' as const, 'utf-8-bom' as const, 'utf-16le' as const),
      delimiter: fc.constantFrom(',', ';', '\t', '|'),
    }),
  );

test('an export of fields of any name imports again unchanged', async () => {
  let number = 0;
  const property = fc.asyncProperty(
    content,
    async ({ names: fields, rows, format, guardFormulas, encoding, delimiter }) => {
      number += 1;
      const collection = `own_${number}`;
      const [key = ''] = fields;
      const text = { type: ['string', 'null'] };
      const properties = Object.fromEntries(
        fields.map((name) => [name, name === key ? { type: 'string' } : text]),
      );
      await engine.apply({ name: collection, key: [key], schema: { type: 'object', properties } });
      const lines = rows.map(([first, others]) =>
        JSON.stringify(
          Object.fromEntries(fields.map((name, at) => [name, at === 0 ? first : others[at - 1]])),
        ),
      );
      const filled = await engine.import({
        collection,
        source: { upload: await engine.upload(`${lines.join('\n')}\n`) },
        dialect: { format: 'jsonl' },
      });
      assert.deepEqual(countsOf(filled.job), { created: rows.length }, filled.job.failure?.message);
      const before = await rowsOf(engine, `waybill_data.${collection}`);

      const csv = { delimiter, encoding, guardFormulas };
      const exported = await engine.export({ collection, format, ...(format === 'csv' && csv) });
      assert.equal(exported.job.state, 'succeeded', exported.job.failure?.message);
      const [file] = (await engine.artifacts(exported.job)).filter(({ kind }) => kind === 'result');
      assert.ok(file);
      const bytes = await engine.artifact(exported.job, file.name);
      const back = { collection, source: { upload: await engine.upload(bytes) } };
      for (const job of [await engine.validate(back), await engine.import(back)]) {
        assert.equal(job.job.failure?.message, undefined, bytes.toString());
        assert.deepEqual([countsOf(job.job), job.issues], [{ unchanged: rows.length }, []], bytes.toString());
        assert.equal(job.job.parts[0]?.ignored, undefined, bytes.toString());
      }
      assert.deepEqual(await rowsOf(engine, `waybill_data.${collection}`), before);
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
});
