import { compileSchema } from '../ajv.ts';
import type { ColumnFacts, Field, FieldType } from '../collection.ts';
import { type Refusal, refusal } from './value-reader.ts';

/** Judges a record's canonical values as one object. */
export type RecordCheck = (out: readonly (string | null | undefined)[]) => Refusal | undefined;

/**
 * Keywords that span fields (`if`, `dependentRequired`, `anyOf`, …), checked on an object that is built only for them. Null
 * counts as absent: an empty CSV field must not satisfy `required`.
 */
export function createRecordCheck(
  schema: unknown,
  fields: readonly Field[],
  facts: readonly ColumnFacts[],
): RecordCheck | undefined {
  if (schema === undefined) return undefined;
  const check = compileSchema(schema);
  const arrays = new Set(facts.filter((fact) => fact.sqlType.endsWith('[]')).map((fact) => fact.column));
  const readers = fields.map((field) => (arrays.has(field.column) ? asText : JSON_VALUES[field.type]));
  return (out) => {
    const entries: [string, unknown][] = [];
    fields.forEach((field, position) => {
      const value = out[position];
      if (typeof value === 'string') entries.push([field.name, readers[position]?.(value)]);
    });
    const reason = check(Object.fromEntries(entries));
    return reason === undefined ? undefined : refusal('field.schema', { reason });
  };
}

const asText = (canonical: string): unknown => canonical;

/** What a canonical text is in JSON. Numbers become floats, as in any JSON Schema validator, for these keywords only. */
const JSON_VALUES: Readonly<Record<FieldType, (canonical: string) => unknown>> = {
  text: asText,
  integer: Number,
  number: Number,
  boolean: (canonical) => canonical === 't',
  date: asText,
  time: asText,
  'date-time': asText,
  uuid: asText,
  json: (canonical) => JSON.parse(canonical),
};
