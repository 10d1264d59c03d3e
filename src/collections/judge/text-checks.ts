import type { FieldSchema } from '../collection.ts';
import { compileMeasuredPattern } from '../pattern.ts';
import { maxSteps } from '../schema/schema-limits.ts';
import { TEXT_FORMATS } from '../text-format.ts';
import { type Check, refusal } from './value-reader.ts';

/** Lengths, pattern and format of a text. Lengths are in code points, as JSON Schema and PostgreSQL count them. */
export function createTextChecks(schema: FieldSchema, columnLength: number | undefined): Check[] {
  const checks: Check[] = [];
  const maximum = Math.min(schema.maxLength ?? Infinity, columnLength ?? Infinity);
  if (schema.minLength !== undefined && schema.minLength > 0) checks.push(atLeast(schema.minLength));
  if (maximum !== Infinity) checks.push(atMost(maximum));
  if (schema.pattern !== undefined) checks.push(matches(schema.pattern));
  if (schema.format !== undefined) checks.push(hasFormat(schema.format));
  return checks;
}

function atLeast(minimum: number): Check {
  const tooShort = refusal('field.too_short', { minimum });
  return (text) => {
    if (text.length >= 2 * minimum) return undefined;
    return text.length < minimum || codePoints(text) < minimum ? tooShort : undefined;
  };
}

/** PostgreSQL would cut spaces that are too many for a varchar(n) without a word; here they count. */
function atMost(maximum: number): Check {
  const tooLong = refusal('field.too_long', { maximum });
  return (text) => (text.length <= maximum || codePoints(text) <= maximum ? undefined : tooLong);
}

function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800) count--;
  }
  return count;
}

function matches(pattern: string): Check {
  const { test, steps } = compileMeasuredPattern(pattern);
  const noMatch = refusal('field.pattern', { pattern });
  return (text) => {
    const limit = maxSteps(text.length);
    if (steps(text) > limit) return refusal('field.schema_too_costly', { limit, unit: 'steps' });
    return test(text) ? undefined : noMatch;
  };
}

function hasFormat(format: string): Check {
  const test = TEXT_FORMATS.get(format);
  if (test === undefined)
    throw new Error(`format "${format}" is not known; parse-collection lets none through`);
  const wrong = refusal('field.format', { format });
  return (text) => (test(text) ? undefined : wrong);
}
