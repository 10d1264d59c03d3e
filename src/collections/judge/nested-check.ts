import type { NestedSchema } from '../collection.ts';
import { createSchemaCheck, type SchemaVerdict } from '../schema/check-value.ts';
import { parseExactJson } from '../schema/json-value.ts';
import { type Check, type Refusal, refusal } from './value-reader.ts';

/** The JSON Schema of a nested value. Its numbers are compared as exactly as they are stored. */
export function createNestedCheck(schema: NestedSchema): Check {
  const check = createSchemaCheck(schema);
  return (canonical) => refuse(check(parseExactJson(canonical), canonical.length));
}

export function refuse(verdict: SchemaVerdict | undefined): Refusal | undefined {
  if (verdict === undefined) return undefined;
  return 'limit' in verdict
    ? refusal('field.schema_too_costly', { limit: verdict.limit, unit: verdict.unit })
    : refusal('field.schema', { reason: verdict.reason });
}
