/** Reads what a collection is bound to, in the role that its jobs run in. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Collection } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import { CATALOGUE_QUERY } from './catalogue-query.ts';
import type {
  CatalogueColumn,
  CatalogueExclusion,
  CatalogueForeignKey,
  CatalogueRow,
} from './catalogue-row.ts';
import { managedTableName } from './managed-table.ts';
import { literal, qualified } from './quote.ts';
import { withSession } from './session-settings.ts';
import type { ForeignKey, TableColumn, TargetRelation, UniqueIndex } from './table.ts';

const INTEGER_BOUNDS: Readonly<Record<string, readonly [string, string]>> = {
  int2: ['-32768', '32767'],
  int4: ['-2147483648', '2147483647'],
  int8: ['-9223372036854775808', '9223372036854775807'],
};

/** Types whose equal values have one text each. Of all others (citext, char, floats, intervals, JSON, arrays, …) the texts are compared. */
const PLAIN_TYPES = new Set(
  'int2 int4 int8 oid bool text varchar date time timestamp timestamptz uuid bytea name'.split(' '),
);

/**
 * @throws AppError `target.not_found` when there is no such relation or a field's column is missing in it;
 *   `target.permission_denied`; `target.unsupported` for bindings that are no relation of PostgreSQL.
 */
export async function readRelation(
  client: pg.Client,
  collection: Collection,
  managedSchema: string,
): Promise<TargetRelation> {
  const relation = await withSession(client, collection.session, () =>
    readBinding(client, collection, managedSchema),
  );
  assertColumns(relation, collection);
  return relation;
}

async function readBinding(
  client: pg.Client,
  { name, target }: Collection,
  managedSchema: string,
): Promise<TargetRelation> {
  if (target.kind === 'managed') return readTable(client, managedSchema, managedTableName(name));
  if (target.kind === 'table') return readTable(client, target.schema, target.table);
  if (target.kind === 'query') return readQuery(client, name, target.query);
  throw new AppError('target.unsupported', `Collection ${name} is bound to a module, not to PostgreSQL`);
}

async function readTable(client: pg.Client, schema: string, name: string): Promise<TargetRelation> {
  const title = `${schema}.${name}`;
  const row = await askCatalogue(client, schema, name);
  if (row === undefined) {
    throw new AppError('target.not_found', `There is no table or view ${title} in the target's database`, {
      details: { schema, table: name },
    });
  }
  if (!row.privileges.usage || !row.privileges.select) {
    throw new AppError(
      'target.permission_denied',
      `The database role may not read ${title}; grant it USAGE on the schema and SELECT on the table`,
      {
        details: { schema, table: name },
      },
    );
  }
  return {
    sql: qualified(schema, name),
    title,
    schema,
    name,
    kind: row.kind === 'r' || row.kind === 'p' ? 'table' : 'view',
    isInsertable: row.insertable,
    columns: row.columns.map(toColumn),
    uniques: row.uniques.map(toUnique),
    exclusions: row.exclusions.map(toExclusion),
    selfReferences: row.self_references.map(toForeignKey),
    foreignKeys: row.foreign_keys.map(toForeignKey),
    rewriteRules: row.rewrite_rules,
    indexes: row.indexes.map(({ name, method, using, columns, expressions, predicate }) => ({
      name,
      method,
      using,
      columns,
      expressions,
      ...(predicate === null ? {} : { predicate }),
    })),
    partitions: row.partitions ?? undefined,
    checks: row.checks,
    hasRewritingTriggers: row.rewriting_triggers,
    hasRowSecurity: row.row_security,
    definition: digest(row),
  };
}

/** Sessions in which the query has been prepared. */
const prepared = new WeakSet<pg.Client>();

