/** Types whose texts PostgreSQL shortens or rounds without a word. What a numeric, a time or a varchar cannot hold is told by their own checks. */
import type { SqlType } from '../sql-type.ts';
import { type Check, refusal } from './value-reader.ts';

/** A `name` has 63 bytes, whatever its encoding: what is longer is cut. */
const NAME_BYTES = 63;
const MICROSECONDS = 6;
const CENTS = 2;

/** The fraction of seconds: of a time, before `s`, `sec` or `seconds`, or of a number without a unit at the end. */
const SECONDS = /\.(\d*?)0*(?=\s*(?:s|secs?|seconds?)\b|\s*(?:ago\s*)?$)/gi;

/** @param stored the column's type, below its domains; of an array that of an element */
export function createLossyChecks({ base, args }: SqlType): readonly Check[] {
  switch (base) {
    case 'name':
      return [bytesAtMost(NAME_BYTES)];
    case '"char"':
      return [bytesAtMost(1)];
    case 'interval':
      return [
        digitsAtMost(args[0] ?? MICROSECONDS, (text) =>
          [...text.matchAll(SECONDS)].map((match) => match[1] ?? ''),
        ),
      ];
    case 'money':
      return [digitsAtMost(CENTS, moneyDigits)];
    default:
      return [];
  }
}

function moneyDigits(text: string): readonly string[] {
  const [, before = '', digits = ''] = /^(.*)\.(\d+)\D*$/.exec(text) ?? [];
  // Three digits may be a group of thousands, as the server's `lc_monetary` says.
  const mayGroup = digits.length === 3 && /^\D*[1-9]\d{0,2}(?:\.\d{3})*$/.test(before);
  return mayGroup ? [] : [digits.replace(/0+$/, '')];
}

function bytesAtMost(maximum: number): Check {
  const tooLong = refusal('field.too_long', { maximum });
  return (text) => (Buffer.byteLength(text) <= maximum ? undefined : tooLong);
}

function digitsAtMost(maximum: number, find: (text: string) => readonly string[]): Check {
  const tooPrecise = refusal('field.too_precise', { maximum });
  return (text) => (find(text).some((digits) => digits.length > maximum) ? tooPrecise : undefined);
}
