/** Wall-clock times of an IANA zone as UTC, by the rules that `Intl` knows. */

/** Offset of the zone at wall-clock seconds, in seconds east of UTC; undefined where the clock jumps over that time. */
export type ZoneOffset = (wallSeconds: number) => number | undefined;

/** Offsets change at quarter hours at most, so one answer serves a quarter of an hour. */
const BUCKET_SECONDS = 900;
const MAX_CACHED_OFFSETS = 20_000;

export function isTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en-US', { timeZone: name }).format(0);
    return true;
  } catch {
    return false;
  }
}

/** A time that the clock passes twice (in autumn) is the earlier of the two, as ECMAScript's Temporal has it. */
export function createZoneOffset(timeZone: string): ZoneOffset {
  const offsetAt = createOffsetAt(timeZone);
  return (wallSeconds) => {
    const before = offsetAt(wallSeconds - 86_400);
    const after = offsetAt(wallSeconds + 86_400);
    if (offsetAt(wallSeconds - before) === before) return before;
    return offsetAt(wallSeconds - after) === after ? after : undefined;
  };
}

/** Offset of the zone at a point in time, in seconds east of UTC. */
export function createOffsetAt(timeZone: string): (utcSeconds: number) => number {
  const format = new Intl.DateTimeFormat('en-US', { timeZone, timeZoneName: 'longOffset' });
  const cache = new Map<number, number>();
  return (utcSeconds) => {
    const bucket = Math.floor(utcSeconds / BUCKET_SECONDS);
    let offset = cache.get(bucket);
    if (offset === undefined) {
      if (cache.size >= MAX_CACHED_OFFSETS) cache.clear();
      offset = readOffset(format, bucket * BUCKET_SECONDS);
      cache.set(bucket, offset);
    }
    return offset;
  };
}

function readOffset(format: Intl.DateTimeFormat, utcSeconds: number): number {
  const name = format.formatToParts(utcSeconds * 1000).find((part) => part.type === 'timeZoneName')?.value;
  const match = /^GMT(?:([+-])(\d+):?(\d+)?(?::(\d+))?)?$/.exec(name ?? '');
  if (match === null) throw new Error(`Intl gave the zone offset as "${name}"`);
  const seconds = Number(match[2] ?? 0) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
  return match[1] === '-' ? -seconds : seconds;
}
