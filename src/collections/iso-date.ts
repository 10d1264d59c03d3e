/** ISO 8601 dates and times as data has them, and as PostgreSQL and JSON Schema (RFC 3339) write them. */
import { type DateParts, type DateVerdict, isRealDate, isRealTime, resetDateParts } from './date-parts.ts';

const ZERO = 48;
const HYPHEN = 45;
const COLON = 58;
const POINT = 46;
const PLUS = 43;

/** `2024-01-31`, which must be the whole text. */
export function parseIsoDate(text: string, parts: DateParts): DateVerdict {
  if (text.length !== 10) return 'bad';
  resetDateParts(parts);
  return readDate(text, parts) ? 'ok' : 'bad';
}

/**
 * `2024-01-31T12:30`, with a space or `t` for the `T`; seconds, a fraction and an offset (`Z`, `+02`, `+0200`,
 * `+02:00`) may follow. The time must be there: a date alone is not read as midnight.
 */
export function parseIsoDateTime(text: string, parts: DateParts): DateVerdict {
  resetDateParts(parts);
  if (text.length < 16 || !readDate(text, parts)) return 'bad';
  const separator = text.charAt(10);
  return separator === 'T' || separator === ' ' || separator === 't' ? readTime(text, 11, parts) : 'bad';
}

/** `12:30`, `12:30:15`, `12:30:15.25`, with or without an offset. */
export function parseIsoTime(text: string, parts: DateParts): DateVerdict {
  resetDateParts(parts);
  return text.length < 5 ? 'bad' : readTime(text, 0, parts);
}

/** Two digits at `index`, or NaN. */
function two(text: string, index: number): number {
  const tens = text.charCodeAt(index) - ZERO;
  const ones = text.charCodeAt(index + 1) - ZERO;
  return tens >= 0 && tens <= 9 && ones >= 0 && ones <= 9 ? tens * 10 + ones : Number.NaN;
}

function readDate(text: string, parts: DateParts): boolean {
  if (text.charCodeAt(4) !== HYPHEN || text.charCodeAt(7) !== HYPHEN) return false;
  parts.year = two(text, 0) * 100 + two(text, 2);
  parts.month = two(text, 5);
  parts.day = two(text, 8);
  // A NaN fails each comparison that must be true, so a letter anywhere ends here.
  if (!(parts.year > 0 && parts.month > 0 && parts.day > 0)) return false;
  return isRealDate(parts.year, parts.month, parts.day);
}

function readTime(text: string, start: number, parts: DateParts): DateVerdict {
  parts.hour = two(text, start);
  parts.minute = two(text, start + 3);
  let index = start + 5;
  let verdict: DateVerdict = 'ok';
  if (text.charCodeAt(start + 2) !== COLON) return 'bad';
  if (text.charCodeAt(index) === COLON) {
    parts.second = two(text, index + 1);
    index += 3;
    if (text.charCodeAt(index) === POINT) {
      const end = skipDigits(text, index + 1);
      if (end === index + 1) return 'bad';
      parts.micros = fractionMicros(text, index + 1, end);
      if (Number.isNaN(parts.micros)) verdict = 'too_precise';
      index = end;
    }
  }
  if (index < text.length) {
    parts.offsetSeconds = readOffset(text, index);
    if (Number.isNaN(parts.offsetSeconds)) return 'bad';
  }
  return isRealTime(parts) ? verdict : 'bad';
}

export function skipDigits(text: string, start: number): number {
  let index = start;
  while (text.charCodeAt(index) >= ZERO && text.charCodeAt(index) <= ZERO + 9) index++;
  return index;
}

/** The digits from `start` to `end` as microseconds; NaN where a seventh or later digit is not zero. */
export function fractionMicros(text: string, start: number, end: number): number {
  let micros = 0;
  for (let place = 0; place < 6; place++) {
    micros = micros * 10 + (start + place < end ? text.charCodeAt(start + place) - ZERO : 0);
  }
  for (let index = start + 6; index < end; index++) {
    if (text.charCodeAt(index) !== ZERO) return Number.NaN;
  }
  return micros;
}

/** The offset that is the rest of the text, in seconds; NaN where it is none. PostgreSQL knows up to 15:59. */
export function readOffset(text: string, start: number): number {
  const sign = text.charCodeAt(start);
  const length = text.length - start;
  if (length === 1) return (sign | 32) === 122 ? 0 : Number.NaN;
  if (sign !== PLUS && sign !== HYPHEN) return Number.NaN;
  const hours = two(text, start + 1);
  const hasColon = text.charCodeAt(start + 3) === COLON;
  const minutes = length === 3 ? 0 : two(text, start + (hasColon ? 4 : 3));
  const isRightLength = length === 3 || length === (hasColon ? 6 : 5);
  if (!isRightLength || !(hours <= 15 && minutes <= 59)) return Number.NaN;
  return (sign === HYPHEN ? -1 : 1) * (hours * 60 + minutes) * 60;
}
