/** JSON Schema of how far the clock is advanced: decades at most, since times in a database end somewhere. */
export const ADVANCE = {
  type: 'string',
  pattern: '^([0-9]{1,9}(ms|s)|[0-9]{1,6}m|[0-9]{1,4}[hd])$',
} as const;

/** JSON Schema of a delay: days at most, since longer timers end at once. */
export const DELAY = { type: 'string', pattern: '^([0-9]{1,6}(ms|s)|[0-9]{1,3}m)$' } as const;

const UNITS_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Milliseconds of a text such as `500ms`, `90s` or `2h`. */
export function parseDuration(text: string): number {
  const [, amount, unit = ''] = /^(\d+)(\D+)$/.exec(text) ?? [];
  return Number(amount) * (UNITS_MS[unit] ?? Number.NaN);
}