/** To plan it takes ten times as long as to run it, and the plan is the same for every table. */
async function askCatalogue(
  client: pg.Client,
  schema: string,
  name: string,
): Promise<CatalogueRow | undefined> {
  if (!prepared.has(client)) {
    await client.query(`prepare waybill_catalogue (text, text) as ${CATALOGUE_QUERY}`);
    prepared.add(client);
  }
  // Several statements give several results, which the types do not know.
  const results = (await client.query(
    `set local plan_cache_mode = force_generic_plan; execute waybill_catalogue (${literal(schema)}, ${literal(name)});
     set local plan_cache_mode = auto`,
  )) as unknown as readonly pg.QueryResult<{ relation: CatalogueRow }>[];
  return results[1]?.rows[0]?.relation;
}

async function readQuery(client: pg.Client, collectionName: string, query: string): Promise<TargetRelation> {
  const sql = `(${query.replace(/;\s*$/, '')}\n)`;
  const shape = await client.query(`select * from ${sql} as q limit 0`);
  const types = await client.query<{ name: string; type: string }>(
    `select f.name, format_type(f.oid::oid, f.typmod) as type
     from unnest($1::text[], $2::bigint[], $3::int[]) with ordinality as f(name, oid, typmod, n) order by f.n`,
    [
      shape.fields.map((f) => f.name),
      shape.fields.map((f) => f.dataTypeID),
      shape.fields.map((f) => f.dataTypeModifier),
    ],
  );
  return {
    sql,
    title: `the query of ${collectionName}`,
    schema: '',
    name: collectionName,
    kind: 'query',
    isInsertable: false,
    columns: types.rows.map(({ name, type }) => ({
      column: name,
      sqlType: type,
      storageType: type,
      isNullable: true,
      hasDefault: false,
      isGenerated: false,
      isIdentityAlways: false,
      hasStableDefault: true,
      isComparable: true,
      collate: '',
      isPlain: false,
      rowBytes: MOVABLE_BYTES,
      hasFixedLength: false,
      isNotNull: false,
      domainChecks: [],
    })),
    uniques: [],
    exclusions: [],
    selfReferences: [],
    foreignKeys: [],
    rewriteRules: [],
    indexes: [],
    partitions: undefined,
    checks: [],
    hasRewritingTriggers: false,
    hasRowSecurity: false,
    definition: digest([query, types.rows]),
  };
}

function toColumn(column: CatalogueColumn): TableColumn {
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
const MOVABLE_BYTES = 28;

function rowBytes(length: number | null): number {
  if (length === null) return MOVABLE_BYTES;
  return length < 0 ? Number.POSITIVE_INFINITY : Math.ceil(length / 8) * 8;
}

function numericFacts(typmod: number): { precision: number; scale: number } {
  return { precision: typmod >> 16, scale: ((typmod & 0x7ff) ^ 1024) - 1024 };
}

/** The equality of all built-in types, which every search path has first. */
const PLAIN_EQUALS = 'operator(pg_catalog.=)';

function toUnique(index: CatalogueRow['uniques'][number]): UniqueIndex {
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
    ...(index.predicate === null ? {} : { predicate: index.predicate }),
  };
}

function toExclusion(rule: CatalogueExclusion): UniqueIndex {
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
    ...(rule.predicate === null ? {} : { predicate: rule.predicate }),
  };
}

function toForeignKey({ name, sql, title, readable, full, parts }: CatalogueForeignKey): ForeignKey {
  return {
    name,
    sql,
    title,
    isReadable: readable,
    isFull: full,
    parts: parts.map(({ column, to_column: toColumn, equals, collation }) => ({
      column,
      toColumn,
      equals,
      collate: collation === null ? '' : ` collate ${collation}`,
    })),
  };
}

function assertColumns(relation: TargetRelation, collection: Collection): void {
  const known = new Set(relation.columns.map((column) => column.column));
  const wanted = [...collection.fields.map((field) => field.column), ...collection.scope];
  const missing = wanted.filter((column) => !known.has(column));
  if (missing.length === 0) return;
  throw new AppError(
    'target.not_found',
    `${relation.title} has no column ${missing.join(', ')}, which collection ${collection.name} needs; it has ${[...known].join(', ')}`,
    { details: { missing } },
  );
}

function digest(value: unknown): string {
  return createHash('sha256').update(JSON.stringify(value)).digest('hex');
}
