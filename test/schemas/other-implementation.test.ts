/** Nested judging says what an independent implementation of JSON Schema says, keyword by keyword and at each depth. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createSchemaCheck } from '../../src/collections/schema/check-value.ts';
import { parseExactJson } from '../../src/collections/schema/json-value.ts';
import { runsOf } from '../support/share-of-runs.ts';
import { openOther } from './other-implementation.ts';
import { anyDocument, anyValue } from './schema-arbitraries.ts';

const SEED = Number(process.env['SCHEMA_SEED'] ?? 11);
const RUNS = runsOf(200);

test('agrees with another implementation about schemas and values of all kinds', async () => {
  const verdicts = { valid: 0, invalid: 0, endless: 0 };
  await fc.assert(
    fc.asyncProperty(
      anyDocument,
      fc.array(anyValue, { minLength: 4, maxLength: 8 }),
      async (document, values) => {
        let check: ReturnType<typeof createSchemaCheck>;
        try {
          check = createSchemaCheck({ document, tokens: [] });
        } catch (error) {
          // A reference that leads back to itself for the same value has no meaning.
          assert.match(String(error), /without end/);
          verdicts.endless += 1;
          return;
        }
        const isValid = await openOther(document);
        for (const value of values) {
          const text = JSON.stringify(value);
          const verdict = check(parseExactJson(text), text.length);
          assert.equal(verdict === undefined, isValid(value), JSON.stringify({ document, value, verdict }));
          verdicts[verdict === undefined ? 'valid' : 'invalid'] += 1;
        }
      },
    ),
    { seed: SEED, numRuns: RUNS },
  );
  // Both happen, so that agreement says something.
  assert.ok(verdicts.valid > RUNS && verdicts.invalid > RUNS, JSON.stringify(verdicts));
});
