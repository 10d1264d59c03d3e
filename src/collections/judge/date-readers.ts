import type { Field, FieldRules } from '../collection.ts';
import {
  createDateParts,
  type DateParser,
  type DateParts,
  renderOffset,
  renderTime,
  setUtcSeconds,
  utcSeconds,
} from '../date-parts.ts';
import { compileDatePattern } from '../date-pattern.ts';
import { createPatternNotation } from '../field-notation.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../iso-date.ts';
import {
  isInfinity,
  parseStoredDate,
  parseStoredDateTime,
  parseStoredTime,
  renderStoredDate,
  renderStoredDateTime,
} from '../stored-date.ts';
import { createWallClock } from '../time-zone.ts';
import { type ReaderContext, type Reading, type Refusal, refusal, type ValueReader } from './value-reader.ts';

/** Microseconds; `timestamp(3)` and the like hold fewer digits and would round. */
const MAX_FRACTION_DIGITS = 6;

/** Calendar dates, as `2024-01-31`. A time in the text is refused, never cut off. */
export function createDateReader({ field }: ReaderContext): ValueReader {
  const parts = createDateParts();
  const notDate = refusal('field.not_date', { expected: expectedPatterns(field.rules, 'yyyy-MM-dd') });
  const parse = createParser(field, parseIsoDate, parseStoredDate);
  const isIso = field.rules.datePatterns === undefined;
  const readText = (text: string): Reading => {
    if (parse(text, parts) === 'ok') return isIso ? text : renderStoredDate(parts);
    return isInfinity(text) ? text : notDate;
  };
  const readMoment = (text: string): Reading => (parseIsoDate(text, parts) === 'ok' ? text : notDate);
  return { ...reader(readText, notDate, (canonical) => canonical), readMoment };
}

/** Times of day, as `12:30:00`; with an offset only where the column is `time with time zone`. */
export function createTimeReader({ field, sqlType }: ReaderContext): ValueReader {
  const parts = createDateParts();
  const isZoned = sqlType.base === 'time with time zone';
  const expected = expectedPatterns(field.rules, isZoned ? 'HH:mm:ssXXX' : 'HH:mm:ss');
  const notTime = refusal('field.not_time', { expected });
  const parse = createParser(field, parseIsoTime, parseStoredTime);
  const tooPrecise = createPrecisionCheck(sqlType.args[0]);
  const readWith =
    (parser: DateParser) =>
    (text: string): Reading => {
      const verdict = parser(text, parts);
      if (verdict === 'bad' || Number.isNaN(parts.offsetSeconds) === isZoned) return notTime;
      return tooPrecise(parts) ?? renderTime(parts) + renderOffset(parts.offsetSeconds);
    };
  return {
    ...reader(readWith(parse), notTime, (canonical) => canonical),
    readMoment: readWith(parseIsoTime),
  };
}

/**
 * Points in time. A text without offset needs `timeZone` or `datePatterns` (then UTC); for a column without time zone it is
 * the other way round: an offset would be dropped by PostgreSQL, so it is refused.
 */
export function createDateTimeReader({ field, sqlType }: ReaderContext): ValueReader {
  const { rules } = field;
  const parts = createDateParts();
  const isZoned = sqlType.base !== 'timestamp without time zone' && sqlType.base !== 'timestamp';
  const isoExpected =
    isZoned && rules.timeZone === undefined ? 'yyyy-MM-ddTHH:mm:ssXXX' : 'yyyy-MM-ddTHH:mm:ss';
  const notDateTime = refusal('field.not_date_time', { expected: expectedPatterns(rules, isoExpected) });
  const parse = createParser(field, parseIsoDateTime, parseStoredDateTime, isZoned);
  const tooPrecise = createPrecisionCheck(sqlType.args[0]);
  const renderZoneless = isZoned ? createZonelessRenderer(rules, notDateTime) : renderStoredDateTime;
  const readWith =
    (parser: DateParser) =>
    (text: string): Reading => {
      const verdict = parser(text, parts);
      if (verdict === 'bad') return isInfinity(text) ? text : notDateTime;
      const refused = tooPrecise(parts);
      if (refused !== undefined) return refused;
      if (Number.isNaN(parts.offsetSeconds)) return renderZoneless(parts);
      if (!isZoned) return notDateTime;
      return isCanonical(text) ? text : renderStoredDateTime(parts);
    };
  const readIso = readWith(parseIsoDateTime);
  return {
    ...reader(readWith(parse), notDateTime, createInstantKey()),
    // A day is its first moment.
    readMoment: (text) => readIso(text.length === DAY_LENGTH ? `${text}T00:00:00` : text),
  };
}

/** Of `2024-01-31`. */
const DAY_LENGTH = 10;

