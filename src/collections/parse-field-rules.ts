/** What a person wrote about one field beside the schema: how its text is read, and what it is called. */

import { didYouMean } from '../core/did-you-mean.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type {
  EmptyRule,
  FieldRules,
  FieldType,
  NegativeForm,
  PercentRule,
  RepeatedTimeRule,
  RoundingRule,
  ThousandsMark,
} from './collection.ts';
import { isLegalColumn, MAX_COLUMN_BYTES } from './columns.ts';
import { compileDatePattern } from './date-pattern.ts';
import type { ObjectReader } from './definition-reader.ts';
import { isTimeZone } from './time-zone.ts';

const EMPTY_RULES = ['null', 'text', 'absent', 'error'] as const satisfies readonly EmptyRule[];
const REPEATED_TIME_RULES = ['first', 'second', 'error'] as const satisfies readonly RepeatedTimeRule[];
const ROUNDING_RULES = ['warn', 'accept', 'error'] as const satisfies readonly RoundingRule[];
/** The hundred years end with 9999. */
const LAST_CENTURY_FROM = 9900;
const DECIMAL_MARKS = ['.', ','] as const;
const THOUSANDS_MARKS = [
  ',',
  '.',
  ' ',
  "'",
  '\u00a0',
  '\u202f',
  '\u2009',
  '\u2019',
] as const satisfies readonly ThousandsMark[];
const NEGATIVE_FORMS = ['parentheses', 'trailing'] as const satisfies readonly NegativeForm[];
const PERCENT_RULES = ['number', 'share'] as const satisfies readonly PercentRule[];

/** Which rules have a meaning for which types; the others are refused there rather than ignored. */
const RULE_TYPES: ReadonlyMap<string, readonly FieldType[]> = new Map<string, readonly FieldType[]>([
  ['datePatterns', ['date', 'time', 'date-time']],
  ['timeZone', ['date-time']],
  ['repeatedTime', ['date-time']],
  ['twoDigitYearsFrom', ['date', 'date-time']],
  ['decimalMark', ['integer', 'number']],
  ['thousandsMark', ['integer', 'number']],
  ['negatives', ['integer', 'number']],
  ['percent', ['number']],
  ['units', ['integer', 'number']],
  // A field of nested values may be a column of arrays.
  ['rounding', ['integer', 'number', 'json']],
  ['trueWords', ['boolean']],
  ['falseWords', ['boolean']],
]);
const KNOWN = ['title', 'aliases', 'column', 'sensitive', 'empty', 'trim', 'nullWords', ...RULE_TYPES.keys()];

export interface ParsedRules {
  readonly title: string | undefined;
  readonly aliases: readonly string[];
  readonly column: string | undefined;
  readonly rules: FieldRules;
}

export function parseFieldRules(written: ObjectReader, type: FieldType, isNullable: boolean): ParsedRules {
  written.refuseUnknown(KNOWN);
  for (const [rule, types] of RULE_TYPES) {
    if (written.has(rule) && !types.includes(type)) {
      written.report(
        rule,
        `"${rule}" says nothing about a field of type ${type}; it is for ${types.join(', ')}`,
      );
    }
  }
  return {
    title: written.text('title'),
    aliases: written.texts('aliases') ?? [],
    column: readColumn(written),
    rules: omitUndefined({
      datePatterns: readDatePatterns(written, type),
      timeZone: readTimeZone(written),
      repeatedTime: readRepeatedTime(written),
      twoDigitYearsFrom: written.count('twoDigitYearsFrom'),
      ...readMarks(written),
      ...readSigns(written),
      rounding: written.oneOf('rounding', ROUNDING_RULES),
      ...readWords(written),
      empty: readEmpty(written, type, isNullable),
      nullWords: written.texts('nullWords'),
      trim: written.flag('trim'),
      sensitive: written.flag('sensitive'),
    }),
  };
}

function readColumn(written: ObjectReader): string | undefined {
  const column = written.text('column');
  if (column !== undefined && !isLegalColumn(column)) {
    written.report(
      'column',
      `"${column}" cannot be a column: at most ${MAX_COLUMN_BYTES} bytes, and no system column`,
    );
  }
  return column;
}

