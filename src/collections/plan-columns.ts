/** Can these fields be written to these columns? Asked once, before the first record is read. */
import { AppError } from '../core/errors.ts';
import type { ImportMode } from '../core/job.ts';
import type { Collection, ColumnFacts, Field, FieldType } from './collection.ts';
import { filledBy } from './filled-by-target.ts';
import { parseSqlType } from './sql-type.ts';

const KEY_ADVICE = 'It is part of the key: mode update or upsert finds records by it and does not write it.';
const FIELD_ADVICE =
  'Leave it out of the mapping (--map): where no mapping names it, a column that only the database fills is ignored. A file needs other fields beside it.';

export interface ColumnPlanOptions {
  readonly collection: Collection;
  readonly facts: readonly ColumnFacts[];
  /** Names of the collection's fields that the source has. */
  readonly fields: readonly string[];
  /** What becomes of each record (`recordModeOf`). */
  readonly mode: ImportMode;
}

interface ColumnProblem {
  readonly field?: string;
  readonly column: string;
  readonly message: string;
}

/** A JSON array, or PostgreSQL's literal of one. */
const ARRAY_TAKES: readonly FieldType[] = ['json', 'text'];
const TEXTUAL: readonly FieldType[] = [
  'text',
  'integer',
  'number',
  'date',
  'time',
  'date-time',
  'uuid',
  'json',
];

/** What may go into which type of column. Types that are not listed (enums, domains, inet, …) are the database's to judge. */
const TAKES: ReadonlyMap<string, readonly FieldType[]> = new Map<string, readonly FieldType[]>([
  ['smallint', ['integer', 'number']],
  ['integer', ['integer', 'number']],
  ['bigint', ['integer', 'number']],
  ['numeric', ['integer', 'number']],
  ['real', ['integer', 'number']],
  ['double precision', ['integer', 'number']],
  ['boolean', ['boolean']],
  ['date', ['date']],
  ['time without time zone', ['time']],
  ['time with time zone', ['time']],
  ['timestamp without time zone', ['date-time', 'date']],
  // A date would become midnight in whatever zone the session has.
  ['timestamp with time zone', ['date-time']],
  ['uuid', ['uuid']],
  ['json', ['json']],
  ['jsonb', ['json']],
  ['text', TEXTUAL],
  ['character varying', TEXTUAL],
  ['character', TEXTUAL],
]);

/**
 * Refuses what could never be written: generated columns, identity columns that the database insists on, types that do not
 * fit, and required columns that nothing fills.
 * @throws AppError `target.unsupported` whose `details.errors` lists every problem with field and column
 */
export function planColumns(options: ColumnPlanOptions): void {
  const { collection, facts, fields, mode } = options;
  const byColumn = new Map(facts.map((fact) => [fact.column, fact]));
  const mapped = collection.fields.filter((field) => fields.includes(field.name));
  // To delete, only the key is looked at, and nothing is written.
  const used = mode === 'delete' ? mapped.filter((field) => collection.key.includes(field.name)) : mapped;
  const problems = used.flatMap((field) => checkField(field, byColumn.get(field.column), options));
  if (mode !== 'update' && mode !== 'delete') problems.push(...unfilledColumns(options));
  if (problems.length === 0) return;
  const listed = problems.map((problem) => problem.message).join('\n');
  throw new AppError('target.unsupported', listed, { details: { errors: problems } });
}

function checkField(
  field: Field,
  facts: ColumnFacts | undefined,
  options: ColumnPlanOptions,
): ColumnProblem[] {
  const { name, type, column } = field;
  const problem = (message: string): ColumnProblem[] => [{ field: name, column, message }];
  if (facts === undefined)
    return problem(`The field "${name}" has no column: the target has no column "${column}".`);
  const isKey = options.collection.key.includes(name);
  const isMatchedOnly = isKey && ['update', 'delete'].includes(options.mode);
  const because = isMatchedOnly ? undefined : filledBy(field, options.facts);
  if (because !== undefined) {
    const what = because === 'generated' ? 'is generated' : 'is an identity "always"';
    return problem(
      `The field "${name}" cannot be written: its column "${column}" ${what}. ${isKey ? KEY_ADVICE : FIELD_ADVICE}`,
    );
  }
  const { base, isArray } = parseSqlType(facts.sqlType);
  const takes = isArray ? ARRAY_TAKES : TAKES.get(base);
  if (takes === undefined || takes.includes(type)) return [];
  return problem(
    `The field "${name}" is of type ${type}, which the column "${column}" (${facts.sqlType}) does not take; expected ${takes.join(' or ')}.`,
  );
}

/** Columns of the target outside the collection that may not be null and that nothing fills. */
function unfilledColumns({ collection, facts }: ColumnPlanOptions): ColumnProblem[] {
  const filled = new Set([...collection.scope, ...collection.fields.map((field) => field.column)]);
  const unfilled = facts.filter((fact) => {
    const fillsItself = fact.isNullable || fact.hasDefault || fact.isGenerated || fact.isIdentityAlways;
    return !fillsItself && !filled.has(fact.column);
  });
  return unfilled.map(({ column }) => ({
    column,
    message: `The column "${column}" may not be null and has no default, but no field and no scope fills it.`,
  }));
}
