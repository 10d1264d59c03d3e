import type { ColumnFacts, FieldSchema, FieldType } from '../collection.ts';
import { compareDecimals, decimalDigits, isMultipleOf, plainDecimal } from '../decimal.ts';
import type { SqlType } from '../sql-type.ts';
import { type Check, refusal } from './value-reader.ts';

const BIGINT = { minimum: '-9223372036854775808', maximum: '9223372036854775807' };

/** Bounds, multiples, and what a numeric(p,s) or an integer column can hold. All on texts, exact. */
export function createNumberChecks(
  type: FieldType,
  schema: FieldSchema,
  facts: ColumnFacts | undefined,
  sqlType: SqlType,
): Check[] {
  const checks: Check[] = [];
  const bounds = columnBounds(type, facts, sqlType);
  const scale = facts?.scale ?? sqlType.args[1] ?? (sqlType.args.length > 0 ? 0 : undefined);
  const precision = facts?.precision ?? sqlType.args[0];
  if (bounds.isWholeOnly && type === 'number') checks.push(fractionAtMost(0));
  if (sqlType.base === 'money') checks.push(fractionAtMost(2));
  if (sqlType.base === 'numeric') checks.push(...numericChecks(precision, scale));
  if (schema.minimum !== undefined) checks.push(bound('from', schema.minimum, (order) => order >= 0));
  if (schema.exclusiveMinimum !== undefined)
    checks.push(bound('above', schema.exclusiveMinimum, (order) => order > 0));
  if (schema.maximum !== undefined) checks.push(bound('up to', schema.maximum, (order) => order <= 0));
  if (schema.exclusiveMaximum !== undefined)
    checks.push(bound('below', schema.exclusiveMaximum, (order) => order < 0));
  if (bounds.minimum !== undefined) checks.push(bound('from', bounds.minimum, (order) => order >= 0));
  if (bounds.maximum !== undefined) checks.push(bound('up to', bounds.maximum, (order) => order <= 0));
  if (schema.multipleOf !== undefined) checks.push(multipleOf(schema.multipleOf));
  return checks;
}

function columnBounds(
  type: FieldType,
  facts: ColumnFacts | undefined,
  sqlType: SqlType,
): { minimum?: string; maximum?: string; isWholeOnly: boolean } {
  const isWholeOnly = sqlType.base === 'smallint' || sqlType.base === 'integer' || sqlType.base === 'bigint';
  if (facts?.minimum !== undefined && facts.maximum !== undefined) {
    return { minimum: facts.minimum, maximum: facts.maximum, isWholeOnly };
  }
  if (sqlType.base === 'smallint') return { minimum: '-32768', maximum: '32767', isWholeOnly };
  if (sqlType.base === 'integer') return { minimum: '-2147483648', maximum: '2147483647', isWholeOnly };
  return isWholeOnly && (type === 'integer' || type === 'number')
    ? { ...BIGINT, isWholeOnly }
    : { isWholeOnly };
}

/** numeric without arguments holds 131,072 digits before the point and 16,383 after it. */
function numericChecks(precision: number | undefined, scale: number | undefined): Check[] {
  if (precision === undefined || scale === undefined)
    return [wholeDigitsAtMost(131_072), fractionAtMost(16_383)];
  // A negative scale would round to tens or hundreds: then only multiples of them are whole.
  if (scale < 0) return [wholeDigitsAtMost(precision - scale), multipleOf(`1${'0'.repeat(-scale)}`)];
  return [fractionAtMost(scale), wholeDigitsAtMost(precision - scale)];
}

function fractionAtMost(maximum: number): Check {
  const tooPrecise = refusal('field.too_precise', { maximum });
  return (plain) => {
    const point = plain.indexOf('.');
    if (point < 0 || plain.length - point - 1 <= maximum) return undefined;
    return decimalDigits(plain).fraction <= maximum ? undefined : tooPrecise;
  };
}

function wholeDigitsAtMost(maximum: number): Check {
  const tooBig = refusal('field.out_of_range', {
    expected: `with at most ${maximum} digits before the decimal mark`,
  });
  return (plain) => (plain.length <= maximum || decimalDigits(plain).whole <= maximum ? undefined : tooBig);
}

function bound(word: string, limit: string, isInside: (order: number) => boolean): Check {
  const outside = refusal('field.out_of_range', { expected: `${word} ${limit}` });
  const limitNumber = Number(limit);
  const isWhole = !limit.includes('.');
  return (plain) => {
    // Fifteen characters are exact as a float on the integer grid; a fraction can only round away from a whole limit, and from one beyond
    // 2^53, which is not an exact float itself, all of them are far.
    if (isWhole && plain.length <= 15) return isInside(Number(plain) - limitNumber) ? undefined : outside;
    return isInside(compareDecimals(plain, limit)) ? undefined : outside;
  };
}

function multipleOf(factor: string): Check {
  const notMultiple = refusal('field.not_multiple', { expected: factor });
  return (plain) => (isMultipleOf(plainDecimal(plain) ?? plain, factor) ? undefined : notMultiple);
}
