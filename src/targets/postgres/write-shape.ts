/**
 * How a job's rows meet the target's columns: worked out once per writer, then turned into statements.
 *
 * In the statements `t` is the target and `s` the staged row. Staged columns have names (`_wb_…`) that no table has, so
 * that index expressions and conditions from the catalogue, whose columns are not qualified, mean the target's.
 */
import type { Collection } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import type { ImportMode } from '../../core/job.ts';
import type { WriterOptions } from '../target.ts';
import { resolveKey, type TargetKey } from './key-match.ts';
import { identifier, literal } from './quote.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ScopeColumn, ShapeField, ShapeLink } from './staged-column.ts';
import { findColumn, type Link, type TableColumn, type TargetRelation } from './table.ts';

export interface WriteShape {
  readonly collection: Collection;
  readonly relation: TargetRelation;
  /** Fields of the source that have a column in the target. */
  readonly fields: readonly ShapeField[];
  /** All fields of the source as they come, in the order of the rows' columns; others than `fields` only where there are links. */
  readonly copied: readonly ShapeField[];
  readonly links: readonly ShapeLink[];
  readonly scope: readonly ScopeColumn[];
  readonly key: TargetKey | undefined;
}

/**
 * @param scopeParameter a variable with the values of the scope (text[]), for a function that serves every scope. Default: the values themselves
 * @throws AppError `target.unsupported` when the mode cannot be done on this relation, and why.
 */
export function createWriteShape(
  relation: TargetRelation,
  options: Pick<WriterOptions, 'collection' | 'fields' | 'scope' | 'mode' | 'recordMode' | 'kind'>,
  scopeParameter?: string,
): WriteShape {
  const { collection } = options;
  if (options.kind === 'import' && !relation.isInsertable) {
    throw new AppError('target.unsupported', `${relation.title} cannot be written to; it can be exported`);
  }
  assertNoRewriting(relation, options.recordMode ?? options.mode, options.mode);
  const copied = options.fields.map((name, at) => toCopied(relation, collection, name, at + 1));
  const links = relation.links.flatMap((link) => toShapeLink(collection, link, copied));
  const fields = links.length === 0 ? copied : storedFields(copied, links);
  const scope = toScope(relation, collection, options.scope, scopeParameter);
  const key = resolveKey(relation, collection, fields, scope);
  if (key === undefined && options.mode !== 'insert') {
    throw new AppError(
      'target.unsupported',
      `Collection ${collection.name} has no key, so mode ${options.mode} cannot find its records; only insert is possible`,
    );
  }
  return { collection, relation, fields, copied, links, scope, key };
}

const STATEMENTS: Readonly<Record<ImportMode, readonly string[]>> = {
  insert: ['insert'],
  update: ['update'],
  upsert: ['insert', 'update'],
  delete: ['delete'],
  replace: ['insert', 'update', 'delete'],
};

/** A rule puts other statements in place of ours, so that nobody could say what became of a record. */
function assertNoRewriting({ title, rewriteRules }: TargetRelation, ...modes: readonly ImportMode[]): void {
  const statements = modes.flatMap((mode) => STATEMENTS[mode]);
  const rules = rewriteRules.filter((rule) => statements.includes(rule.on));
  if (rules.length === 0) return;
  const named = rules.map(({ name, on }) => `${name} (on ${on})`).join(', ');
  throw new AppError(
    'target.unsupported',
    `${title} rewrites what is written to it by ${rules.length === 1 ? 'the rule' : 'the rules'} ${named}, so what becomes of a record could not be told. Make a trigger of it, or import into the table behind it; exports are not concerned.`,
    { details: { rules: rules.map(({ name }) => name) } },
  );
}

function toCopied(
  relation: TargetRelation,
  collection: Collection,
  name: string,
  position: number,
): ShapeField {
  const field = collection.fields.find((candidate) => candidate.name === name);
  const part = relation.links.flatMap(({ parts }) => parts).find((candidate) => candidate.field === field);
  const column = part?.toColumn ?? (field && findColumn(relation, field.column));
  if (!field || !column) throw new Error(`Field ${name} is not in collection ${collection.name}`);
  return { field, column, position, staged: `_wb_${part === undefined ? '' : 'n'}${position}` };
}

