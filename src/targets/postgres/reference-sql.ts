/** References by external key: a field's value must be that of a record of another collection, within the scope. */
import type { Reference } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import { identifier } from './quote.ts';
import type { ShapeField } from './staged-column.ts';
import { findColumn, type TableColumn, type TargetRelation } from './table.ts';
import type { WriteShape } from './write-shape.ts';

/** A reference with the relation that it leads to. */
export interface WriterReference extends Reference {
  readonly relation: TargetRelation;
  /** Column of `toField` in that relation. */
  readonly toColumn: string;
}

const DEFAULT_COLLATION = ' collate pg_catalog."default"';

const FAMILIES: readonly (readonly string[])[] = [
  ['text', 'character varying', 'character', 'citext'],
  ['smallint', 'integer', 'bigint', 'numeric'],
];

/**
 * Conditions over `s`. A reference to the collection itself is left to the pass over the file (`self-references.ts`): which records of
 * the file are there already depends on where the chunks begin, and a verdict must not.
 */
export function referenceConditions(
  shape: WriteShape,
  references: readonly WriterReference[],
): { field: ShapeField; reference: WriterReference; isMissing: string }[] {
  return references
    .filter((reference) => reference.link === undefined && reference.collection !== shape.collection.name)
    .flatMap((reference) => {
      const field = shape.fields.find((candidate) => candidate.field.name === reference.field);
      return field === undefined ? [] : [{ field, reference, isMissing: isMissing(shape, field, reference) }];
    });
}

function isMissing(shape: WriteShape, field: ShapeField, reference: WriterReference): string {
  const column = findColumn(reference.relation, reference.toColumn);
  if (column === undefined) {
    throw new AppError(
      'target.not_found',
      `${reference.relation.title} has no column ${reference.toColumn}, which ${reference.field} refers to`,
    );
  }
  const target = `r.${identifier(column.column)}`;
  const staged = `s.${field.staged}`;
  const { cast, collate } = comparisonOf(column, field.column);
  const same = `${target}${cast} = ${staged}${cast}${collate}`;
  const scope = shape.scope.flatMap((scoped) => {
    const there = findColumn(reference.relation, scoped.column.column);
    return there === undefined ? [] : [` and r.${identifier(there.column)} = ${scoped.value}`];
  });
  return `${staged} is not null and not exists (select from ${reference.relation.sql} r where ${same}${scope.join('')})`;
}

/** How a value of `own` is compared with one of `column`, which it refers to. */
export function comparisonOf(
  column: TableColumn,
  own: TableColumn,
): { readonly cast: string; readonly collate: string } {
  return {
    cast: areComparable(column.sqlType, own.sqlType) ? '' : '::text',
    // Two columns may have two collations: as for a foreign key, that of the column referred to counts.
    collate: column.collate === '' && own.collate !== '' ? DEFAULT_COLLATION : column.collate,
  };
}

function areComparable(one: string, other: string): boolean {
  const [a, b] = [baseName(one), baseName(other)];
  return a === b || FAMILIES.some((family) => family.includes(a) && family.includes(b));
}

function baseName(sqlType: string): string {
  return sqlType.replace(/\(.*\)/, '');
}
