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

/** What the clock of a zone shows. Both offsets are the same but for a time that it passes twice (in autumn). */
export interface WallClock {
  readonly first: ZoneOffset;
  readonly second: ZoneOffset;
}

export function createWallClock(timeZone: string): WallClock {
  const offsetAt = createOffsetAt(timeZone);
  const offset = (wallSeconds: number, preferred: number, other: number) => {
    const [one, two] = [offsetAt(wallSeconds + preferred), offsetAt(wallSeconds + other)];
    if (offsetAt(wallSeconds - one) === one) return one;
    return offsetAt(wallSeconds - two) === two ? two : undefined;
  };
  return {
    first: (wallSeconds) => offset(wallSeconds, -86_400, 86_400),
    second: (wallSeconds) => offset(wallSeconds, 86_400, -86_400),
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
