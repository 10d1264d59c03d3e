/** The letters of date patterns: how each is read and written. */
import { BLANK } from './blanks.ts';
import { type DateParts, renderOffset } from './date-parts.ts';
import { fractionMicros, readOffset, skipDigits } from './iso-date.ts';

export interface PatternStep {
  /** Reads at `index`; gives the index behind what it read, or -1. */
  readonly read: (text: string, index: number, parts: DateParts) => number;
  readonly write: (parts: DateParts) => string;
}

type NumberPart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

const MONTHS = 'January February March April May June July August September October November December'.split(
  ' ',
);

const LETTERS: ReadonlyMap<string, PatternStep> = new Map<string, PatternStep>([
  ['T', literal('T')],
  ['yyyy', digits('year', 4, 4)],
  ['MM', digits('month', 2, 2)],
  ['M', digits('month', 1, 2)],
  ['MMM', monthName(3)],
  ['MMMM', monthName()],
  ['dd', digits('day', 2, 2)],
  ['d', digits('day', 1, 2)],
  ['HH', digits('hour', 2, 2)],
  ['H', digits('hour', 1, 2)],
  ['hh', halfDayHour(2)],
  ['h', halfDayHour(1)],
  ['a', { read: readHalfOfDay, write: (parts) => (parts.hour < 12 ? 'AM' : 'PM') }],
  ['mm', digits('minute', 2, 2)],
  ['m', digits('minute', 1, 2)],
  ['ss', digits('second', 2, 2)],
  ['s', digits('second', 1, 2)],
  ['X', zoneOffset(true)],
  ['XX', zoneOffset(true)],
  ['XXX', zoneOffset(false)],
  ['Z', zoneOffset(true)],
]);

/**
 * @param pattern for the message
 * @param twoDigitYearsFrom first of the hundred years that `yy` can mean
 * @throws Error when the token is none
 */
export function compileToken(token: string, pattern: string, twoDigitYearsFrom?: number): PatternStep {
  if (token.startsWith("'")) return literal(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"));
  if (!/^[A-Za-z]/.test(token)) return literal(token);
  const step = LETTERS.get(token);
  if (step !== undefined) return step;
  if (/^S{1,6}$/.test(token)) return fraction(token.length);
  if (token === 'yy' && twoDigitYearsFrom !== undefined) return twoDigitYear(twoDigitYearsFrom);
  if (token === 'yy')
    throw new Error(
      `"yy" in "${pattern}" does not say which century; write yyyy, or set "twoDigitYearsFrom" to the first of the hundred years that are meant, such as 1950`,
    );
  throw new Error(
    `"${token}" in "${pattern}" is not known; letters that stand for themselves go between apostrophes`,
  );
}

/** A blank stands for any that people and programs put there: before AM and PM it often is no U+0020. */
function literal(expected: string): PatternStep {
  const length = expected.length;
  const wanted = expected.replaceAll(BLANK, ' ');
  return {
    read: (text, index) => {
      if (text.startsWith(expected, index)) return index + length;
      return text.slice(index, index + length).replaceAll(BLANK, ' ') === wanted ? index + length : -1;
    },
    write: () => expected,
  };
}

function twoDigitYear(from: number): PatternStep {
  const { read } = digits('year', 2, 2);
  return {
    read: (text, index, parts) => {
      const end = read(text, index, parts);
      parts.year = from + ((((parts.year - from) % 100) + 100) % 100);
      return end;
    },
    write: (parts) => String(parts.year % 100).padStart(2, '0'),
  };
}

function digits(part: NumberPart, least: number, most: number): PatternStep {
  return {
    read: (text, index, parts) => {
      const end = Math.min(skipDigits(text, index), index + most);
      if (end - index < least) return -1;
      parts[part] = Number(text.slice(index, end));
      return end;
    },
    write: (parts) => String(parts[part]).padStart(least, '0'),
  };
}

function fraction(count: number): PatternStep {
  return {
    read: (text, index, parts) => {
      if (skipDigits(text, index) < index + count) return -1;
      parts.micros = fractionMicros(text, index, index + count);
      return index + count;
    },
    write: (parts) => String(parts.micros).padStart(6, '0').slice(0, count),
  };
}

/** English names, whole or their first letters, in any case. */
function monthName(length?: number): PatternStep {
  const names = MONTHS.map((name) => name.slice(0, length));
  const small = names.map((name) => name.toLowerCase());
  return {
    read: (text, index, parts) => {
      const rest = text.slice(index, index + 9).toLowerCase();
      const month = small.findIndex((name) => rest.startsWith(name));
      parts.month = month + 1;
      return month < 0 ? -1 : index + (small[month]?.length ?? 0);
    },
    write: (parts) => names[parts.month - 1] ?? '',
  };
}

/** 1 to 12; `a`, which comes later, adds the half of the day. */
function halfDayHour(least: number): PatternStep {
  const { read } = digits('hour', least, 2);
  return {
    read: (text, index, parts) => {
      const end = read(text, index, parts);
      return end < 0 || parts.hour < 1 || parts.hour > 12 ? -1 : end;
    },
    write: (parts) => String(parts.hour % 12 || 12).padStart(least, '0'),
  };
}

function readHalfOfDay(text: string, index: number, parts: DateParts): number {
  const word = text.slice(index, index + 2).toLowerCase();
  if (word !== 'am' && word !== 'pm') return -1;
  parts.hour = (parts.hour % 12) + (word === 'pm' ? 12 : 0);
  return index + 2;
}

/** Any form is read, up to where no character of an offset follows; a value without offset is written as UTC. */
function zoneOffset(isBasic: boolean): PatternStep {
  return {
    read: (text, index, parts) => {
      let end = index;
      while (end < text.length && '+-:0123456789Zz'.includes(text.charAt(end))) end++;
      parts.offsetSeconds = readOffset(text.slice(index, end), 0);
      return Number.isNaN(parts.offsetSeconds) ? -1 : end;
    },
    write: (parts) => {
      const extended = renderOffset(parts.offsetSeconds || 0);
      return isBasic ? extended.replace(':', '') : extended;
    },
  };
}
