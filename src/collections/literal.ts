/**
 * Values in a filter are compared with what is stored, so they are written as PostgreSQL reads them: ISO 8601, a decimal point, no marks.
 * How a source writes the field (`datePatterns`, words for true) does not matter here.
 */
import { FIELD_TYPES, type Field, type FieldRules, type FieldType } from './collection.ts';
import { createReader } from './judge/create-reader.ts';
import { isRefusal, type Refusal } from './judge/value-reader.ts';
import { parseSqlType } from './sql-type.ts';

interface Notation {
  readonly type: FieldType;
  /** Default: that of a managed column. */
  readonly sqlType?: string;
  readonly rules?: FieldRules;
}

const BOOLEAN_WORDS = {
  trueWords: ['true', 't', 'yes', 'y', 'on', '1'],
  falseWords: ['false', 'f', 'no', 'n', 'off', '0'],
};

/** All that a column of the type may be compared with. None for json: its column may be an array, written in its own way. */
const NOTATIONS: Readonly<Record<FieldType, readonly Notation[]>> = {
  text: [{ type: 'text' }],
  integer: [{ type: 'integer' }],
  number: [{ type: 'number' }],
  boolean: [{ type: 'boolean', rules: BOOLEAN_WORDS }],
  date: [{ type: 'date' }],
  time: [{ type: 'time' }, { type: 'time', sqlType: 'time with time zone' }],
  'date-time': [{ type: 'date-time', rules: { timeZone: 'UTC' } }, { type: 'date' }],
  uuid: [{ type: 'uuid' }],
  json: [],
};

/** Tells why a text is not a value of the field's type; the field's schema does not matter: `ge 100` may ask in vain. */
export function createLiteralCheck(field: Field): (text: string) => Refusal | undefined {
  const readers = NOTATIONS[field.type].map(({ type, sqlType = FIELD_TYPES[type], rules = {} }) =>
    createReader({
      field: { ...field, type, rules },
      facts: undefined,
      sqlType: parseSqlType(sqlType),
      isJsonSource: false,
    }),
  );
  return (text) => {
    const readings = readers.map(({ readText }) => readText(text));
    const refused = readings.filter(isRefusal);
    return refused.length === readings.length ? refused[0] : undefined;
  };
}
