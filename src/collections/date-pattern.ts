/** Date patterns such as `dd.MM.yyyy HH:mm`, compiled to a parser. The letters are those of Unicode TR 35. */
import { type DateParser, type DateParts, isRealDate, isRealTime, resetDateParts } from './date-parts.ts';
import { fractionMicros, readOffset, skipDigits } from './iso-date.ts';

const MONTHS = ['january', 'february', 'march', 'april', 'may', 'june'].concat([
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
]);

/** Reads at `index`; gives the index behind what it read, or -1. */
type Step = (text: string, index: number, parts: DateParts) => number;
type NumberPart = 'year' | 'month' | 'day' | 'hour' | 'minute' | 'second';

const TOKEN = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/g;

export interface DatePattern {
  readonly parse: DateParser;
  readonly hasDate: boolean;
  readonly hasTime: boolean;
  readonly hasOffset: boolean;
}

/**
 * Letters: yyyy, M MM MMM MMMM (English names), d dd, H HH, h hh with a (AM, PM), m mm, s ss, S to SSSSSS (that many
 * digits of the fraction), X XX XXX Z (offset). Everything else that is no letter stands for itself, `T` too; other letters
 * go between apostrophes. One letter reads one or two digits, two letters exactly two.
 * @throws Error with the reason when the pattern is none
 */
export function compileDatePattern(pattern: string): DatePattern {
  const tokens = pattern.match(TOKEN) ?? [];
  if (tokens.join('') !== pattern) throw new Error(`the apostrophe in "${pattern}" is never closed`);
  const steps = tokens.map((token) => compileToken(token, pattern));
  const has = (letters: string) => tokens.some((token) => letters.includes(token.charAt(0)));
  refuseIncomplete(pattern, tokens);
  const hasDate = has('y');
  const parse: DateParser = (text, parts) => {
    resetDateParts(parts);
    let index = 0;
    for (const step of steps) {
      index = step(text, index, parts);
      if (index < 0) return 'bad';
    }
    if (index !== text.length || !isRealTime(parts)) return 'bad';
    return !hasDate || isRealDate(parts.year, parts.month, parts.day) ? 'ok' : 'bad';
  };
  return { parse, hasDate, hasTime: has('Hh'), hasOffset: has('XZ') };
}

function refuseIncomplete(pattern: string, tokens: readonly string[]): void {
  const letters = tokens.filter((token) => /^[A-Za-z]/.test(token)).map((token) => token.charAt(0));
  const has = (letter: string) => letters.includes(letter);
  const repeated = letters.find((letter, index) => letter !== 'T' && letters.indexOf(letter) !== index);
  if (repeated !== undefined) throw new Error(`"${repeated}" occurs twice in "${pattern}"`);
  const dateLetters = ['y', 'M', 'd'].filter(has).length;
  if (dateLetters !== 0 && dateLetters !== 3)
    throw new Error(`"${pattern}" needs year, month and day (yyyy, MM, dd)`);
  if (has('H') && has('h')) throw new Error(`"${pattern}" has both H and h`);
  const hasHour = has('H') || has('h');
  if (hasHour !== has('m')) throw new Error(`"${pattern}" needs both hours and minutes (HH, mm)`);
  if (has('h') !== has('a')) throw new Error(`"${pattern}" needs h and a (AM, PM) together`);
  if (letters.indexOf('a') < letters.indexOf('h'))
    throw new Error(`"a" comes before the hours in "${pattern}"`);
  if (has('S') && !has('s')) throw new Error(`"${pattern}" has a fraction but no seconds`);
  if ((has('s') || has('X') || has('Z')) && !hasHour) throw new Error(`"${pattern}" has no hours`);
  if (dateLetters === 0 && !hasHour) throw new Error(`"${pattern}" has neither a date nor a time`);
}

function compileToken(token: string, pattern: string): Step {
  if (token.startsWith("'")) return literal(token === "''" ? "'" : token.slice(1, -1).replaceAll("''", "'"));
  if (!/^[A-Za-z]/.test(token)) return literal(token);
  const step = LETTERS.get(token);
  if (step !== undefined) return step;
  if (/^S{1,6}$/.test(token)) return fraction(token.length);
  if (token === 'yy') throw new Error(`"yy" in "${pattern}" does not say which century; write yyyy`);
  throw new Error(
    `"${token}" in "${pattern}" is not known; letters that stand for themselves go between apostrophes`,
  );
}

const LETTERS: ReadonlyMap<string, Step> = new Map<string, Step>([
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
  ['a', halfOfDay],
  ['mm', digits('minute', 2, 2)],
  ['m', digits('minute', 1, 2)],
  ['ss', digits('second', 2, 2)],
  ['s', digits('second', 1, 2)],
  ['X', offset],
  ['XX', offset],
  ['XXX', offset],
  ['Z', offset],
]);

function literal(expected: string): Step {
  return (text, index) => (text.startsWith(expected, index) ? index + expected.length : -1);
}

function digits(part: NumberPart, least: number, most: number): Step {
  return (text, index, parts) => {
    const end = Math.min(skipDigits(text, index), index + most);
    if (end - index < least) return -1;
    parts[part] = Number(text.slice(index, end));
    return end;
  };
}

function fraction(count: number): Step {
  return (text, index, parts) => {
    if (skipDigits(text, index) < index + count) return -1;
    parts.micros = fractionMicros(text, index, index + count);
    return index + count;
  };
}

function monthName(length?: number): Step {
  const names = MONTHS.map((name) => name.slice(0, length));
  return (text, index, parts) => {
    const rest = text.slice(index, index + 9).toLowerCase();
    const month = names.findIndex((name) => rest.startsWith(name));
    parts.month = month + 1;
    return month < 0 ? -1 : index + (names[month]?.length ?? 0);
  };
}

/** 1 to 12; `a`, which comes later, adds the half of the day. */
function halfDayHour(least: number): Step {
  const read = digits('hour', least, 2);
  return (text, index, parts) => {
    const end = read(text, index, parts);
    return end < 0 || parts.hour < 1 || parts.hour > 12 ? -1 : end;
  };
}

function halfOfDay(text: string, index: number, parts: DateParts): number {
  const word = text.slice(index, index + 2).toLowerCase();
  if (word !== 'am' && word !== 'pm') return -1;
  parts.hour = (parts.hour % 12) + (word === 'pm' ? 12 : 0);
  return index + 2;
}

/** An offset ends where no character of an offset follows. */
function offset(text: string, index: number, parts: DateParts): number {
  let end = index;
  while (end < text.length && '+-:0123456789Zz'.includes(text.charAt(end))) end++;
  parts.offsetMinutes = readOffset(text.slice(index, end), 0);
  return Number.isNaN(parts.offsetMinutes) ? -1 : end;
}
