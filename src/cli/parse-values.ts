/** Values of options: texts in, what the API takes out. Each throws `usage.invalid` that names its option. */
import type { Filter, FilterOperator } from '../core/job.ts';
import { wrongUsage } from './command-line.ts';

/** `a=b` given once or more. */
export function parsePairs(option: string, given: readonly string[] = []): Record<string, string> {
  return Object.fromEntries(
    given.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 1) throw wrongUsage(`${option}: expected NAME=VALUE, got "${pair}"`);
      return [pair.slice(0, at), pair.slice(at + 1)];
    }),
  );
}

export function parseCount(option: string, text: string | undefined, minimum = 0): number | undefined {
  if (text === undefined) return undefined;
  const value = Number(text);
  if (/^\d+$/.test(text) && Number.isSafeInteger(value) && value >= minimum) return value;
  throw wrongUsage(`${option}: expected a whole number from ${minimum}, got "${text}"`);
}

/** `100` or `5%`. */
export function parseMaxErrors(text: string | undefined): { maxErrors?: number; maxErrorShare?: number } {
  if (text === undefined) return {};
  const share = /^(\d+(?:\.\d+)?)%$/.exec(text);
  if (share === null) {
    if (!/^\d+$/.test(text))
      throw wrongUsage(`--max-errors: expected a number such as 100, or a share such as 5%, got "${text}"`);
    return { maxErrors: parseCount('--max-errors', text) ?? 0 };
  }
  const percent = Number(share[1]);
  if (percent > 100) throw wrongUsage(`--max-errors: expected at most 100%, got "${text}"`);
  return { maxErrorShare: percent / 100 };
}

export function parsePriority(text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  if (/^-?\d{1,3}$/.test(text) && Math.abs(Number(text)) <= 100) return Number(text);
  throw wrongUsage(`--priority: expected a whole number from -100 to 100, got "${text}"`);
}

/** A moment as RFC 3339, or a time from now such as `+90s`, `+15m`, `+2h`, `+1d`. */
export function parseMoment(
  option: string,
  text: string | undefined,
  nowMs: number = Date.now(),
): string | undefined {
  if (text === undefined) return undefined;
  const relative = /^\+(\d+)([smhd])$/.exec(text);
  const unitMs = { s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 }[relative?.[2] ?? ''];
  const ms = unitMs === undefined ? Date.parse(text) : nowMs + Number(relative?.[1]) * unitMs;
  if (!Number.isNaN(ms)) return new Date(ms).toISOString();
  throw wrongUsage(`${option}: expected a time such as 2025-03-01T18:00:00Z or +15m, got "${text}"`);
}

/** `a,b,c`. */
export function parseNames(text: string | undefined): string[] | undefined {
  return text?.split(',').map((name) => name.trim());
}

/** A delimiter as people can type it: one character, or `tab`. */
export function parseDelimiter(text: string | undefined): string | undefined {
  if (text === 'tab' || text === String.raw`\t`) return '\t';
  if (text === undefined || Array.from(text).length === 1) return text;
  throw wrongUsage(`--delimiter: expected one character, or "tab", got "${text}"`);
}

const MIB = 1024 * 1024;
const SIZES: Readonly<Record<string, number>> = { '': 1, K: 1024, M: MIB, G: 1024 * MIB };

/** `1000000`, `64K`, `100M`, `2G` (powers of 1,024). */
export function parseSize(option: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined;
  const match = /^(\d+)([KMG]?)(?:i?B)?$/.exec(text);
  const size = Number(match?.[1]) * (SIZES[match?.[2] ?? ''] ?? 1);
  if (match !== null && size > 0) return size;
  throw wrongUsage(`${option}: expected a size such as 1000000, 64M or 2G, got "${text}"`);
}

const SIGNS: Readonly<Record<string, FilterOperator>> = {
  '=': 'eq',
  '!=': 'ne',
  '<': 'lt',
  '<=': 'le',
  '>': 'gt',
  '>=': 'ge',
};

/** Filters of the command line, all of which must hold: `field op value`, or JSON as the API takes it. */
export function parseFilters(given: readonly string[] = []): Filter | undefined {
  const filters = given.map((text) =>
    text.trimStart().startsWith('{') ? parseJsonFilter(text) : parseComparison(text),
  );
  return filters.length <= 1 ? filters[0] : { and: filters };
}

function parseJsonFilter(text: string): Filter {
  try {
    // The server checks what is in it, against the collection.
    return JSON.parse(text) as Filter;
  } catch (error) {
    throw wrongUsage(`--filter: "${text}" starts like JSON but is not valid: ${(error as Error).message}`);
  }
}

function parseComparison(text: string): Filter {
  const match =
    /^\s*(.+?)\s+(eq|ne|lt|le|gt|ge|in|like|is_null|not_null|=|!=|<=|>=|<|>)(?:\s+(.*?))?\s*$/.exec(text);
  const [, field, word, value] = match ?? [];
  if (field === undefined || word === undefined) {
    throw wrongUsage(
      `--filter: expected 'FIELD OP VALUE' with eq, ne, lt, le, gt, ge, in, like, is_null or not_null, got "${text}"`,
    );
  }
  const op = SIGNS[word] ?? (word as FilterOperator);
  if (op === 'is_null' || op === 'not_null') return { field, op };
  if (value === undefined) throw wrongUsage(`--filter: "${text}" has no value to compare with`);
  return { field, op, value: op === 'in' ? value.split(',').map((one) => one.trim()) : value };
}

/** `field` or `field:desc`, given once or more. */
export function parseOrder(
  given: readonly string[] = [],
): { field: string; direction: 'asc' | 'desc' }[] | undefined {
  if (given.length === 0) return undefined;
  return given.map((text) => {
    const match = /^(.*):(asc|desc)$/.exec(text);
    return { field: match?.[1] ?? text, direction: match?.[2] === 'desc' ? 'desc' : 'asc' };
  });
}

/** For options that may be given more than once. */
export function collect(value: string, earlier: readonly string[] = []): readonly string[] {
  return [...earlier, value];
}
