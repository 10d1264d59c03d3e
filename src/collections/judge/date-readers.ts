import type { FieldRules } from '../collection.ts';
import {
  createDateParts,
  type DateParser,
  type DateParts,
  renderDate,
  renderOffset,
  renderTime,
  utcSeconds,
} from '../date-parts.ts';
import { compileDatePattern } from '../date-pattern.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../iso-date.ts';
import { createZoneOffset, type ZoneOffset } from '../time-zone.ts';
import { type ReaderContext, type Reading, type Refusal, refusal, type ValueReader } from './value-reader.ts';

/** Microseconds; `timestamp(3)` and the like hold fewer digits and would round. */
const MAX_FRACTION_DIGITS = 6;

/** Calendar dates, as `2024-01-31`. A time in the text is refused, never cut off. */
export function createDateReader({ field }: ReaderContext): ValueReader {
  const parts = createDateParts();
  const notDate = refusal('field.not_date', { expected: expectedPatterns(field.rules, 'yyyy-MM-dd') });
  const parse = createParser(field.rules, parseIsoDate);
  const isIso = field.rules.datePatterns === undefined;
  const readText = (text: string): Reading => {
    if (parse(text, parts) !== 'ok') return notDate;
    return isIso ? text : renderDate(parts);
  };
  return reader(readText, notDate, (canonical) => canonical);
}

/** Times of day, as `12:30:00`; with an offset only where the column is `time with time zone`. */
export function createTimeReader({ field, sqlType }: ReaderContext): ValueReader {
  const parts = createDateParts();
  const isZoned = sqlType.base === 'time with time zone';
  const expected = expectedPatterns(field.rules, isZoned ? 'HH:mm:ssXXX' : 'HH:mm:ss');
  const notTime = refusal('field.not_time', { expected });
  const parse = createParser(field.rules, parseIsoTime);
  const tooPrecise = createPrecisionCheck(sqlType.args[0]);
  const readText = (text: string): Reading => {
    const verdict = parse(text, parts);
    if (verdict === 'bad' || Number.isNaN(parts.offsetMinutes) === isZoned) return notTime;
    return tooPrecise(parts) ?? renderTime(parts) + renderOffset(parts.offsetMinutes);
  };
  return reader(readText, notTime, (canonical) => canonical);
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
  const parse = createParser(rules, parseIsoDateTime);
  const tooPrecise = createPrecisionCheck(sqlType.args[0]);
  const renderZoneless = isZoned ? createZonelessRenderer(rules, notDateTime) : renderLocal;
  const readText = (text: string): Reading => {
    const verdict = parse(text, parts);
    if (verdict === 'bad') return notDateTime;
    const refused = tooPrecise(parts);
    if (refused !== undefined) return refused;
    if (Number.isNaN(parts.offsetMinutes)) return renderZoneless(parts);
    if (!isZoned) return notDateTime;
    return isCanonical(text) ? text : `${renderLocal(parts)}${renderOffset(parts.offsetMinutes)}`;
  };
  return reader(readText, notDateTime, createInstantKey());
}

function renderLocal(parts: DateParts): string {
  return `${renderDate(parts)}T${renderTime(parts)}`;
}

/** `2024-01-31T12:30:00Z` as it came is what would be rendered, so no new text is made. */
function isCanonical(text: string): boolean {
  return text.length === 20 && text.charCodeAt(10) === 84 && text.charCodeAt(19) === 90;
}

function createZonelessRenderer(rules: FieldRules, refused: Refusal): (parts: DateParts) => Reading {
  if (rules.timeZone !== undefined) return createZoneRenderer(createZoneOffset(rules.timeZone), refused);
  return rules.datePatterns === undefined ? () => refused : (parts) => `${renderLocal(parts)}Z`;
}

function createZoneRenderer(offsetAt: ZoneOffset, refused: Refusal): (parts: DateParts) => Reading {
  return (parts) => {
    const wall = utcSeconds(parts);
    const offset = offsetAt(wall);
    return offset === undefined ? refused : renderUtc(wall - offset, parts.micros, refused);
  };
}

function renderUtc(seconds: number, micros: number, refused: Refusal): Reading {
  const iso = new Date(seconds * 1000).toISOString();
  if (iso.length !== 24) return refused;
  const fraction = micros === 0 ? '' : `.${String(micros).padStart(6, '0').replace(/0+$/, '')}`;
  return `${iso.slice(0, 19)}${fraction}Z`;
}

/** Seconds since 1970 and the fraction: equal for one instant in any offset. */
function createInstantKey(): (canonical: string) => string {
  const parts = createDateParts();
  return (canonical) => {
    parseIsoDateTime(canonical, parts);
    const offset = Number.isNaN(parts.offsetMinutes) ? 0 : parts.offsetMinutes;
    return `${utcSeconds(parts) - offset * 60}.${parts.micros}`;
  };
}

function createPrecisionCheck(digits = MAX_FRACTION_DIGITS): (parts: DateParts) => Refusal | undefined {
  const tooPrecise = refusal('field.too_precise', { maximum: digits });
  const unit = 10 ** (MAX_FRACTION_DIGITS - digits);
  // NaN micros, a seventh digit, is a multiple of nothing.
  return (parts) => (parts.micros % unit === 0 ? undefined : tooPrecise);
}

/** The patterns in order; the first that fits counts. */
function createParser(rules: FieldRules, parseIso: DateParser): DateParser {
  const parsers = rules.datePatterns?.map((pattern) => compileDatePattern(pattern).parse) ?? [parseIso];
  const [only] = parsers;
  if (parsers.length === 1 && only !== undefined) return only;
  return (text, parts) => {
    for (const parse of parsers) if (parse(text, parts) === 'ok') return 'ok';
    return 'bad';
  };
}

function expectedPatterns(rules: FieldRules, iso: string): string {
  return rules.datePatterns?.join(' or ') ?? iso;
}

/** A JSON number may be a date to a pattern such as `yyyyMMdd`; nothing else that is no text can be one. */
function reader(
  readText: (text: string) => Reading,
  refused: Refusal,
  toKey: ValueReader['toKey'],
): ValueReader {
  const readJson: ValueReader['readJson'] = ({ kind, text }) =>
    kind === 'number' ? readText(text) : refused;
  return { readText, readJson, toKey };
}
