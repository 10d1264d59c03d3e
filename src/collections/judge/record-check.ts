import type { ColumnFacts, Field, FieldType, RecordSchema } from '../collection.ts';
import { createSchemaCheck } from '../schema/check-value.ts';
import { parseNumber } from '../schema/exact-number.ts';
import { type JsonValue, parseExactJson } from '../schema/json-value.ts';
import { refuse } from './nested-check.ts';
import type { Refusal } from './value-reader.ts';

/** Judges a record's canonical values as one object. */
export type RecordCheck = (out: readonly (string | null | undefined)[]) => Refusal | undefined;

/**
 * Keywords that span fields (`if`, `dependentRequired`, `anyOf`, …), checked on an object that is built only for them. Null
 * counts as absent: an empty CSV field must not satisfy `required`.
 */
export function createRecordCheck(
  schema: RecordSchema | undefined,
  fields: readonly Field[],
  facts: readonly ColumnFacts[],
): RecordCheck | undefined {
  if (schema === undefined) return undefined;
  const check = createSchemaCheck(schema);
  const arrays = new Set(facts.filter((fact) => fact.sqlType.endsWith('[]')).map((fact) => fact.column));
  const readers = fields.map((field) => (arrays.has(field.column) ? asText : JSON_VALUES[field.type]));
  return (out) => {
    const entries: [string, JsonValue][] = [];
    let characters = 0;
    fields.forEach((field, position) => {
      const value = out[position];
      if (typeof value !== 'string') return;
      characters += value.length;
      entries.push([field.name, readers[position]?.(value) ?? null]);
    });
    return refuse(check(Object.fromEntries(entries), characters));
  };
}

const asText = (canonical: string): JsonValue => canonical;
const asNumber = (canonical: string): JsonValue => parseNumber(canonical) ?? canonical;

/** What a canonical text is in JSON. */
const JSON_VALUES: Readonly<Record<FieldType, (canonical: string) => JsonValue>> = {
  text: asText,
  integer: asNumber,
  number: asNumber,
  boolean: (canonical) => canonical === 't',
  date: asText,
  time: asText,
  'date-time': asText,
  uuid: asText,
  json: parseExactJson,
};
