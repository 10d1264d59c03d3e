import type { Field, FieldSchema } from '../collection.ts';
import { parseSqlType, type SqlType } from '../sql-type.ts';
import { createLossyChecks } from './lossy-types.ts';
import { createNestedCheck } from './nested-check.ts';
import { createNumberChecks } from './number-checks.ts';
import { createTextChecks } from './text-checks.ts';
import { acceptedText, type Check, type ReaderContext, refusal, type ValueReader } from './value-reader.ts';

const MAX_LISTED_VALUES = 10;

/** The rules of the schema and of the column that a value of the right type must keep, in the order they are told. */
export function createChecks(context: ReaderContext, reader: ValueReader): readonly Check[] {
  const { field, facts, sqlType } = context;
  const checks: Check[] = [];
  const { schema } = field;
  // What an array's elements must keep is told by the nested schema and the elements' own reader.
  if (!sqlType.isArray) checks.push(...typeChecks(context), ...createLossyChecks(storedType(context)));
  if (schema.enum !== undefined)
    checks.push(oneOf(enumKeys(field, schema.enum, reader), schema.enum, reader.toKey));
  if (facts?.enumLabels !== undefined && !sqlType.isArray) {
    checks.push(oneOf(new Set(facts.enumLabels), facts.enumLabels, (text) => text));
  }
  if (schema.nested !== undefined && !sqlType.isArray)
    checks.push(orJsonNull(schema, createNestedCheck(schema.nested)));
  return checks;
}

/** What an element of an array must keep for its column's sake: nobody would tell that the server rounds or cuts it. */
export function createElementChecks(context: ReaderContext): readonly Check[] {
  const { field, sqlType } = context;
  const anything = { isRequired: false, isNullable: true };
  if (field.type === 'text')
    return [...createTextChecks(anything, lengthOf(sqlType)), ...createLossyChecks(sqlType)];
  return field.type === 'number' ? createNumberChecks(field.type, anything, undefined, sqlType) : [];
}

function storedType({ facts, sqlType }: ReaderContext): SqlType {
  return facts?.storageType === undefined ? sqlType : parseSqlType(facts.storageType);
}

/** Where a field may be null, JSON's null is one of its values, too: `null` in CSV, where an empty field is SQL's. */
function orJsonNull({ isNullable }: FieldSchema, check: Check): Check {
  return isNullable ? (canonical) => (canonical === 'null' ? undefined : check(canonical)) : check;
}

/** `character varying(20)` says its length by itself; other types' arguments mean something else. */
function lengthOf({ base, args }: SqlType): number | undefined {
  return base === 'character varying' || base === 'character' ? args[0] : undefined;
}

function typeChecks({ field, facts, sqlType }: ReaderContext): Check[] {
  if (field.type === 'text') return createTextChecks(field.schema, facts?.maxLength ?? lengthOf(sqlType));
  const isNumber = field.type === 'integer' || field.type === 'number';
  return isNumber ? createNumberChecks(field.type, field.schema, facts, sqlType) : [];
}

/** The allowed values as keys, so that `1.0` is allowed where the schema says 1. */
function enumKeys(field: Field, values: readonly string[], reader: ValueReader): ReadonlySet<string> {
  const keys = values.map((value) => {
    const isPlain = field.type === 'boolean' || field.type === 'integer' || field.type === 'number';
    const kind = field.type === 'boolean' ? 'boolean' : 'number';
    const reading = isPlain ? reader.readJson({ kind, text: value }) : reader.readText(value);
    const text = acceptedText(reading);
    return text === undefined ? value : reader.toKey(text);
  });
  return new Set(keys);
}

function oneOf(keys: ReadonlySet<string>, listed: readonly string[], toKey: (text: string) => string): Check {
  const words = listed.slice(0, MAX_LISTED_VALUES).join(', ');
  const notAllowed = refusal('field.not_allowed', {
    expected:
      listed.length > MAX_LISTED_VALUES ? `${words} and ${listed.length - MAX_LISTED_VALUES} more` : words,
  });
  return (canonical) => (keys.has(toKey(canonical)) ? undefined : notAllowed);
}
