import { refuse } from './envelope.ts';

/** ISO 8601, `yyyy-MM-ddTHH:mm:ss`; seconds, their fraction, the zone and the time of the day may be missing. */
const TIME = /^(\d{4}-\d{2}-\d{2})(?:[T ](\d{2}:\d{2})(?::(\d{2})(\.\d{1,7})?)?)?(Z|[+-]\d{2}:\d{2})?$/;

/**
 * A time of a request, to the microsecond; without a zone it is UTC, and a day is its midnight.
 *
 * @throws Refusal unless there is such a time
 */
export function readTime(parameter: string, given: string): string {
  const [, day = '', minutes = '00:00', seconds = '00', fraction = '', zone = 'Z'] = TIME.exec(given) ?? [];
  const time = `${day}T${minutes}:${seconds}`;
  // 2026-02-30 and 24:00 are read as times of the next day or month; PostgreSQL has no year 0.
  const isThere = isSame(new Date(`${time}Z`), time) && isTime(new Date(`${time}${zone}`)) && day >= '0001';
  if (isThere) return `${time}${fraction.slice(0, 7)}${zone}`;
  throw refuse(`The value "${given}" of the parameter ${parameter} is no time such as 2026-05-01T00:00:00.`);
}

/** @param one as `readTime` gives it; and the other */
export function isBefore(one: string, other: string): boolean {
  return new Date(one) < new Date(other);
}

function isTime(instant: Date): boolean {
  return !Number.isNaN(instant.getTime());
}

function isSame(instant: Date, time: string): boolean {
  return isTime(instant) && instant.toISOString().startsWith(time);
}
