/** JSON Schema of a duration. */
export const DURATION = { type: 'string', pattern: '^[0-9]{1,9}(ms|s|m|h|d)$' } as const;

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
