import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Collection, ColumnFacts } from '../../../src/collections/collection.ts';
import { createJudge, type JudgedValue, type JudgeOptions } from '../../../src/collections/judge.ts';
import { parseCollection } from '../../../src/collections/parse-collection.ts';
import type { SourceValue } from '../../../src/core/source-value.ts';

/** One field called `f`, optional unless the property or `definition` says otherwise. */
export function oneField(property: object, rules?: object, definition: object = {}): Collection {
  return parseCollection({
    name: 'one',
    schema: { properties: { f: property } },
    ...(rules === undefined ? {} : { fields: { f: rules } }),
    ...definition,
  });
}

/** Facts of a column as a table without any constraint would have them. */
export function column(name: string, sqlType: string, more: Partial<ColumnFacts> = {}): ColumnFacts {
  return {
    column: name,
    sqlType,
    isNullable: true,
    hasDefault: false,
    isGenerated: false,
    isIdentityAlways: false,
    ...more,
  };
}

export interface Judged {
  readonly out: readonly JudgedValue[];
  /** Of what rejects the record. */
  readonly codes: readonly string[];
  readonly warnings: readonly string[];
  readonly values: readonly (string | undefined)[];
  readonly params: readonly object[];
  readonly key: string | undefined;
}

/** Judges one record of all the collection's fields. */
export function judge(
  collection: Collection,
  values: readonly SourceValue[],
  options: Partial<JudgeOptions> = {},
): Judged {
  const fields = collection.fields.map((field) => field.name);
  const judged = createJudge({ collection, facts: [], fields, ...options });
  const out: JudgedValue[] = [];
  const codes: string[] = [];
  const warnings: string[] = [];
  const shown: (string | undefined)[] = [];
  const params: object[] = [];
  const isAccepted = judged.record(values, out, (_position, code, parameters, value, severity) => {
    (severity === 'error' ? codes : warnings).push(code);
    shown.push(value);
    params.push(parameters);
  });
  if (isAccepted !== (codes.length === 0)) throw new Error('accepted and refused at once');
  return { out, codes, warnings, values: shown, params, key: judged.keyOf(values) };
}

/** The canonical text of one value, or the code of the issue. */
export function verdict(
  collection: Collection,
  value: SourceValue,
  options: Partial<JudgeOptions> = {},
): JudgedValue {
  const { out, codes } = judge(collection, [value], options);
  return codes[0] ?? out[0];
}

export function json(kind: 'number' | 'boolean' | 'array' | 'object', text: string): SourceValue {
  return { kind, text };
}

/** Any UTF-16 code units, lone surrogates included. (fast-check's own units take half a second to set up.) */
export function anyText(maxLength: number): fc.Arbitrary<string> {
  const unit = fc.oneof(fc.integer({ min: 32, max: 126 }), fc.integer({ min: 0, max: 0xffff }));
  return fc.array(unit, { maxLength }).map((units) => String.fromCharCode(...units));
}

export type Case = readonly [value: SourceValue, expected: string | null | undefined];

/** One test for each value: the canonical text that it becomes, or the code of the issue. */
export function table(
  name: string,
  collection: Collection,
  cases: readonly Case[],
  sqlType?: string,
  more = {},
) {
  for (const [value, expected] of cases) {
    test(`${name}: ${JSON.stringify(value)} is ${expected}`, () => {
      const facts = sqlType === undefined ? [] : [column('f', sqlType, more)];
      assert.equal(verdict(collection, value, { facts }), expected);
    });
  }
}
