/**
 * References by natural key: the source has what identifies a record of another table (its code), the column has a
 * value of that record (its id). What is read of the other table for it, and how its records are matched.
 */
import type pg from 'pg';
import type { Collection, ColumnFacts, Field, LinkedReference } from '../../collections/collection.ts';
import { linksOf } from '../../collections/parse-references.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { findKeyIndex } from './key-match.ts';
import { identifier } from './quote.ts';
import { comparisonOf } from './reference-sql.ts';
import type { ScopeColumn } from './staged-column.ts';
import { findColumn, type Link, type TargetRelation, type UniqueIndex } from './table.ts';

/** Finds a collection that another refers to. @throws AppError `collection.not_found` */
export type FindCollection = (name: string) => Promise<Collection>;

/** @param read gives the relation of a collection @throws AppError `target.not_found`, `target.unsupported` */
export async function readLinks(
  client: pg.Client,
  { collection, relation }: { readonly collection: Collection; readonly relation: TargetRelation },
  find: FindCollection | undefined,
  read: (client: pg.Client, collection: Collection) => Promise<TargetRelation>,
): Promise<readonly Link[]> {
  const links: Link[] = [];
  for (const reference of linksOf(collection.references)) {
    if (find === undefined) throw new Error('Nobody can tell what collections are referred to');
    const to = await find(reference.collection);
    assertSameDatabase(collection, to);
    // It is read by the jobs of this collection, so in their role.
    const { session: _own, ...rest } = to;
    const other = await read(client, {
      ...rest,
      ...(collection.session !== undefined && { session: collection.session }),
    });
    links.push(toLink(reference, { collection, relation }, { collection: to, relation: other }));
  }
  return links;
}

interface Side {
  readonly collection: Collection;
  readonly relation: TargetRelation;
}

function assertSameDatabase(collection: Collection, to: Collection): void {
  const databaseOf = ({ target }: Collection) => ('database' in target ? target.database : undefined);
  if (to.target.kind !== 'module' && databaseOf(collection) === databaseOf(to)) return;
  throw new AppError(
    'target.unsupported',
    `Collection ${collection.name} refers to ${to.name}, which lies in another database and cannot be looked up there`,
  );
}

function toLink(reference: LinkedReference, own: Side, to: Side): Link {
  const { toFields, store } = reference.link;
  const fieldOf = (name: string) => own.collection.fields.find((field) => field.name === name);
  const column = findColumn(own.relation, fieldOf(reference.field)?.column ?? '');
  const stored = findColumn(to.relation, store);
  if (stored === undefined) throw lacks(to.relation, store, reference);
  const parts = reference.link.fields.flatMap((name, at) => {
    const field = fieldOf(name);
    const toField = to.collection.fields.find((candidate) => candidate.name === toFields[at]);
    const isLinkedItself = linksOf(to.collection.references).some(({ link }) =>
      link.fields.includes(toField?.name ?? ''),
    );
    if (toField === undefined || isLinkedItself) {
      const why = toField === undefined ? 'has no such field' : 'stores another value in its place';
      throw new AppError(
        'target.unsupported',
        `${name} refers to the field ${toFields[at]} of collection ${to.collection.name}, which ${why}`,
      );
    }
    const toColumn = findColumn(to.relation, toField.column);
    return field === undefined || toColumn === undefined ? [] : [{ field, toColumn }];
  });
  if (column === undefined || parts.length !== toFields.length)
    throw new Error(`The columns of the reference ${reference.field} were looked at before`);
  return { reference, relation: to.relation, parts, stored, column, index: indexOf(to, toFields) };
}

function lacks({ title }: TargetRelation, column: string, { field }: LinkedReference): AppError {
  return new AppError(
    'target.not_found',
    `${title} has no column ${column}, whose value the reference ${field} stores`,
    { details: { missing: [column] } },
  );
}

/** Where the fields are the other collection's key, its index tells which values are the same, as with `lower(email)`. */
function indexOf({ collection, relation }: Side, toFields: readonly string[]): UniqueIndex | undefined {
  const isKey =
    collection.key.length === toFields.length && collection.key.every((name) => toFields.includes(name));
  if (!isKey || relation.kind !== 'table') return undefined;
  try {
    return findKeyIndex(relation, collection);
  } catch (error) {
    if (isAppError(error, 'target.unsupported')) return undefined;
    throw error;
  }
}

