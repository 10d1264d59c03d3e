/** Length, pattern and format of texts. */
import { didYouMean } from '../../core/did-you-mean.ts';
import { createDateParts, type DateParser } from '../date-parts.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../iso-date.ts';
import { compileMeasuredPattern, type MeasuredPattern } from '../pattern.ts';
import { TEXT_FORMATS } from '../text-format.ts';
import type { Evaluate } from './evaluation.ts';
import { codePoints } from './json-value.ts';
import { readCount, readText } from './read-keyword.ts';
import type { KeywordContext } from './schema-node.ts';

export function compileTextKeywords(context: KeywordContext): readonly Evaluate[] {
  const steps: Evaluate[] = [];
  const minimum = readCount(context, 'minLength');
  const maximum = readCount(context, 'maxLength');
  if (minimum !== undefined)
    steps.push(test(`must have at least ${minimum} characters`, (text) => codePoints(text) >= minimum));
  if (maximum !== undefined)
    steps.push(test(`must have at most ${maximum} characters`, (text) => codePoints(text) <= maximum));
  const source = readText(context, 'pattern');
  const pattern = source === undefined ? undefined : readPattern(source, context, 'pattern');
  if (pattern !== undefined) {
    const message = `must match ${source}`;
    steps.push((value, run) => {
      if (typeof value !== 'string') return true;
      run.spend(pattern.steps(value));
      return pattern.test(value) || run.fail(message);
    });
  }
  const format = readText(context, 'format');
  const isRight = format === undefined ? undefined : readFormat(format, context);
  if (isRight !== undefined) steps.push(test(`must be a valid ${format}`, isRight));
  return steps;
}

/** A step for about as many characters as are looked at in its time. */
const CHARACTERS_PER_STEP = 16;

function test(message: string, isRight: (text: string) => boolean): Evaluate {
  return (value, run) => {
    if (typeof value !== 'string') return true;
    run.spend(value.length / CHARACTERS_PER_STEP);
    return isRight(value) || run.fail(message);
  };
}

export function readPattern(
  source: string,
  { report, spendPattern }: KeywordContext,
  ...tokens: string[]
): MeasuredPattern | undefined {
  try {
    const pattern = compileMeasuredPattern(source);
    spendPattern(pattern.instructions);
    return pattern;
  } catch (error) {
    report(tokens, `the pattern does not compile: ${error instanceof Error ? error.message : String(error)}`);
    return undefined;
  }
}

const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

const FORMATS: ReadonlyMap<string, (text: string) => boolean> = new Map<string, (text: string) => boolean>([
  ...TEXT_FORMATS,
  ['date', isDate(parseIsoDate, false)],
  ['time', isDate(parseIsoTime, false)],
  ['date-time', isDate(parseIsoDateTime, true)],
  ['uuid', (text) => UUID.test(text)],
]);

function isDate(parse: DateParser, isZoned: boolean): (text: string) => boolean {
  const parts = createDateParts();
  return (text) => parse(text, parts) === 'ok' && (!isZoned || !Number.isNaN(parts.offsetSeconds));
}

function readFormat(format: string, { report }: KeywordContext): ((text: string) => boolean) | undefined {
  const known = FORMATS.get(format);
  if (known === undefined) {
    const names = [...FORMATS.keys()];
    report(
      ['format'],
      `the format "${format}" is not known; expected ${names.join(', ')}${didYouMean(format, names)}`,
    );
  }
  return known;
}