/** `2024-01-31T12:30:00Z` as it came is what would be rendered, so no new text is made. */
function isCanonical(text: string): boolean {
  return text.length === 20 && text.charCodeAt(10) === 84 && text.charCodeAt(19) === 90;
}

function createZonelessRenderer(rules: FieldRules, refused: Refusal): (parts: DateParts) => Reading {
  if (rules.timeZone !== undefined) return createZoneRenderer(rules.timeZone, rules.repeatedTime, refused);
  if (rules.datePatterns === undefined) return () => refused;
  return (parts) => {
    parts.offsetSeconds = 0;
    return renderStoredDateTime(parts);
  };
}

/** Wall-clock times of a zone. What its clock jumps over is refused; of what it shows twice, the first is taken with a remark, or as told. */
function createZoneRenderer(
  zone: string,
  repeatedTime: FieldRules['repeatedTime'],
  refused: Refusal,
): (parts: DateParts) => Reading {
  const clock = createWallClock(zone);
  const skipped = refusal('field.time_skipped', { zone });
  const first = refusal('field.time_repeated', { zone, taken: 'it is taken as the first of the two' });
  const unclear = refusal('field.time_repeated', { zone, taken: 'only an offset says which is meant' });
  return (parts) => {
    const wall = utcSeconds(parts);
    const offset = clock.first(wall);
    if (offset === undefined) return skipped;
    const second = clock.second(wall) ?? offset;
    if (second === offset || repeatedTime === 'first') return renderUtc(parts, wall - offset, refused);
    if (repeatedTime === 'second') return renderUtc(parts, wall - second, refused);
    if (repeatedTime === 'error') return unclear;
    const taken = renderUtc(parts, wall - offset, refused);
    return typeof taken === 'string' ? { ...first, value: taken } : taken;
  };
}

/** @param parts the fraction is theirs; they are changed. Refused are years that neither JavaScript nor PostgreSQL counts to. */
function renderUtc(parts: DateParts, seconds: number, refused: Refusal): Reading {
  setUtcSeconds(parts, seconds);
  parts.offsetSeconds = 0;
  return Number.isNaN(parts.year) ? refused : renderStoredDateTime(parts);
}

/** Seconds since 1970 and the fraction: equal for one instant in any offset. */
function createInstantKey(): (canonical: string) => string {
  const parts = createDateParts();
  return (canonical) => {
    if (isInfinity(canonical)) return canonical;
    parseStoredDateTime(canonical, parts);
    const offset = Number.isNaN(parts.offsetSeconds) ? 0 : parts.offsetSeconds;
    return `${utcSeconds(parts) - offset}.${parts.micros}`;
  };
}

function createPrecisionCheck(digits = MAX_FRACTION_DIGITS): (parts: DateParts) => Refusal | undefined {
  const tooPrecise = refusal('field.too_precise', { maximum: digits });
  const unit = 10 ** (MAX_FRACTION_DIGITS - digits);
  // NaN micros, a seventh digit, is a multiple of nothing.
  return (parts) => (parts.micros % unit === 0 ? undefined : tooPrecise);
}

/**
 * The patterns in order; the first that fits counts. What none of them can show is in an export as PostgreSQL has it, and is taken there;
 * what one of them could show is not, so that no text is read against the field's own patterns.
 */
function createParser(
  field: Field,
  parseIso: DateParser,
  parseStored: DateParser,
  needsOffset = false,
): DateParser {
  const { datePatterns, twoDigitYearsFrom } = field.rules;
  const inPattern = createPatternNotation(field);
  if (datePatterns === undefined || inPattern === undefined) {
    return (text, parts) => {
      const verdict = parseIso(text, parts);
      return verdict === 'bad' ? parseStored(text, parts) : verdict;
    };
  }
  const parsers = datePatterns.map((pattern) => compileDatePattern(pattern, twoDigitYearsFrom).parse);
  return (text, parts) => {
    for (const parse of parsers) if (parse(text, parts) === 'ok') return 'ok';
    const verdict = parseStored(text, parts);
    // Only an offset says which instant is meant, and an export has one.
    const isOfExport = !needsOffset || !Number.isNaN(parts.offsetSeconds);
    return isOfExport && inPattern(text) === undefined ? verdict : 'bad';
  };
}

function expectedPatterns(rules: FieldRules, iso: string): string {
  return rules.datePatterns?.join(' or ') ?? iso;
}

/** A JSON number may be a date to a pattern such as `yyyyMMdd`; nothing else that is not text can be one. */
function reader(
  readText: (text: string) => Reading,
  refused: Refusal,
  toKey: ValueReader['toKey'],
): ValueReader {
  const readJson: ValueReader['readJson'] = ({ kind, text }) =>
    kind === 'number' ? readText(text) : refused;
  return { readText, readJson, toKey };
}
