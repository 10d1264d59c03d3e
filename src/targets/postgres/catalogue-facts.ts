/** What the query on the catalogue has found, as the statements' builders need it. */
import type {
  CatalogueColumn,
  CatalogueExclusion,
  CatalogueForeignKey,
  CatalogueIndex,
  CataloguePartition,
  CatalogueRow,
} from './catalogue-row.ts';
import type {
  CheckConstraint,
  ForeignKey,
  RulePartition,
  TableColumn,
  TableIndex,
  UniqueIndex,
} from './table.ts';

const INTEGER_BOUNDS: Readonly<Record<string, readonly [string, string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
};

/** Types whose equal values have one text each. Of all others (citext, char, floats, intervals, JSON, arrays, …) the texts are compared. */
const PLAIN_TYPES = new Set(
  'int2 int4 int8 oid bool text varchar date time timestamp timestamptz uuid bytea name'.split(' '),
);

export function toColumn(column: CatalogueColumn): TableColumn {
  const bounds = INTEGER_BOUNDS[column.base];
  const isText = column.base === 'varchar' || column.base === 'bpchar';
  return {
    column: column.name,
    sqlType: column.type,
    storageType: column.storage,
    isNullable: !column.not_null,
    hasDefault: column.default_sql !== null,
    isGenerated: column.generated !== '',
    isIdentityAlways: column.identity === 'a',
    hasStableDefault: !column.default_volatile,
    isComparable: isPlain(column),
    collate: column.collation === null ? '' : ` collate ${column.collation}`,
    isPlain: isPlain(column),
    rowBytes: rowBytes(column.length),
    hasFixedLength: column.length !== null && column.length > 0,
    isNotNull: column.own_not_null,
    domainChecks: column.domain_checks,
    ...(column.generated_sql === null
      ? {}
      : { generatedSql: column.generated_sql, isStored: column.generated === 's' }),
    ...(column.default_sql === null ? {} : { defaultSql: column.default_sql }),
    // The modifier counts four bytes of header; numeric packs precision and scale (scale in 11 bits, signed).
    ...(isText && column.typmod >= 4 ? { maxLength: column.typmod - 4 } : {}),
    ...(column.base === 'numeric' && column.typmod >= 4 ? numericFacts(column.typmod - 4) : {}),
    ...(column.enum_labels === null ? {} : { enumLabels: column.enum_labels }),
    ...(bounds === undefined ? {} : { minimum: bounds[0], maximum: bounds[1] }),
  };
}

/** An enum's label is its value; a number has one text where its scale is fixed. */
function isPlain({ base, typmod, deterministic, enum_labels: labels }: CatalogueColumn): boolean {
  if (base === 'numeric') return typmod >= 4;
  // Some times are rounded to the digits that the column keeps.
  if (base.startsWith('time')) return typmod === -1 && PLAIN_TYPES.has(base);
  return labels !== null || (PLAIN_TYPES.has(base) && deterministic);
}

/** A value of up to 24 bytes stays where it is; what is longer can be moved out and leaves less. With what it takes to align it. */
export const MOVABLE_BYTES = 28;

function rowBytes(length: number | null): number {
  if (length === null) return MOVABLE_BYTES;
  return length < 0 ? Number.POSITIVE_INFINITY : Math.ceil(length / 8) * 8;
}

function numericFacts(typmod: number): { precision: number; scale: number } {
  return { precision: typmod >> 16, scale: ((typmod & 0x7ff) ^ 1024) - 1024 };
}

/** The equality of all built-in types, which every search path has first. */
const PLAIN_EQUALS = 'operator(pg_catalog.=)';

export function toUnique(index: CatalogueIndex): UniqueIndex {
  return {
    name: index.name,
    parts: index.parts.map((part) => ({
      ...(part.column === null ? { sql: `(${part.sql})` } : { column: part.column, sql: part.sql }),
      isOrdered: part.column !== null && part.ordered,
      collate: part.collation === null ? '' : ` collate ${part.collation}`,
      equals: part.equals === PLAIN_EQUALS ? '=' : part.equals,
      opclass: part.opclass,
      isHashable: part.hashable,
      isPlain: part.column !== null && part.deterministic && part.equals === PLAIN_EQUALS,
    })),
    areNullsDistinct: !index.nulls_not_distinct,
    isDeferrable: index.deferrable,
    method: 'btree',
    ...withPredicate(index),
  };
}

export function toExclusion(rule: CatalogueExclusion): UniqueIndex {
  return {
    name: rule.name,
    parts: rule.parts.map(({ column, sql, collation, equals, opclass }) => ({
      ...(column === null ? { sql: `(${sql})` } : { column, sql }),
      collate: collation === null ? '' : ` collate ${collation}`,
      equals,
      opclass,
      isOrdered: false,
      isHashable: false,
      isPlain: false,
    })),
    areNullsDistinct: true,
    isDeferrable: rule.deferrable,
    method: rule.method,
    ...withPredicate(rule),
  };
}

export function toForeignKey({
  name,
  sql,
  title,
  readable,
  full,
  validated,
  on_delete: onDelete,
  parts,
  partition,
}: CatalogueForeignKey): ForeignKey {
  return {
    name,
    sql,
    title,
    isReadable: readable,
    isFull: full,
    isValidated: validated,
    outlivesTarget: onDelete === 'n' || onDelete === 'd',
    ...withPartition(partition),
    parts: parts.map(({ column, to_column: toColumn, equals, own_equals: ownEquals, collation }) => ({
      column,
      toColumn,
      equals,
      ownEquals,
      collate: collation === null ? '' : ` collate ${collation}`,
    })),
  };
}

export function toCheck({ name, sql, columns, partition }: CatalogueRow['checks'][number]): CheckConstraint {
  return { name, sql, columns, ...withPartition(partition) };
}

export function toIndex(index: CatalogueRow['indexes'][number]): TableIndex {
  const { name, method, using, columns, expressions, predicate, partition } = index;
  return {
    name,
    method,
    using,
    columns,
    expressions,
    ...(predicate === null ? {} : { predicate }),
    ...withPartition(partition),
  };
}

export function toPartition({ sql, schema, name, condition, readable }: CataloguePartition): RulePartition {
  return { sql, schema, name, condition, isReadable: readable };
}

function withPartition(partition: CataloguePartition | null): { partition?: RulePartition } {
  return partition === null ? {} : { partition: toPartition(partition) };
}

/** For the rest of the table an index of one partition is a partial one. */
function withPredicate({ predicate, partition }: Pick<CatalogueIndex, 'predicate' | 'partition'>): {
  predicate?: string;
  partition?: RulePartition;
} {
  const conditions = [partition?.condition, predicate ?? undefined].filter((sql) => sql !== undefined);
  if (conditions.length === 0) return {};
  return { predicate: conditions.map((sql) => `(${sql})`).join(' and '), ...withPartition(partition) };
}
