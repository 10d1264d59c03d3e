/** Finds the unique index that is a collection's key, and how a staged row is matched with it. */
import type { Collection } from '../../collections/collection.ts';
import { fieldsWithoutColumn } from '../../collections/parse-references.ts';
import { AppError } from '../../core/errors.ts';
import { identifier } from './quote.ts';
import type { ScopeColumn, ShapeField } from './staged-column.ts';
import type { IndexPart, TargetRelation, UniqueIndex } from './table.ts';

export interface KeyPart {
  /** SQL over the target, `t`. */
  readonly target: string;
  /** SQL over the staged row, `st` (and `img` for expressions). */
  readonly staged: string;
  readonly isExpression: boolean;
  readonly isFromScope: boolean;
}

export interface TargetKey {
  readonly index: UniqueIndex;
  readonly parts: readonly KeyPart[];
  /** Plain columns of the index: equal by definition where a row matches. */
  readonly columns: readonly string[];
  /** Condition over `t` and `s`: same key, inside the scope and inside the index. */
  readonly match: string;
  /** `match` without the scope, where that is wider: the same key in another scope cannot be written. */
  readonly matchAnyScope: string | undefined;
  /** Rows of the target that a job may see at all, over `t`. */
  readonly domain: string;
  /** For keys of one ordered field, perhaps after the scope's columns: how to ask for all keys from one to another. */
  readonly range: KeyRange | undefined;
  /** Order of writing, over `s`: the same for all writers, so that they cannot deadlock. */
  readonly order: string;
}

export interface KeyRange {
  /** SQL over the staged row, `st`. */
  readonly staged: string;
  /** Condition over `t`: the index has a key from one to the other. */
  readonly within: (least: string, greatest: string) => string;
}

/**
 * The unique index over exactly the key's columns, or over them and the scope's. `keyIndex` names it where it is partial or
 * over expressions.
 *
 * @throws AppError `target.unsupported` when there is none.
 */
export function findKeyIndex(relation: TargetRelation, collection: Collection): UniqueIndex | undefined {
  if (collection.key.length === 0) return undefined;
  const keyColumns = columnsOfKey(collection);
  const named = collection.keyIndex;
  const uniques = relation.uniques.filter(({ partition }) => partition === undefined);
  const index = uniques.find((candidate) =>
    named === undefined ? isOver(candidate, keyColumns, collection.scope) : candidate.name === named,
  );
  if (index !== undefined) return index;
  const names = uniques.map((candidate) => candidate.name).join(', ') || 'none';
  throw new AppError(
    'target.unsupported',
    named === undefined
      ? `${relation.title} has no unique index over ${keyColumns.join(', ')}; create one, or name one that is partial or over expressions with keyIndex (there are: ${names})`
      : `${relation.title} has no valid unique index ${named} (there are: ${names})`,
  );
}

export function resolveKey(
  relation: TargetRelation,
  collection: Collection,
  fields: readonly ShapeField[],
  scope: readonly ScopeColumn[],
): TargetKey | undefined {
  const index = findKeyIndex(relation, collection);
  if (index === undefined) return undefined;
  assertKeyFields(collection, fields);
  const parts = index.parts.map((part) => toPart(part, index, fields, scope));
  const columns = index.parts.flatMap(({ column }) => (column === undefined ? [] : [column]));
  const same = [
    ...parts.map((part, at) => equality(part, index.parts[at], `s._wb_k${at + 1}`)),
    ...(index.predicate === undefined ? [] : [`(${index.predicate})`]),
  ];
  const outside = scope.filter(({ column }) => !columns.includes(column.column)).map(scopeCondition);
  const inScope = scope.map(scopeCondition);
  return {
    index,
    parts,
    columns,
    match: [...same, ...outside].join(' and '),
    matchAnyScope: outside.length === 0 ? undefined : same.join(' and '),
    domain:
      [...inScope, ...(index.predicate === undefined ? [] : [`(${index.predicate})`])].join(' and ') ||
      'true',
    range: toRange(parts, index),
    order: parts.map((_, at) => `s._wb_k${at + 1}`).join(', '),
  };
}

/** As the index tells whether two values are one: its operator, its collation. */
function equality(
  { target }: KeyPart,
  part: Pick<IndexPart, 'equals' | 'collate'> | undefined,
  value: string,
): string {
  return `${target} ${part?.equals ?? '='} ${value}${part?.collate ?? ''}`;
}

function toRange(parts: readonly KeyPart[], index: UniqueIndex): KeyRange | undefined {
  const last = parts.at(-1);
  const before = parts.slice(0, -1);
  if (last === undefined || index.predicate !== undefined || index.parts.at(-1)?.isOrdered !== true)
    return undefined;
  if (last.isFromScope || before.some(({ isFromScope }) => !isFromScope)) return undefined;
  const same = before.map(({ target, staged }) => `${target} = ${staged} and `).join('');
  return {
    staged: last.staged,
    within: (least, greatest) => `${same}${last.target} between ${least} and ${greatest}`,
  };
}

function toPart(
  part: UniqueIndex['parts'][number],
  index: UniqueIndex,
  fields: readonly ShapeField[],
  scope: readonly ScopeColumn[],
): KeyPart {
  // The expression's columns come from `img`, which has the staged row under the target's names.
  if (part.column === undefined)
    return { target: part.sql, staged: part.sql, isExpression: true, isFromScope: false };
  const target = `t.${identifier(part.column)}`;
  const scoped = scope.find(({ column }) => column.column === part.column);
  if (scoped !== undefined) return { target, staged: scoped.value, isExpression: false, isFromScope: true };
  const field = fields.find(({ column }) => column.column === part.column);
  if (field !== undefined)
    return { target, staged: `st.${field.staged}`, isExpression: false, isFromScope: false };
  throw new AppError(
    'target.unsupported',
    `The unique index ${index.name} is also over ${part.column}, which is neither a field of the key nor in the scope`,
  );
}

function scopeCondition({ column, value }: ScopeColumn): string {
  return `t.${identifier(column.column)} = ${value}`;
}

function isOver(index: UniqueIndex, keyColumns: readonly string[], scope: readonly string[]): boolean {
  if (index.predicate !== undefined) return false;
  const columns = index.parts.map(({ column }) => column);
  if (!keyColumns.every((column) => columns.includes(column))) return false;
  return columns.every(
    (column) => column !== undefined && (keyColumns.includes(column) || scope.includes(column)),
  );
}

function assertKeyFields(collection: Collection, fields: readonly ShapeField[]): void {
  const withoutColumn = fieldsWithoutColumn(collection.references);
  const missing = collection.key.filter(
    (name) => !withoutColumn.has(name) && !fields.some(({ field }) => field.name === name),
  );
  if (missing.length === 0) return;
  throw new AppError(
    'job.missing_key_field',
    `The source has no field ${missing.join(', ')}, which is the key of ${collection.name}`,
    {
      details: { missing },
    },
  );
}

/** Several fields of a reference are one column. */
function columnsOfKey({ key, fields, references }: Collection): readonly string[] {
  const withoutColumn = fieldsWithoutColumn(references);
  return key
    .filter((name) => !withoutColumn.has(name))
    .map((name) => fields.find((field) => field.name === name)?.column ?? name);
}
