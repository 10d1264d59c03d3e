/** The judge's inverse: a stored value as the field's own rules would read it back. */
import type { Field, FieldRules } from './collection.ts';
import { createDateParts, type DateParser, type DateParts, setUtcSeconds, utcSeconds } from './date-parts.ts';
import { compileDatePattern } from './date-pattern.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from './iso-date.ts';
import { createOffsetAt, createZoneOffset } from './time-zone.ts';

/** Turns PostgreSQL's text of a value into the text that a file for this collection has. */
export type Notation = (stored: string) => string;

/**
 * What is exported must import again: dates in the first of the field's patterns that keeps the value whole, booleans in its
 * words, numbers with its decimal mark. undefined where PostgreSQL's text is read as it is (date-times with ISO's `T` or a
 * space alike); a value that no pattern can hold stays as it is.
 */
export function createNotation(field: Field): Notation | undefined {
  const { rules, type } = field;
  if (type === 'boolean') return booleanNotation(rules);
  if (type === 'integer' || type === 'number') {
    return rules.decimalMark === ',' ? (stored) => stored.replace('.', ',') : undefined;
  }
  const parseIso = ISO_PARSERS.get(type);
  return parseIso && rules.datePatterns
    ? dateNotation(rules.datePatterns, parseIso, rules.timeZone)
    : undefined;
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

function dateNotation(
  sources: readonly string[],
  parseIso: DateParser,
  timeZone: string | undefined,
): Notation {
  const patterns = sources.map(compileDatePattern);
  const offsetAt = timeZone === undefined ? undefined : createOffsetAt(timeZone);
  const wallOffset = timeZone === undefined ? undefined : createZoneOffset(timeZone);
  const parts = createDateParts();
  const again = createDateParts();
  return (stored) => {
    for (const { render, parse, hasOffset } of patterns) {
      if (parseIso(stored, parts) !== 'ok') return stored;
      if (!hasOffset && !Number.isNaN(parts.offsetMinutes)) {
        const seconds = utcSeconds(parts) - parts.offsetMinutes * 60;
        const offset = offsetAt?.(seconds) ?? 0;
        // The second of two times that the clock shows twice would be read as the first.
        if (wallOffset !== undefined && wallOffset(seconds + offset) !== offset) continue;
        setUtcSeconds(parts, seconds + offset);
      }
      const text = render(parts);
      if (parse(text, again) === 'ok' && isSame(parts, again)) return text;
    }
    return stored;
  };
}

/** Offsets are not compared: a pattern that has one wrote it, and one that has none is read in the field's zone. */
function isSame(a: DateParts, b: DateParts): boolean {
  const isSameTime =
    a.hour === b.hour && a.minute === b.minute && a.second === b.second && a.micros === b.micros;
  return isSameTime && a.year === b.year && a.month === b.month && a.day === b.day;
}
