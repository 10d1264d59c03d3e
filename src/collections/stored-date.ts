/**
 * Dates and times as PostgreSQL stores and prints them, beyond what ISO 8601 has a form for: years before 1 (`0044-03-15 BC`) and after 9999,
 * 24:00:00 as a time of day, infinity, and offsets with seconds (`+00:53:28`, as zones had before there were time zones). None of them can be
 * taken for anything else.
 */
import { type DateParser, type DateParts, renderDate, renderOffset, renderTime } from './date-parts.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime, readOffset } from './iso-date.ts';

const BC = ' BC';
const FIRST_YEAR = -4712;
const LAST_YEAR_OF_DATE = 5_874_897;
const LAST_YEAR_OF_INSTANT = 294_276;
/** The calendar repeats after as many years. */
const CYCLE_YEARS = 400;

export function isInfinity(text: string): boolean {
  return text === 'infinity' || text === '-infinity';
}

export const parseStoredDate: DateParser = (text, parts) => {
  const verdict = parseIsoDate(text, parts);
  return verdict === 'ok' ? verdict : parseOtherYear(text, parts, parseIsoDate, LAST_YEAR_OF_DATE);
};

export const parseStoredDateTime = withOffsetSeconds((text, parts) => {
  const verdict = parseIsoDateTime(text, parts);
  return verdict !== 'bad' ? verdict : parseOtherYear(text, parts, parseIsoDateTime, LAST_YEAR_OF_INSTANT);
});

const END_OF_DAY = /^24:00:00(?:\.0+)?(?=$|[-+Zz])/;

export const parseStoredTime = withOffsetSeconds((text, parts) => {
  const [end] = END_OF_DAY.exec(text) ?? [];
  if (end === undefined) return parseIsoTime(text, parts);
  parseIsoTime('00:00:00', parts);
  parts.hour = 24;
  if (end.length < text.length) {
    parts.offsetSeconds = readOffset(text, end.length);
    if (Number.isNaN(parts.offsetSeconds)) return 'bad';
  }
  return 'ok';
});

const OFFSET_SECONDS = /([-+])\d\d:\d\d(:([0-5]\d))(?=$| BC$)/;

/** Reads the text without the seconds of its offset, and adds them. */
function withOffsetSeconds(parse: DateParser): DateParser {
  return (text, parts) => {
    const found = OFFSET_SECONDS.exec(text);
    if (found === null) return parse(text, parts);
    const [whole, sign, end = '', seconds] = found;
    const cut = found.index + whole.length - end.length;
    const verdict = parse(text.slice(0, cut) + text.slice(cut + end.length), parts);
    parts.offsetSeconds += sign === '-' ? -Number(seconds) : Number(seconds);
    return verdict;
  };
}

/** The text with a year of the same shape in its place, which ISO's parser knows. */
function parseOtherYear(text: string, parts: DateParts, parse: DateParser, lastYear: number) {
  const isBc = text.endsWith(BC);
  const digits = /^\d{4,7}(?=-)/.exec(text)?.[0];
  if (digits === undefined || (digits.length > 4 && digits.startsWith('0'))) return 'bad';
  const year = isBc ? 1 - Number(digits) : Number(digits);
  const isOther = (isBc && Number(digits) > 0) || digits.length > 4;
  if (!isOther || year < FIRST_YEAR || year > lastYear) return 'bad';
  const alike = 2000 + (((year % CYCLE_YEARS) + CYCLE_YEARS) % CYCLE_YEARS);
  const rest = text.slice(digits.length, isBc ? -BC.length : undefined);
  const verdict = parse(`${alike}${rest}`, parts);
  parts.year = year;
  return verdict;
}

export function renderStoredDate(parts: DateParts): string {
  return parts.year > 0 ? renderDate(parts) : renderDate({ ...parts, year: 1 - parts.year }) + BC;
}

/** With the offset that the parts have, if any. */
export function renderStoredDateTime(parts: DateParts): string {
  const rest = `T${renderTime(parts)}${renderOffset(parts.offsetSeconds)}`;
  if (parts.year > 0) return renderDate(parts) + rest;
  return `${renderDate({ ...parts, year: 1 - parts.year })}${rest}${BC}`;
}

/** PostgreSQL's `2024-01-31 10:00:00.5+00` as RFC 3339: the session's zone is UTC. */
export function asRfc3339(stored: string): string {
  return stored
    .replace(' ', 'T')
    .replace(/T BC$/, BC)
    .replace(/\+00(?=$| BC$)/, 'Z');
}
