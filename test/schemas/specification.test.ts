/**
 * Cases that generated schemas hardly reach, after the sections of JSON Schema 2020-12. The official test suite for this draft
 * cannot be had as a package, so these are ours; each is also put to another implementation.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createSchemaCheck } from '../../src/collections/schema/check-value.ts';
import { parseExactJson } from '../../src/collections/schema/json-value.ts';
import { openOther } from './other-implementation.ts';
import { CASES } from './specification-cases.ts';

describe('JSON Schema 2020-12', () => {
  for (const { name, schema, valid, invalid } of CASES) {
    test(name, async () => {
      const check = createSchemaCheck({ document: schema, tokens: [] });
      const isValid = await openOther(schema);
      for (const [values, expected] of [
        [valid, true],
        [invalid, false],
      ] as const) {
        for (const value of values) {
          const text = JSON.stringify(value);
          const verdict = check(parseExactJson(text), text.length);
          assert.equal(verdict === undefined, expected, `${text}: ${JSON.stringify(verdict)}`);
          assert.equal(isValid(value), expected, `the other implementation about ${text}`);
        }
      }
    });
  }
});

/** Where a collection does not do what the required part of the official suite expects, and why. */
const DEPARTURES: readonly { name: string; reason: string; schema: object; message: RegExp }[] = [
  {
    name: 'unknown keywords',
    reason: 'a misspelt rule that is never checked would be silent wrong data',
    schema: { maxLenght: 3 },
    message: /the keyword "maxLenght" is not known \(did you mean "maxLength"\?\)/,
  },
  {
    name: 'references to other documents, the meta-schema among them',
    reason: 'a definition is complete in itself; nothing is fetched',
    schema: { $ref: 'https://json-schema.org/draft/2020-12/schema' },
    message: /leads out of the definition/,
  },
  {
    name: 'other drafts and vocabularies',
    reason: 'one draft, so that a definition means one thing',
    schema: { items: { $schema: 'http://json-schema.org/draft-07/schema#' } },
    message: /expected JSON Schema 2020-12/,
  },
  {
    name: 'references back to the same value',
    reason: 'the suite has none; the specification forbids them (core 9.4.1)',
    schema: { anyOf: [{ $ref: '#' }, true] },
    message: /without end/,
  },
  {
    name: 'look-around and back-references',
    reason: 'patterns are held to linear time',
    schema: { pattern: '^(?!a)' },
    message: /the pattern does not compile/,
  },
  {
    name: 'formats that are not known',
    reason: 'formats are checked here, so that one that could not be checked is an error',
    schema: { format: 'iri' },
    message: /the format "iri" is not known/,
  },
];

describe('departures from the official suite', () => {
  for (const { name, reason, schema, message } of DEPARTURES) {
    test(`${name}: ${reason}`, () => {
      assert.throws(() => createSchemaCheck({ document: schema, tokens: [] }), message);
    });
  }

  test('formats are rules and no annotations, at each depth', () => {
    const check = createSchemaCheck({ document: { items: { format: 'ipv4' } }, tokens: [] });
    assert.deepEqual(check(['1.2.3'], 9), { reason: '/0 must be a valid ipv4' });
    assert.equal(check(['1.2.3.4', 5], 12), undefined);
  });
});
