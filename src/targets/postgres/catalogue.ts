/** Reads what a collection is bound to, in the role that its jobs run in. */
import { createHash } from 'node:crypto';
import type pg from 'pg';
import type { Collection } from '../../collections/collection.ts';
import { fieldsWithoutColumn } from '../../collections/parse-references.ts';
import { AppError } from '../../core/errors.ts';
import {
  MOVABLE_BYTES,
  toCheck,
  toColumn,
  toExclusion,
  toForeignKey,
  toIndex,
  toPartition,
  toUnique,
} from './catalogue-facts.ts';
import { CATALOGUE_QUERY } from './catalogue-query.ts';
import type { CatalogueRow } from './catalogue-row.ts';
import { withDeclaredReferences } from './declared-references.ts';
import { type FindCollection, readLinks } from './links.ts';
import { managedTableName } from './managed-table.ts';
import { literal, qualified } from './quote.ts';
import { withSession } from './session-settings.ts';
import type { TargetRelation } from './table.ts';

/**
 * @throws AppError `target.not_found` when there is no such relation or a field's column is missing in it;
 *   `target.permission_denied`; `target.unsupported` for bindings that are no relation of PostgreSQL.
 */
export async function readRelation(
  client: pg.Client,
  collection: Collection,
  known: KnownTables,
): Promise<TargetRelation> {
  const relation = await readBare(client, collection, known);
  const links = await readLinks(client, { collection, relation }, known.findCollection, (other, to) =>
    readBare(other, to, known),
  );
  const declared = withDeclaredReferences(relation, collection);
  if (links.length === 0) return declared;
  // What the other tables are decides on verdicts, too.
  const definition = digest([declared.definition, ...links.map((link) => link.relation.definition)]);
  return { ...declared, links, definition };
}

/** How tables are found that a collection does not name itself. */
export interface KnownTables {
  /** Schema of managed tables. */
  readonly managedSchema: string;
  /** Needed for collections that refer to others by natural key. */
  readonly findCollection?: FindCollection | undefined;
}

async function readBare(
  client: pg.Client,
  collection: Collection,
  { managedSchema }: KnownTables,
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
    ownSql: `${row.has_children ? 'only ' : ''}${qualified(schema, name)}`,
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
    indexes: row.indexes.map(toIndex),
    partitions: row.partitions ?? undefined,
    partitionRequired: row.partition_required.map(({ column, partition }) => ({
      column,
      partition: toPartition(partition),
    })),
    checks: row.checks.map(toCheck),
    hasRewritingTriggers: row.rewriting_triggers,
    hasRowSecurity: row.row_security,
    links: [],
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
    ownSql: sql,
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
    partitionRequired: [],
    checks: [],
    hasRewritingTriggers: false,
    hasRowSecurity: false,
    links: [],
    definition: digest([query, types.rows]),
  };
}

function assertColumns(relation: TargetRelation, collection: Collection): void {
  const known = new Set(relation.columns.map((column) => column.column));
  const withoutColumn = fieldsWithoutColumn(collection.references);
  const fields = collection.fields.filter(({ name }) => !withoutColumn.has(name));
  const wanted = [...fields.map((field) => field.column), ...collection.scope];
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
