import type { Collection } from '../../collections/collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import { getCollection, type StoredCollection } from '../../store/collections.ts';
import type { Queryable } from '../../store/database.ts';

export interface LoadedCollection {
  readonly stored: StoredCollection;
  readonly collection: Collection;
}

/** The current version, or the one that a job pinned. @throws AppError `collection.not_found` */
export async function loadCollection(
  db: Queryable,
  name: string,
  version?: number,
): Promise<LoadedCollection> {
  const stored = await getCollection(db, name, version);
  return { stored, collection: parseStoredCollection(stored.definition) };
}