/** @throws AppError `job.missing_key_field` where the source has some of its fields and not all */
function toShapeLink(
  collection: Collection,
  link: Link,
  copied: readonly ShapeField[],
): readonly ShapeLink[] {
  const sources = link.parts.flatMap(
    ({ field }) => copied.find((candidate) => candidate.field === field) ?? [],
  );
  const [first] = sources;
  if (first === undefined) return [];
  if (sources.length < link.parts.length) {
    const names = sources.map(({ field }) => field);
    const missing = link.parts.flatMap(({ field }) => (names.includes(field) ? [] : [field.name]));
    throw new AppError(
      'job.missing_key_field',
      `The source has no field ${missing.join(', ')}, which ${collection.name} needs beside ${first.field.name} to refer to ${link.reference.collection}`,
      { details: { missing } },
    );
  }
  const { position, field } = first;
  return [{ link, sources, field: { field, position, staged: `_wb_${position}`, column: link.column } }];
}

/** In the order of the source: in place of the fields of a natural key the one that is stored. */
function storedFields(copied: readonly ShapeField[], links: readonly ShapeLink[]): readonly ShapeField[] {
  return copied.flatMap((field) => {
    const link = links.find(({ sources }) => sources.includes(field));
    if (link === undefined) return [field];
    return link.sources[0] === field ? [link.field] : [];
  });
}

/** Names of all staged columns of values. */
export function stagedNames({ copied, links }: WriteShape): readonly string[] {
  return [...copied, ...links.map(({ field }) => field)].map(({ staged }) => staged);
}

/** The field as the source has it: what an issue shows. */
export function asCopied({ copied }: WriteShape, field: ShapeField): ShapeField {
  return copied.find((candidate) => candidate.field === field.field) ?? field;
}

function toScope(
  relation: TargetRelation,
  collection: Collection,
  scope: Readonly<Record<string, string>>,
  parameter: string | undefined,
): ScopeColumn[] {
  const missing = collection.scope.filter((name) => !Object.hasOwn(scope, name));
  if (missing.length > 0) {
    throw new AppError(
      'request.invalid',
      `Collection ${collection.name} needs a scope value for ${missing.join(', ')}`,
      {
        details: { missing },
      },
    );
  }
  return Object.entries(scope).map(([name, text], at) => {
    const column = findColumn(relation, name);
    if (column === undefined) {
      throw new AppError('request.invalid', `${relation.title} has no column ${name}, which the scope names`);
    }
    const value = parameter === undefined ? literal(text) : `${parameter}[${at + 1}]`;
    return { column, value: `(${value})::${column.storageType}` };
  });
}

/** Condition over `st`: the judge has found nothing about this record. */
export const IS_ACCEPTED = `st._wb_record not in (select f.record from ${FOUND_TABLE} f)`;

/** Fields that a write sets: not generated ones, not those that the scope forces. */
export function writtenFields(shape: WriteShape): readonly ShapeField[] {
  const scoped = new Set(shape.scope.map((scope) => scope.column.column));
  return shape.fields.filter(({ column }) => !column.isGenerated && !scoped.has(column.column));
}

/** Fields that an update may change: of those written, all but plain key columns and identities. */
export function updatedFields(shape: WriteShape): readonly ShapeField[] {
  const keyColumns = new Set(shape.key?.columns ?? []);
  return writtenFields(shape).filter(
    ({ column }) => !keyColumns.has(column.column) && !column.isIdentityAlways,
  );
}

/** Condition: the staged row does not have this field. */
export function isAbsent(field: ShapeField): string {
  return `coalesce(${field.position} = any (s._wb_absent), false)`;
}

/** `t."column"` */
export function ofTarget(column: TableColumn): string {
  return `t.${identifier(column.column)}`;
}

/**
 * The staged rows as a source named by the caller: all staged columns, and the key's values `_wb_k1`, ….
 *
 * @param table staging table; `where` is over `st`.
 */
export function stagedRows(shape: WriteShape, table: string, where = 'true'): string {
  const parts = shape.key?.parts ?? [];
  const keys = parts.map((part, at) => `, ${part.staged} as _wb_k${at + 1}`).join('');
  // Only expressions need the row under the target's names.
  const image = parts.some((part) => part.isExpression)
    ? ` cross join lateral (select ${imageColumns(shape)}) img`
    : '';
  return `(select st.*${keys} from ${table} st${image} where ${where})`;
}

/**
 * Staged rows without findings. `not in` is a hashed subplan whatever joins are allowed; an array would be searched from
 * its start for each row, and a join would be a nested loop.
 */
export function acceptedRows(shape: WriteShape, table: string): string {
  return stagedRows(shape, table, IS_ACCEPTED);
}

function imageColumns(shape: WriteShape): string {
  return [
    ...shape.fields.map(({ staged, column }) => `st.${staged} as ${identifier(column.column)}`),
    ...shape.scope
      .filter(({ column }) => !shape.fields.some((field) => field.column === column))
      .map(({ column, value }) => `${value} as ${identifier(column.column)}`),
  ].join(', ');
}
