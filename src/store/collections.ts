/** Collections and their versions. Definitions are kept as people wrote them (canonical JSON); `collections/` parses them. */
import { AppError } from '../core/errors.ts';
import type { Queryable } from './database.ts';

export interface StoredCollection {
  readonly name: string;
  readonly version: number;
  readonly definition: unknown;
  readonly createdAt: Date;
  readonly updatedAt: Date;
}

interface CollectionRow {
  name: string;
  version: number;
  definition: unknown;
  created_at: Date;
  updated_at: Date;
}

function parseRow(row: CollectionRow): StoredCollection {
  return {
    name: row.name,
    version: row.version,
    definition: row.definition,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}

const SELECT = `select c.name, v.version, v.definition, c.created_at, c.updated_at
  from waybill.collections c join waybill.collection_versions v on v.name = c.name`;

const FIND_CURRENT = {
  name: 'find_collection',
  text: `${SELECT} and v.version = c.version where c.name = $1`,
};

const FIND_VERSION = {
  name: 'find_collection_version',
  text: `select v.name, v.version, v.definition, v.created_at, v.created_at as updated_at
    from waybill.collection_versions v where v.name = $1 and v.version = $2`,
};

export async function listCollections(db: Queryable): Promise<StoredCollection[]> {
  const result = await db.query<CollectionRow>(`${SELECT} and v.version = c.version order by c.name`);
  return result.rows.map(parseRow);
}

/** The current version, or the one that a job pinned. */
export async function findCollection(
  db: Queryable,
  name: string,
  version?: number,
): Promise<StoredCollection | undefined> {
  const result =
    version === undefined
      ? await db.query<CollectionRow>(FIND_CURRENT, [name])
      : await db.query<CollectionRow>(FIND_VERSION, [name, version]);
  return result.rows[0] && parseRow(result.rows[0]);
}

/** @throws AppError `collection.not_found`, naming the collections that exist. */
export async function getCollection(
  db: Queryable,
  name: string,
  version?: number,
): Promise<StoredCollection> {
  const found = await findCollection(db, name, version);
  if (found !== undefined) return found;
  const names = (await listCollections(db)).map((collection) => collection.name);
  throw new AppError(
    'collection.not_found',
    `There is no collection "${name}". ${names.length === 0 ? 'None has been created yet.' : `There are: ${names.join(', ')}.`} ` +
      'Create it with "waybill collections infer FILE" and "waybill collections apply FILE".',
    { details: { name } },
  );
}

/** A version of a collection, which stays when the collection is changed or dropped. */
export interface StoredVersion {
  readonly name: string;
  readonly version: number;
  readonly definition: unknown;
  readonly createdAt: Date;
  /** The collection has not been changed or dropped since. */
  readonly isCurrent: boolean;
}

const SELECT_VERSIONS = `select v.name, v.version, v.definition, v.created_at as "createdAt",
    coalesce(v.version = c.version, false) as "isCurrent"
  from waybill.collection_versions v left join waybill.collections c on c.name = v.name
  where v.name = $1`;

/** Newest first. @throws AppError `collection.not_found` when there was never such a collection */
export async function listVersions(db: Queryable, name: string): Promise<readonly StoredVersion[]> {
  const result = await db.query<StoredVersion>(`${SELECT_VERSIONS} order by v.version desc`, [name]);
  if (result.rows.length > 0) return result.rows;
  throw new AppError('collection.not_found', `There is and was no collection "${name}".`, {
    details: { name },
  });
}

/** @throws AppError `collection.not_found` */
export async function getVersion(db: Queryable, name: string, version: number): Promise<StoredVersion> {
  const result = await db.query<StoredVersion>(`${SELECT_VERSIONS} and v.version = $2`, [name, version]);
  if (result.rows[0] !== undefined) return result.rows[0];
  throw new AppError('collection.not_found', `There is no version ${version} of a collection "${name}".`, {
    details: { name, version },
  });
}

/**
 * Makes a definition the current version, in the caller's transaction. `expectedVersion` is what the plan was made against (0: none).
 *
 * @throws AppError `request.conflict` when another change came first.
 */
export async function saveCollection(
  db: Queryable,
  collection: { name: string; definition: unknown; expectedVersion: number },
): Promise<number> {
  const saved = await db.query<{ version: number }>(
    `with latest as (
       select coalesce(max(version), 0) as version from waybill.collection_versions where name = $1
     ), named as (
       insert into waybill.collections (name, version) select $1, version + 1 from latest
       on conflict (name) do update set version = excluded.version, updated_at = now()
         where waybill.collections.version = $3
       returning version
     )
     insert into waybill.collection_versions (name, version, definition)
     select $1, version, $2 from named
     returning version`,
    [collection.name, JSON.stringify(collection.definition), collection.expectedVersion],
  );
  const version = saved.rows[0]?.version;
  if (version === undefined) {
    throw new AppError(
      'request.conflict',
      `Collection "${collection.name}" was changed meanwhile. Look at it again and repeat the change.`,
    );
  }
  return version;
}

/** Removes the name; versions stay, since jobs refer to them. */
export async function dropCollection(db: Queryable, name: string): Promise<boolean> {
  const result = await db.query('delete from waybill.collections where name = $1', [name]);
  return result.rowCount === 1;
}
