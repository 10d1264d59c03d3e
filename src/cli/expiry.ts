/** What `keys` and `clients` have in common: whom they are made for, and when what is made ends. */
import { wrongUsage } from './command-line.ts';

export const ROLES = ['reader', 'integrator', 'operator', 'administrator'];
const DAY_MS = 24 * 3600 * 1000;

/** RFC 3339 for the API; null: never; undefined: what the server takes by default. */
export function parseExpiry(text: string | undefined): string | null | undefined {
  if (text === undefined) return undefined;
  if (text === 'never') return null;
  const days = /^([1-9]\d{0,4})d$/.exec(text)?.[1];
  if (days !== undefined) return new Date(Date.now() + Number(days) * DAY_MS).toISOString();
  const time = new Date(text);
  if (!/^\d{4}-\d\d-\d\d/.test(text) || Number.isNaN(time.getTime()))
    throw wrongUsage(
      `--expires must be days such as 90d, a time (RFC 3339) or never, got ${JSON.stringify(text)}`,
    );
  return time.toISOString();
}