function readDatePatterns(written: ObjectReader, type: FieldType): readonly string[] | undefined {
  const patterns = written.texts('datePatterns');
  const yearsFrom = written.count('twoDigitYearsFrom');
  if (yearsFrom !== undefined && (yearsFrom < 1 || yearsFrom > LAST_CENTURY_FROM))
    written.report('twoDigitYearsFrom', `expected a year from 1 to ${LAST_CENTURY_FROM}, got ${yearsFrom}`);
  if (patterns?.length === 0) written.report('datePatterns', 'expected at least one pattern');
  for (const pattern of patterns ?? []) {
    try {
      const { hasDate, hasTime } = compileDatePattern(pattern, yearsFrom);
      if (type === 'date' && hasTime)
        written.report('datePatterns', `"${pattern}" has a time, and the field is a date`);
      if (type === 'time' && hasDate)
        written.report('datePatterns', `"${pattern}" has a date, and the field is a time`);
      if (type !== 'time' && !hasDate) written.report('datePatterns', `"${pattern}" has no date`);
    } catch (error) {
      written.report('datePatterns', error instanceof Error ? error.message : String(error));
    }
  }
  return patterns;
}

function readTimeZone(written: ObjectReader): string | undefined {
  const timeZone = written.text('timeZone');
  if (timeZone !== undefined && !isTimeZone(timeZone)) {
    written.report('timeZone', `"${timeZone}" is no time zone; expected an IANA name such as Europe/Berlin`);
  }
  return timeZone;
}

function readRepeatedTime(written: ObjectReader): RepeatedTimeRule | undefined {
  const rule = written.oneOf('repeatedTime', REPEATED_TIME_RULES);
  if (rule !== undefined && !written.has('timeZone'))
    written.report('repeatedTime', 'only the clock of a "timeZone" shows a time twice');
  return rule;
}

function readMarks(written: ObjectReader) {
  const decimalMark = written.oneOf('decimalMark', DECIMAL_MARKS);
  const thousandsMark = written.oneOf('thousandsMark', THOUSANDS_MARKS);
  if (thousandsMark !== undefined && thousandsMark === (decimalMark ?? '.')) {
    written.report(
      'thousandsMark',
      `the decimal mark is "${thousandsMark}" too; set "decimalMark" to the other one`,
    );
  }
  return { decimalMark, thousandsMark };
}

/** What may stand around a number. */
function readSigns(written: ObjectReader) {
  const negatives = written.texts('negatives');
  const wrong = negatives?.find((form) => !(NEGATIVE_FORMS as readonly string[]).includes(form));
  if (wrong !== undefined) {
    const hint = didYouMean(wrong, NEGATIVE_FORMS);
    written.report('negatives', `expected ${NEGATIVE_FORMS.join(', ')}, got "${wrong}"${hint}`);
  }
  const units = written.texts('units');
  const unclear = units?.find((unit) => unit.trim() !== unit || unit === '' || /[\d.,+\-()]/.test(unit));
  if (unclear !== undefined) {
    written.report(
      'units',
      `"${unclear}" is no unit: it is empty, begins or ends with a blank, or has a digit or a mark of numbers`,
    );
  }
  const percent = written.oneOf('percent', PERCENT_RULES);
  return { negatives: negatives as readonly NegativeForm[] | undefined, percent, units };
}

function readWords(written: ObjectReader) {
  const trueWords = written.texts('trueWords');
  const falseWords = written.texts('falseWords');
  const isFalse = new Set((falseWords ?? ['false']).map((word) => word.toLowerCase()));
  for (const word of trueWords ?? ['true']) {
    if (isFalse.has(word.toLowerCase())) written.report('trueWords', `"${word}" means both true and false`);
  }
  return { trueWords, falseWords };
}

function readEmpty(written: ObjectReader, type: FieldType, isNullable: boolean): EmptyRule | undefined {
  const empty = written.oneOf('empty', EMPTY_RULES);
  if (empty === 'text' && type !== 'text') written.report('empty', `an empty text is no ${type}`);
  if (empty === 'null' && !isNullable) written.report('empty', 'the field is required, so it cannot be null');
  return empty;
}
