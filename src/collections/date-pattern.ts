/** Date patterns such as `dd.MM.yyyy HH:mm`, compiled to a parser. The letters are those of Unicode TR 35. */
import { type DateParser, type DateParts, isRealDate, isRealTime, resetDateParts } from './date-parts.ts';
import { compileToken } from './date-pattern-letters.ts';

const TOKEN = /'(?:[^']|'')*'|([A-Za-z])\1*|[^A-Za-z']+/g;

export interface DatePattern {
  readonly parse: DateParser;
  /** The parts in this notation; what it has no letter for is left out. */
  readonly render: (parts: DateParts) => string;
  readonly hasDate: boolean;
  readonly hasTime: boolean;
  readonly hasOffset: boolean;
}

/**
 * Letters: yyyy, M MM MMM MMMM (English names), d dd, H HH, h hh with a (AM, PM), m mm, s ss, S to SSSSSS (that many
 * digits of the fraction), X XX XXX Z (offset). Everything else that is not a letter stands for itself, `T` too; other letters
 * go between apostrophes. One letter reads one or two digits, two letters exactly two. `yy` needs `twoDigitYearsFrom`.
 * @throws Error with the reason when the pattern is none
 */
export function compileDatePattern(pattern: string, twoDigitYearsFrom?: number): DatePattern {
  const tokens = pattern.match(TOKEN) ?? [];
  if (tokens.join('') !== pattern) throw new Error(`the apostrophe in "${pattern}" is never closed`);
  const steps = tokens.map((token) => compileToken(token, pattern, twoDigitYearsFrom));
  const has = (letters: string) => tokens.some((token) => letters.includes(token.charAt(0)));
  refuseIncomplete(pattern, tokens);
  const hasDate = has('y');
  const parse: DateParser = (text, parts) => {
    resetDateParts(parts);
    let index = 0;
    for (const step of steps) {
      index = step.read(text, index, parts);
      if (index < 0) return 'bad';
    }
    if (index !== text.length || !isRealTime(parts)) return 'bad';
    return !hasDate || isRealDate(parts.year, parts.month, parts.day) ? 'ok' : 'bad';
  };
  const render = (parts: DateParts) => steps.map((step) => step.write(parts)).join('');
  return { parse, render, hasDate, hasTime: has('Hh'), hasOffset: has('XZ') };
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
