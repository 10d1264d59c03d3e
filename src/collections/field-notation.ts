/** The judge's inverse: a stored value as the field's own rules would read it back. */
import type { Field, FieldRules } from './collection.ts';
import { createDateParts, type DateParser, type DateParts, setUtcSeconds, utcSeconds } from './date-parts.ts';
import { compileDatePattern } from './date-pattern.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from './iso-date.ts';
import { asRfc3339 } from './stored-date.ts';
import { createOffsetAt, createWallClock } from './time-zone.ts';

/** Turns PostgreSQL's text of a value into the text that a file for this collection has. */
export type Notation = (stored: string) => string;

/**
 * What is exported must import again: dates in the first of the field's patterns that keeps the value whole, booleans in its
 * words, numbers with its decimal mark. undefined where PostgreSQL's text is read as it is (date-times with ISO's `T` or a
 * space alike). A value that no pattern can hold stands as ISO 8601 has it, and the judge takes it there.
 *
 * @param onOther told of each such value
 */
export function createNotation(field: Field, onOther?: () => void): Notation | undefined {
  const { rules, type } = field;
  if (type === 'boolean') return booleanNotation(rules);
  if (type === 'integer' || type === 'number') {
    return rules.decimalMark === ',' ? (stored) => stored.replace('.', ',') : undefined;
  }
  const inPattern = createPatternNotation(field);
  if (inPattern === undefined) return undefined;
  return (stored) => {
    const text = inPattern(stored);
    if (text !== undefined) return text;
    onOther?.();
    return type === 'date-time' ? asRfc3339(stored) : stored;
  };
}

/** A stored date or time in the first of the field's patterns that keeps it whole; gives undefined where none does. */
export function createPatternNotation({
  rules,
  type,
}: Pick<Field, 'rules' | 'type'>): ((stored: string) => string | undefined) | undefined {
  const parseIso = ISO_PARSERS.get(type);
  if (parseIso === undefined || rules.datePatterns === undefined) return undefined;
  return patternNotation(rules.datePatterns, parseIso, rules);
}

const ISO_PARSERS: ReadonlyMap<string, DateParser> = new Map([
  ['date', parseIsoDate],
  ['time', parseIsoTime],
  ['date-time', parseIsoDateTime],
]);

function booleanNotation({ trueWords, falseWords }: FieldRules): Notation {
  const trueWord = trueWords?.[0] ?? 'true';
  const falseWord = falseWords?.[0] ?? 'false';
  return (stored) => (stored === 't' || stored === 'true' ? trueWord : falseWord);
}

function patternNotation(
  sources: readonly string[],
  parseIso: DateParser,
  { timeZone, repeatedTime, twoDigitYearsFrom }: FieldRules,
): (stored: string) => string | undefined {
  const patterns = sources.map((source) => compileDatePattern(source, twoDigitYearsFrom));
  const zone = timeZone === undefined ? undefined : createZoneNotation(timeZone, repeatedTime);
  const parts = createDateParts();
  const again = createDateParts();
  return (stored) => {
    for (const { render, parse, hasOffset } of patterns) {
      if (parseIso(stored, parts) !== 'ok') return undefined;
      if (!hasOffset && !Number.isNaN(parts.offsetSeconds)) {
        const seconds = utcSeconds(parts) - parts.offsetSeconds;
        const offset = zone === undefined ? 0 : zone(seconds);
        if (offset === undefined) continue;
        setUtcSeconds(parts, seconds + offset);
      }
      const text = render(parts);
      if (parse(text, again) === 'ok' && isSame(parts, again)) return text;
    }
    return undefined;
  };
}

/** The offset with which a time can be written without naming one; undefined where it would be read as another, or not without a remark. */
function createZoneNotation(
  timeZone: string,
  repeatedTime: FieldRules['repeatedTime'],
): (seconds: number) => number | undefined {
  const offsetAt = createOffsetAt(timeZone);
  const clock = createWallClock(timeZone);
  return (seconds) => {
    const offset = offsetAt(seconds);
    const [first, second] = [clock.first(seconds + offset), clock.second(seconds + offset)];
    if (first === second) return first === offset ? offset : undefined;
    const meant = repeatedTime === 'first' ? first : repeatedTime === 'second' ? second : undefined;
    return meant === offset ? offset : undefined;
  };
}

/** Offsets are not compared: a pattern that has one wrote it, and one that has none is read in the field's zone. */
function isSame(a: DateParts, b: DateParts): boolean {
  const isSameTime =
    a.hour === b.hour && a.minute === b.minute && a.second === b.second && a.micros === b.micros;
  return isSameTime && a.year === b.year && a.month === b.month && a.day === b.day;
}
