/**
 * Filters of an export as SQL. COPY takes no bind parameters, so each value is set as `waybill.pN` for the transaction and
 * read back with `current_setting`, cast to the column's type: no text of a request is ever part of a statement.
 */
import { AppError } from '../../core/errors.ts';
import { type Filter, type FilterOperator, MAX_FILTER_VALUES } from '../../core/job.ts';
import { identifier } from './quote.ts';

export interface FilterColumn {
  readonly column: string;
  readonly sqlType: string;
  /** SQL over `t`, where it is not the column itself. */
  readonly sql?: string;
}

export function valueOf({ column, sql }: FilterColumn): string {
  return sql ?? `t.${identifier(column)}`;
}

export interface FilterSql {
  /** Condition over `t`. */
  readonly where: string;
  /** Values for `waybill.p1`, `waybill.p2`, …. */
  readonly params: readonly string[];
}

const COMPARISONS: Readonly<Partial<Record<FilterOperator, string>>> = {
  eq: '=',
  ne: '<>',
  lt: '<',
  le: '<=',
  gt: '>',
  ge: '>=',
};

/** Deeper filters are refused: they come from outside and each level is a level of recursion here and in the parser. */
const MAX_DEPTH = 20;

/**
 * @param columns by field name; @param firstParam number of the first parameter, after those of the scope.
 * @throws AppError `request.invalid` for unknown fields and operators, missing or superfluous values.
 */
export function buildFilter(
  filter: Filter,
  columns: ReadonlyMap<string, FilterColumn>,
  firstParam = 1,
): FilterSql {
  const params: string[] = [];

  function param(value: string, sqlType: string): string {
    if (value.includes('\0'))
      throw invalid('A filter value contains a NUL character, which PostgreSQL cannot store');
    if (params.length === MAX_FILTER_VALUES)
      throw invalid(`A filter has at most ${MAX_FILTER_VALUES} values`);
    params.push(value);
    return `current_setting('waybill.p${firstParam + params.length - 1}')::${sqlType}`;
  }

  function build(node: Filter, depth: number): string {
    if (depth > MAX_DEPTH) throw invalid(`A filter is at most ${MAX_DEPTH} levels deep`);
    if ('and' in node) return join(node.and, ' and ', 'true', depth);
    if ('or' in node) return join(node.or, ' or ', 'false', depth);
    if ('not' in node) return `(not coalesce(${build(node.not, depth + 1)}, false))`;
    return compare(node);
  }

  function join(nodes: readonly Filter[], word: string, none: string, depth: number): string {
    return nodes.length === 0 ? none : `(${nodes.map((node) => build(node, depth + 1)).join(word)})`;
  }

  function compare({ field, op, value }: Extract<Filter, { field: string }>): string {
    const found = columns.get(field);
    if (found === undefined) {
      throw invalid(
        `The filter names field ${field}, which the collection does not have; it has ${[...columns.keys()].join(', ')}`,
      );
    }
    const column = valueOf(found);
    if (op === 'is_null' || op === 'not_null') {
      if (value !== undefined) throw invalid(`Operator ${op} on field ${field} takes no value`);
      return `(${column} is ${op === 'is_null' ? '' : 'not '}null)`;
    }
    if (op === 'in') {
      if (!Array.isArray(value)) throw invalid(`Operator in on field ${field} takes a list of texts`);
      const values = (value as readonly string[]).map((one) => param(one, found.sqlType));
      return values.length === 0 ? 'false' : `(${column} in (${values.join(', ')}))`;
    }
    if (typeof value !== 'string') throw invalid(`Operator ${op} on field ${field} takes one text`);
    if (op === 'like') return `(${column}::text like ${param(value, 'text')})`;
    const operator = COMPARISONS[op];
    if (operator === undefined) throw invalid(`There is no operator ${op}`);
    // An empty setting is an empty text; a value that the type refuses fails when the statement runs.
    return `(${column} ${operator} ${param(value, found.sqlType)})`;
  }

  return { where: build(filter, 0), params };
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