/** What the judge is told of a linked field: values are those of the other table's column, if one is needed says ours. */
export function linkedFacts(links: readonly Link[], field: Field): ColumnFacts | undefined {
  for (const { parts, column } of links) {
    const part = parts.find((candidate) => candidate.field === field);
    if (part === undefined) continue;
    const { isNullable, hasDefault, isGenerated, isIdentityAlways } = column;
    return {
      ...part.toColumn,
      column: field.column,
      isNullable,
      hasDefault,
      isGenerated,
      isIdentityAlways,
    };
  }
  return undefined;
}

/** Equal texts of the natural key mean one record, and others another. */
export function isPlainLink({ index, relation }: Link): boolean {
  return (
    index?.parts.every(
      ({ column, isPlain }) =>
        isPlain && column !== undefined && findColumn(relation, column)?.isPlain === true,
    ) ?? false
  );
}

/** Conditions over `r`, a row of the other table, that do not depend on the value: those of the scope. */
export function linkScope({ relation }: Link, scope: readonly ScopeColumn[]): readonly string[] {
  return scope.flatMap(({ column, value }) => {
    const there = findColumn(relation, column.column);
    return there === undefined ? [] : [`r.${identifier(there.column)} = ${value}`];
  });
}

/**
 * Condition over `r`, a row of the other table: it has the natural key. `isSure`: at most one row has it.
 *
 * @param valueOf SQL of the staged value
 */
export function linkMatch(
  link: Link,
  scope: readonly ScopeColumn[],
  valueOf: (field: Field) => string,
): { readonly where: string; readonly isSure: boolean } {
  const { index, parts } = link;
  const scoped = linkScope(link, scope);
  const byIndex = index && indexConditions(index, link, scope, valueOf);
  if (byIndex !== undefined) return { where: [...byIndex, ...scoped].join(' and '), isSure: true };
  const same = parts.map(({ field, toColumn }) => {
    const { cast, collate } = comparisonOf(toColumn, toColumn);
    return `r.${identifier(toColumn.column)}${cast} = ${valueOf(field)}${cast}${collate}`;
  });
  return { where: [...same, ...scoped].join(' and '), isSure: false };
}

/** Undefined where the index is over a column that is neither of the key nor of the scope. */
function indexConditions(
  index: UniqueIndex,
  { parts }: Link,
  scope: readonly ScopeColumn[],
  valueOf: (field: Field) => string,
): readonly string[] | undefined {
  const given = new Map([
    ...scope.map(({ column, value }) => [column.column, value] as const),
    ...parts.map(({ field, toColumn }) => [toColumn.column, valueOf(field)] as const),
  ]);
  const image = [...given].map(([column, value]) => `${value} as ${identifier(column)}`).join(', ');
  const conditions: string[] = [];
  for (const part of index.parts) {
    const value =
      part.column === undefined ? `(select ${part.sql} from (select ${image}) img)` : given.get(part.column);
    if (value === undefined) return undefined;
    const target = part.column === undefined ? `(${part.sql})` : `r.${identifier(part.column)}`;
    conditions.push(`${target} ${part.equals} ${value}${part.collate}`);
  }
  return index.predicate === undefined ? conditions : [...conditions, `(${index.predicate})`];
}

/** What an export has in the field: the natural key of the record that row `t` refers to, if the scope has it. */
export function exportedLink(
  links: readonly Link[],
  field: Field,
  scope: readonly ScopeColumn[],
): { readonly column: string; readonly sqlType: string; readonly sql: string } | undefined {
  for (const link of links) {
    const part = link.parts.find((candidate) => candidate.field === field);
    if (part === undefined) continue;
    const { relation, stored, column } = link;
    const leads = `r.${identifier(stored.column)} = t.${identifier(column.column)}`;
    const where = [leads, ...linkScope(link, scope)].join(' and ');
    const sql = `(select r.${identifier(part.toColumn.column)} from ${relation.sql} r where ${where} limit 1)`;
    return { column: column.column, sqlType: part.toColumn.sqlType, sql };
  }
  return undefined;
}
