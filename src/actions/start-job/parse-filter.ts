import type { Field } from '../../collections/collection.ts';
import { createLiteralCheck } from '../../collections/literal.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { AppError } from '../../core/errors.ts';
import { describeIssue } from '../../core/issue.ts';
import type { Filter, FilterOperator } from '../../core/job.ts';
import { checkFilterSize } from './filter-size.ts';

/** How many values each operator takes. */
const OPERATORS: Readonly<Record<FilterOperator, 'none' | 'one' | 'many'>> = {
  eq: 'one',
  ne: 'one',
  lt: 'one',
  le: 'one',
  gt: 'one',
  ge: 'one',
  in: 'many',
  like: 'one',
  is_null: 'none',
  not_null: 'none',
};

const MAX_DEPTH = 20;

/**
 * Reads a filter: `{and: […]}`, `{or: […]}`, `{not: …}` or `{field, op, value}`.
 *
 * @throws AppError `request.invalid` that names the place, also of a value that is none of its field's type, or the limit of values.
 */
export function parseFilter(raw: unknown, fields: readonly Field[]): Filter {
  checkFilterSize(raw);
  return parseNode(raw, fields, 'filter', 0);
}

function parseNode(raw: unknown, fields: readonly Field[], path: string, depth: number): Filter {
  if (depth > MAX_DEPTH) throw invalid(path, `is nested deeper than ${MAX_DEPTH} levels`);
  if (typeof raw !== 'object' || raw === null || Array.isArray(raw)) throw invalid(path, 'must be an object');
  const members = new Map<string, unknown>(Object.entries(raw));
  for (const word of ['and', 'or'] as const) {
    if (!members.has(word)) continue;
    const list = onlyMember(members, word, path);
    if (!Array.isArray(list) || list.length === 0)
      throw invalid(`${path}.${word}`, 'must be a list of filters');
    const filters = list.map((item, index) =>
      parseNode(item, fields, `${path}.${word}[${index}]`, depth + 1),
    );
    return word === 'and' ? { and: filters } : { or: filters };
  }
  if (!members.has('not')) return parseComparison(members, fields, path);
  return { not: parseNode(onlyMember(members, 'not', path), fields, `${path}.not`, depth + 1) };
}

function parseComparison(members: Map<string, unknown>, fields: readonly Field[], path: string): Filter {
  for (const name of members.keys()) {
    if (!['field', 'op', 'value'].includes(name)) {
      throw invalid(
        path,
        `has "${name}", which is not known${didYouMean(name, ['field', 'op', 'value', 'and', 'or', 'not'])}`,
      );
    }
  }
  const field = findField(members.get('field'), fields, `${path}.field`);
  const op = members.get('op');
  if (!isOperator(op)) {
    const known = Object.keys(OPERATORS);
    throw invalid(
      `${path}.op`,
      `must be one of ${known.join(', ')}, got ${JSON.stringify(op)}${didYouMean(String(op), known)}`,
    );
  }
  const parsed = parseValue(op, members.get('value'), `${path}.value`);
  // A pattern is a text whatever it is compared with.
  if (op !== 'like') assertType(field, parsed.value, `${path}.value`);
  return { field: field.name, op, ...parsed };
}

function findField(name: unknown, fields: readonly Field[], path: string): Field {
  const found = fields.find((field) => field.name === name);
  if (found !== undefined) return found;
  const names = fields.map((field) => field.name);
  throw invalid(
    path,
    `must be a field of the collection, got ${JSON.stringify(name)}${didYouMean(String(name), names)}`,
  );
}

/** The value itself is not repeated: the field may be sensitive. */
function assertType(field: Field, value: string | readonly string[] | undefined, path: string): void {
  if (value === undefined) return;
  const check = createLiteralCheck(field);
  for (const [at, text] of (typeof value === 'string' ? [value] : value).entries()) {
    const refused = check(text);
    if (refused === undefined) continue;
    const place = typeof value === 'string' ? path : `${path}[${at}]`;
    throw invalid(place, `is not a value of field ${field.name} (${field.type}): ${describeIssue(refused)}`);
  }
}

function parseValue(op: FilterOperator, value: unknown, path: string): { value?: string | string[] } {
  const taken = OPERATORS[op];
  if (taken === 'none') {
    if (value !== undefined) throw invalid(path, `is given, but "${op}" takes no value`);
    return {};
  }
  if (taken === 'one') return { value: textOf(value, path) };
  if (!Array.isArray(value) || value.length === 0) throw invalid(path, 'must be a list of values');
  return { value: value.map((item, index) => textOf(item, `${path}[${index}]`)) };
}

/** Values stay text, so that big numbers stay exact; a number or boolean of JSON is taken as it was written. */
function textOf(value: unknown, path: string): string {
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean' || (typeof value === 'number' && isExact(value))) return String(value);
  throw invalid(path, `must be a text (or a number below 2^53), got ${JSON.stringify(value)}`);
}

function isExact(value: number): boolean {
  return Number.isFinite(value) && Math.abs(value) <= Number.MAX_SAFE_INTEGER;
}

function onlyMember(members: Map<string, unknown>, name: string, path: string): unknown {
  if (members.size > 1) throw invalid(path, `must have no other member beside "${name}"`);
  return members.get(name);
}

function isOperator(value: unknown): value is FilterOperator {
  return typeof value === 'string' && Object.hasOwn(OPERATORS, value);
}

function invalid(path: string, message: string): AppError {
  return new AppError('request.invalid', `${path} ${message}.`, { details: { path } });
}
