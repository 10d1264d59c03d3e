/** Own code of the demo, as an operator would write it (docs/own-code.md): a validator that looks at a batch of films. */

/** The list was made in 2010, with a few announcements for 2011. */
const LAST_YEAR = 2011;

export function validate(
  records: readonly Readonly<Record<string, unknown>>[],
): { index: number; severity: 'error'; field: string; message: string }[] {
  return records.flatMap((record, index) => {
    const date = record['Release Date'];
    const year = typeof date === 'string' ? Number(date.slice(-4)) : Number.NaN;
    if (Number.isNaN(year) || year <= LAST_YEAR) return [];
    const message = `the film is said to be released in or after ${LAST_YEAR + 1}`;
    return [{ index, severity: 'error', field: 'Release Date', message }];
  });
}
