/** Reads what a keyword of a schema says, and tells what is wrong with it. */

import { fromDouble, type JsonNumber, parseNumber } from './exact-number.ts';
import type { JsonValue } from './json-value.ts';
import type { KeywordContext } from './schema-node.ts';

export function readCount({ schema, report }: KeywordContext, keyword: string): number | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (Number.isSafeInteger(value) && Number(value) >= 0) return Number(value);
  report([keyword], `expected a whole number from 0, got ${JSON.stringify(value)}`);
  return undefined;
}

/** A number, or its text where a JSON number would not be exact (`"9223372036854775807"`). */
export function readNumber({ schema, report }: KeywordContext, keyword: string): JsonNumber | undefined {
  const value = schema[keyword];
  if (value === undefined) return undefined;
  if (typeof value === 'string') {
    const number = parseNumber(value);
    if (number !== undefined) return number;
  }
  if (typeof value === 'number' && Number.isFinite(value)) {
    if (isExact(value)) return fromDouble(value);
    report(
      [keyword],
      `${value} is more than a JSON number holds exactly; write it as a text, such as "${value}"`,
    );
    return undefined;
  }
  report([keyword], `expected a number, got ${JSON.stringify(value)}`);
  return undefined;
}

/** False where the text that was parsed may have been another number: 9007199254740993 is read as …992. */
export function isExact(value: number): boolean {
  if (Number.isSafeInteger(value) || !Number.isInteger(value)) return true;
  return typeof fromDouble(value) === 'number';
}

/** As many digits tell any two doubles apart, so what was written may have had more. */
const DIGITS_OF_A_DOUBLE = 17;

/** As `isExact`, and false for fractions, too: 0.123456789012345678 is read as 0.12345678901234568. For where a text may be written instead. */
export function isExactDecimal(value: number): boolean {
  if (Number.isInteger(value)) return isExact(value);
  const [digits = ''] = String(Math.abs(value)).replace('.', '').replace(/^0+/, '').split('e');
  return digits.length < DIGITS_OF_A_DOUBLE;
}

export function readText({ schema, report }: KeywordContext, keyword: string): string | undefined {
  const value = schema[keyword];
  if (value === undefined || typeof value === 'string') return value;
  report([keyword], `expected a text, got ${JSON.stringify(value)}`);
  return undefined;
}

export function readTexts(
  value: unknown,
  { report }: KeywordContext,
  ...tokens: string[]
): readonly string[] | undefined {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  report(tokens, 'expected a list of texts');
  return undefined;
}

/** A value of `enum` or `const`, with its numbers as those of records are. */
export function readValue(value: unknown, context: KeywordContext, keyword: string): JsonValue {
  if (typeof value === 'number') {
    if (!isExact(value))
      context.report(
        [keyword],
        `${value} is more than a JSON number holds exactly; say it with "minimum" and "maximum", as texts`,
      );
    return fromDouble(value);
  }
  if (typeof value !== 'object' || value === null) return value as JsonValue;
  if (Array.isArray(value)) return value.map((item) => readValue(item, context, keyword));
  return Object.fromEntries(
    Object.entries(value).map(([name, member]) => [name, readValue(member, context, keyword)]),
  );
}

/** For messages: `"a"`, 5, or the beginning of what is longer. */
export function show(value: unknown, maximum = 60): string {
  const text = JSON.stringify(value) ?? String(value);
  return text.length <= maximum ? text : `${text.slice(0, maximum)}…`;
}

export function listed(values: readonly unknown[]): string {
  const shown = values.slice(0, 10).map((value) => show(value));
  return values.length > shown.length
    ? `${shown.join(', ')} and ${values.length - shown.length} more`
    : shown.join(', ');
}
