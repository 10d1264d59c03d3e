/** Collections as they are and were. */
import type { Collection } from '../../collections/collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import {
  getVersion,
  type StoredCollection,
  type StoredVersion,
  listCollections as selectCollections,
  listVersions as selectVersions,
} from '../../store/collections.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies, FieldColumn } from '../dependencies.ts';
import { acceptScope } from '../start-job/options.ts';
import { type LoadedCollection, loadCollection } from './load-collection.ts';

/** A collection, and how many records it has where that was asked and can be said. */
export interface CountedCollection {
  readonly stored: StoredCollection;
  readonly records?: number;
}

/** All of them, by name. */
export async function listCollections(
  caller: Caller,
  deps: ActionDependencies,
  { isCounted }: { readonly isCounted: boolean },
): Promise<readonly CountedCollection[]> {
  authorize(caller, 'collections.list');
  const listed: CountedCollection[] = [];
  for (const stored of await selectCollections(deps.pool)) {
    const count = isCounted ? await countRecords(deps, parseStoredCollection(stored.definition)) : {};
    listed.push({ stored, ...count });
  }
  return listed;
}

/** The current version. @throws AppError `collection.not_found` */
export async function readCollection(
  caller: Caller,
  { pool }: ActionDependencies,
  name: string,
): Promise<LoadedCollection> {
  authorize(caller, 'collections.read', { collections: [name] });
  return loadCollection(pool, name);
}

/**
 * Where its fields live, and how many records are in this scope.
 *
 * @throws AppError `request.invalid` for a scope that the collection does not have, `target.*`
 */
export async function describeRecords(
  caller: Caller,
  deps: ActionDependencies,
  collection: Collection,
  { isCounted, scope }: { readonly isCounted: boolean; readonly scope?: Readonly<Record<string, string>> },
): Promise<{ readonly columns: readonly FieldColumn[]; readonly records?: number }> {
  authorize(caller, 'collections.read', { collections: [collection.name] });
  const columns = await deps.targets.columns(collection);
  return { columns, ...(isCounted ? await countRecords(deps, collection, scope) : {}) };
}

/** Every version that a collection has had, newest first; those of a dropped one too. @throws AppError `collection.not_found` */
export async function listVersions(
  caller: Caller,
  { pool }: ActionDependencies,
  name: string,
): Promise<readonly StoredVersion[]> {
  authorize(caller, 'collections.read', { collections: [name] });
  return selectVersions(pool, name);
}

/** @throws AppError `collection.not_found` */
export async function readVersion(
  caller: Caller,
  { pool }: ActionDependencies,
  name: string,
  version: number,
): Promise<StoredVersion> {
  authorize(caller, 'collections.read', { collections: [name] });
  return getVersion(pool, name, version);
}

/** Within the scope that is given; a collection with a scope is not counted without one. */
async function countRecords(
  deps: ActionDependencies,
  collection: Collection,
  scope: Readonly<Record<string, string>> = {},
): Promise<{ records?: number }> {
  if (Object.keys(scope).length === 0 && collection.scope.length > 0) return {};
  return { records: await deps.targets.count(collection, acceptScope(scope, collection)) };
}
