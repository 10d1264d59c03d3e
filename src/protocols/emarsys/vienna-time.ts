/** Times as Emarsys writes them: `2012-05-23 11:08:56`, always in Vienna's zone. Source: dev.emarsys.com, "Check Export Status". */

// Swedish writes dates as ISO 8601 does.
const VIENNA = new Intl.DateTimeFormat('sv-SE', {
  timeZone: 'Europe/Vienna',
  dateStyle: 'short',
  timeStyle: 'medium',
});

const HOUR_MS = 3600 * 1000;

export function renderViennaTime(instant: Date): string {
  return VIENNA.format(instant);
}

/**
 * `YYYY-MM-DD HH:MM:SS` as an instant; undefined for what is no such time. An hour that comes twice, when summer ends, is taken for the
 * first; one that does not come at all, when it begins, for the same time on a clock that was not put forward.
 */
export function readViennaTime(text: string): Date | undefined {
  const wallMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  // 2026-02-30 is read as a day in March.
  const isTime =
    /^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/.test(text) &&
    !Number.isNaN(wallMs) &&
    new Date(wallMs).toISOString().startsWith(text.replace(' ', 'T'));
  if (!isTime) return undefined;
  const inSummer = new Date(wallMs - 2 * HOUR_MS);
  return renderViennaTime(inSummer) === text ? inSummer : new Date(wallMs - HOUR_MS);
}
