/** JSON values as a schema sees them: what `JSON.parse` gives, but for numbers that no double stands for. */
import { ExactNumber, type JsonNumber, numberKey, parseNumber } from './exact-number.ts';

export type JsonValue =
  | null
  | boolean
  | string
  | JsonNumber
  | readonly JsonValue[]
  | { readonly [name: string]: JsonValue };

export type JsonObject = { readonly [name: string]: JsonValue };

export type JsonType = 'null' | 'boolean' | 'string' | 'number' | 'array' | 'object';

/** The number with its source text, where `JSON.parse` gives it (all but strings, arrays and objects). */
type Reviver = (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown;

/** `JSON.parse` with the third argument of its reviver, which TypeScript's library does not know yet. */
export const parseJsonWithSource = JSON.parse as (text: string, reviver: Reviver) => unknown;

/** A run of digits or an exponent that may be more than a double holds; in a string it costs time and nothing else. */
const MAY_BE_INEXACT = /[\d.]{16}|\d[eE]/;

/** @throws SyntaxError when the text is not JSON */
export function parseExactJson(text: string): JsonValue {
  if (!MAY_BE_INEXACT.test(text)) return JSON.parse(text) as JsonValue;
  return parseJsonWithSource(text, (_key, value, { source }) =>
    typeof value === 'number' ? parseNumber(source ?? String(value)) : value,
  ) as JsonValue;
}

export function jsonType(value: JsonValue): JsonType {
  if (typeof value === 'object') {
    if (value === null) return 'null';
    if (Array.isArray(value)) return 'array';
    return value instanceof ExactNumber ? 'number' : 'object';
  }
  return typeof value as 'boolean' | 'string' | 'number';
}

export function isArray(value: JsonValue): value is readonly JsonValue[] {
  return Array.isArray(value);
}

export function isObject(value: JsonValue): value is JsonObject {
  return (
    typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber)
  );
}

export function isNumber(value: JsonValue): value is JsonNumber {
  return typeof value === 'number' || value instanceof ExactNumber;
}

/**
 * Equal texts for equal values, and for no others: members are sorted, 1.0 is 1. It begins with a letter or a sign, so that
 * no key is an array index, whose hash anybody can foresee.
 *
 * @param spend is told how many characters have come, so that it can stop this
 */
export function valueKey(value: JsonValue, spend: (characters: number) => void): string {
  if (typeof value === 'string') {
    spend(value.length);
    return `"${value.length}:${value}`;
  }
  spend(1);
  if (isNumber(value)) {
    const key = numberKey(value);
    spend(key.length);
    return `n${key}`;
  }
  if (typeof value !== 'object' || value === null) return String(value);
  if (isArray(value)) return `[${value.map((item) => valueKey(item, spend)).join(',')}]`;
  const members = Object.keys(value)
    .toSorted()
    .map((name) => `${name.length}:${name}=${valueKey(value[name] as JsonValue, spend)}`);
  return `{${members.join(',')}}`;
}

/** Characters as JSON Schema counts them: code points. */
export function codePoints(text: string): number {
  let count = text.length;
  for (let index = 0; index < text.length - 1; index++) {
    if ((text.charCodeAt(index) & 0xfc00) === 0xd800 && (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00) {
      count--;
    }
  }
  return count;
}
