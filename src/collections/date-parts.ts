/** A date and time taken apart. One instance is used again and again: parsing allocates nothing. */
export interface DateParts {
  year: number;
  month: number;
  day: number;
  hour: number;
  minute: number;
  second: number;
  micros: number;
  /** Seconds east of UTC; NaN where the text names no zone. */
  offsetSeconds: number;
}

/** What a parser found; `too_precise` is a fraction of more than six digits, which PostgreSQL would round. */
export type DateVerdict = 'ok' | 'bad' | 'too_precise';

/** Fills `parts` from a text. */
export type DateParser = (text: string, parts: DateParts) => DateVerdict;

export function createDateParts(): DateParts {
  return { year: 0, month: 1, day: 1, hour: 0, minute: 0, second: 0, micros: 0, offsetSeconds: Number.NaN };
}

export function resetDateParts(parts: DateParts): void {
  parts.year = 0;
  parts.month = 1;
  parts.day = 1;
  parts.hour = 0;
  parts.minute = 0;
  parts.second = 0;
  parts.micros = 0;
  parts.offsetSeconds = Number.NaN;
}

/** A day that exists in the Gregorian calendar, in the years 1 to 9999. */
export function isRealDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  return day <= 28 || day <= daysInMonth(year, month);
}

function daysInMonth(year: number, month: number): number {
  if (month === 2) return (year % 4 === 0 && year % 100 !== 0) || year % 400 === 0 ? 29 : 28;
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31;
}

/** No 24:00 and no leap second: PostgreSQL would turn both into the next minute. */
export function isRealTime(parts: DateParts): boolean {
  return parts.hour <= 23 && parts.minute <= 59 && parts.second <= 59;
}

/** Seconds since 1970 of the parts taken as UTC. (Not `Date.UTC`, which takes the years 0 to 99 for 1900 to 1999.) */
export function utcSeconds(parts: DateParts): number {
  const year = parts.month <= 2 ? parts.year - 1 : parts.year;
  const era = Math.floor(year / 400);
  const yearOfEra = year - era * 400;
  const dayOfYear = Math.floor((153 * ((parts.month + 9) % 12) + 2) / 5) + parts.day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  const days = era * 146_097 + dayOfEra - 719_468;
  return days * 86_400 + parts.hour * 3600 + parts.minute * 60 + parts.second;
}

/** The inverse of `utcSeconds`: sets date and time, leaves fraction and offset. */
export function setUtcSeconds(parts: DateParts, seconds: number): void {
  const date = new Date(seconds * 1000);
  parts.year = date.getUTCFullYear();
  parts.month = date.getUTCMonth() + 1;
  parts.day = date.getUTCDate();
  parts.hour = date.getUTCHours();
  parts.minute = date.getUTCMinutes();
  parts.second = date.getUTCSeconds();
}

function twoDigits(value: number): string {
  return value < 10 ? `0${value}` : String(value);
}

export function renderDate(parts: DateParts): string {
  return `${String(parts.year).padStart(4, '0')}-${twoDigits(parts.month)}-${twoDigits(parts.day)}`;
}

export function renderTime(parts: DateParts): string {
  const time = `${twoDigits(parts.hour)}:${twoDigits(parts.minute)}:${twoDigits(parts.second)}`;
  if (parts.micros === 0) return time;
  return `${time}.${String(parts.micros).padStart(6, '0').replace(/0+$/, '')}`;
}

/** `Z`, `+02:00`, `+00:53:28`, or nothing where the text named no zone. */
export function renderOffset(offsetSeconds: number): string {
  if (Number.isNaN(offsetSeconds)) return '';
  if (offsetSeconds === 0) return 'Z';
  const size = Math.abs(offsetSeconds);
  const minutes = `${twoDigits(Math.floor(size / 3600))}:${twoDigits(Math.floor(size / 60) % 60)}`;
  const seconds = size % 60 === 0 ? '' : `:${twoDigits(size % 60)}`;
  return `${offsetSeconds < 0 ? '-' : '+'}${minutes}${seconds}`;
}
