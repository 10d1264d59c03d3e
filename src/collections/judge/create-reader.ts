import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Field, FieldType } from '../collection.ts';
import { createArrayReader } from './array-reader.ts';
import { createBooleanReader } from './boolean-reader.ts';
import { createElementChecks } from './checks.ts';
import { createDateReader, createDateTimeReader, createTimeReader } from './date-readers.ts';
import { createIntegerReader } from './integer-reader.ts';
import { createJsonReader } from './json-reader.ts';
import { createNumberReader } from './number-reader.ts';
import { createTextReader } from './text-reader.ts';
import { createUuidReader } from './uuid-reader.ts';
import { acceptedText, type ReaderContext, type Reading, type ValueReader } from './value-reader.ts';

const READERS: Readonly<Record<FieldType, (context: ReaderContext) => ValueReader>> = {
  text: createTextReader,
  integer: createIntegerReader,
  number: createNumberReader,
  boolean: createBooleanReader,
  date: createDateReader,
  time: createTimeReader,
  'date-time': createDateTimeReader,
  uuid: createUuidReader,
  json: createJsonReader,
};

/** The reader for a field's type and its column's type. Readers keep scratch space: one per field, not shared. */
export function createReader(context: ReaderContext): ValueReader {
  const { field, sqlType } = context;
  if (!sqlType.isArray) return READERS[field.type](context);
  const element = elementContext(context);
  return createArrayReader(context, {
    // In a JSON array a text is that text; in PostgreSQL's literal it may hold JSON, as in a CSV field.
    ofJson: createElementReader({ ...element, isJsonSource: true }),
    ofLiteral: createElementReader({ ...element, isJsonSource: false }),
    isJson: element.field.type === 'json',
  });
}

function createElementReader(context: ReaderContext): ValueReader {
  const { readText, readJson, toKey } = createReader(context);
  const checks = createElementChecks(context);
  const checked = (reading: Reading): Reading => {
    const text = acceptedText(reading);
    if (text === undefined) return reading;
    for (const check of checks) {
      const refused = check(text);
      if (refused !== undefined) return refused;
    }
    return reading;
  };
  return {
    readText: (text) => checked(readText(text)),
    readJson: (value) => checked(readJson(value)),
    toKey,
  };
}

function elementContext(context: ReaderContext): ReaderContext {
  const { field, sqlType } = context;
  const type = ELEMENT_TYPES.get(sqlType.base) ?? 'text';
  const { rounding, sensitive } = field.rules;
  const element: Field = { ...field, type, rules: omitUndefined({ rounding, sensitive }) };
  return { ...context, field: element, sqlType: { ...sqlType, isArray: false } };
}

const ELEMENT_TYPES: ReadonlyMap<string, FieldType> = new Map([
  ['smallint', 'integer'],
  ['integer', 'integer'],
  ['bigint', 'integer'],
  ['numeric', 'number'],
  ['real', 'number'],
  ['double precision', 'number'],
  ['boolean', 'boolean'],
  ['date', 'date'],
  ['time without time zone', 'time'],
  ['time with time zone', 'time'],
  ['timestamp without time zone', 'date-time'],
  ['timestamp with time zone', 'date-time'],
  ['uuid', 'uuid'],
  ['json', 'json'],
  ['jsonb', 'json'],
]);
