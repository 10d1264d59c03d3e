/**
 * Dates and times of a workbook: days since an epoch, as a number. Source: ECMA-376-1, section 18.17.4. In the system of 1900 the days up to 59
 * are counted from 1899-12-31; 60 is 29 February 1900, which never was; from 61 on the count is one too far.
 */
import type { FormatKind } from './cell-format.ts';

const DAY_MS = 86_400_000;
const EPOCH_1900 = Date.UTC(1899, 11, 30);
const EPOCH_1904 = Date.UTC(1904, 0, 1);
const NO_DAY = 60;
/** 9999-12-31, by the system. */
const LAST_1900 = 2_958_465;
const LAST_1904 = 2_957_003;

/**
 * The text in ISO 8601: `2024-01-31`, `2024-01-31T12:30:00`, `12:30:00`; a duration as `36:00:00`. Milliseconds where there are some: a
 * double keeps no more.
 *
 * @param serial as it is in the cell
 * @returns undefined where the number is no such day or time
 */
export function serialText(
  serial: string,
  kind: Exclude<FormatKind, 'number' | 'digits'>,
  is1904: boolean,
): string | undefined {
  const value = Number(serial);
  if (!Number.isFinite(value)) return undefined;
  if (kind === 'duration') return durationText(value);
  const last = is1904 ? LAST_1904 : LAST_1900;
  if (value < 0 || value >= last + 1) return undefined;
  const ms = Math.round((value - Math.floor(value)) * DAY_MS);
  const day = Math.floor(value) + (ms === DAY_MS ? 1 : 0);
  if (day > last) return undefined;
  const isTime = value < 1 && (kind === 'time' || kind === 'east');
  // A time has no day: 0 in the system of 1900, and in that of 1904 the first one.
  if (isTime) return day === 0 ? timeText(ms % DAY_MS) : undefined;
  const date = dateText(day, is1904);
  if (date === undefined) return undefined;
  // A date that hides a time under its format is told whole: what is cut off is for the reader to say.
  const isDay = ms % DAY_MS === 0 && kind !== 'date-time' && kind !== 'time';
  return isDay ? date : `${date}T${timeText(ms % DAY_MS)}`;
}

function dateText(day: number, is1904: boolean): string | undefined {
  if (is1904) return isoDate(EPOCH_1904 + day * DAY_MS);
  if (day < 1 || day === NO_DAY) return undefined;
  return isoDate(EPOCH_1900 + (day < NO_DAY ? day + 1 : day) * DAY_MS);
}

/** Of the years that serials have: 1899 to 9999. */
function isoDate(ms: number): string {
  const date = new Date(ms);
  return `${date.getUTCFullYear()}-${twoDigits(date.getUTCMonth() + 1)}-${twoDigits(date.getUTCDate())}`;
}

/** @param ms of a day */
function timeText(ms: number): string {
  const seconds = Math.floor(ms / 1000);
  const minutes = Math.floor(seconds / 60);
  const text = `${twoDigits(Math.floor(minutes / 60))}:${twoDigits(minutes % 60)}:${twoDigits(seconds % 60)}`;
  return ms % 1000 === 0 ? text : `${text}.${String(ms % 1000).padStart(3, '0')}`;
}

function twoDigits(number: number): string {
  return number < 10 ? `0${number}` : `${number}`;
}

function durationText(days: number): string {
  const ms = Math.round(Math.abs(days) * DAY_MS);
  const hours = Math.floor(ms / 3_600_000);
  const rest = timeText(ms % 3_600_000).slice(3);
  return `${days < 0 && ms > 0 ? '-' : ''}${String(hours).padStart(2, '0')}:${rest}`;
}

/** The number that a workbook of the system of 1900 has for it; undefined for what is no such text, or lies before that system. */
export function serialOf(
  text: string,
): { serial: number; kind: 'date' | 'date-time' | 'time' | 'duration' } | undefined {
  const match =
    /^(?:(\d{4})-(\d{2})-(\d{2})(?:T(?=\d)|$))?(?:(-?\d{2,}):(\d{2}):(\d{2}(?:\.\d{1,3})?))?$/.exec(text);
  if (match === null) return undefined;
  const [, year, month, day, hours, minutes = '0', seconds = '0'] = match;
  if (year === undefined && hours === undefined) return undefined;
  const isNegative = hours?.startsWith('-') === true;
  const time =
    (Math.abs(Number(hours ?? 0)) * 3_600_000 + Number(minutes) * 60_000 + Number(seconds) * 1000) / DAY_MS;
  if (year === undefined)
    return { serial: isNegative ? -time : time, kind: time < 1 && !isNegative ? 'time' : 'duration' };
  const days = (Date.UTC(Number(year), Number(month) - 1, Number(day)) - EPOCH_1900) / DAY_MS;
  const serial = days <= NO_DAY ? days - 1 : days;
  if (serial < 1) return undefined;
  return { serial: serial + time, kind: hours === undefined ? 'date' : 'date-time' };
}
