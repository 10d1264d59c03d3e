/**
 * Collections and facts of their tables, as they were a moment ago. Small jobs come in crowds, and to ask the catalogue takes longer than to
 * write ten records. A job gets what was read after it had been accepted, so it never misses a change that was made before it was asked for.
 */
import type { Collection } from '../../collections/collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import type { JobPart } from '../../core/job.ts';
import { getCollection } from '../../store/collections.ts';
import { readLastNumber } from '../../store/jobs/find-jobs.ts';
import type { Target, TargetFacts } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { watchTarget } from '../watched-target.ts';

export interface KnownCollection {
  readonly collection: Collection;
  readonly definition: unknown;
  readonly facts: TargetFacts;
}

export interface KnownCollections {
  /** @throws AppError `collection.not_found`, and what `Target.describe` throws */
  get(attempt: Attempt, part: JobPart): Promise<KnownCollection & { readonly target: Target }>;
}

/** Also a job that was accepted long ago sees a change that was made a second before it began. */
const KEPT_MS = 1000;
const KEPT = 200;

interface Kept extends KnownCollection {
  readonly at: number;
  /** The greatest number of a job when it was read: later ones ask again. */
  readonly lastNumber: number;
}

export function createKnownCollections({ pool, targetOf }: WorkerDependencies): KnownCollections {
  const kept = new Map<string, Kept>();

  function find(name: string, { job, epoch }: Attempt): Kept | undefined {
    const found = kept.get(name);
    // A later attempt has to notice what has changed since the first.
    if (found === undefined || epoch !== 1 || job.number > found.lastNumber) return undefined;
    return performance.now() - found.at < KEPT_MS ? found : undefined;
  }

  async function read(name: string, attempt: Attempt, part: JobPart): Promise<Kept> {
    const lastNumber = await readLastNumber(pool);
    const { definition } = await getCollection(pool, part.collection, part.collectionVersion);
    const collection = parseStoredCollection(definition);
    const at = performance.now();
    const facts = await watchTarget(attempt, targetOf(collection)).describe(collection);
    const known = { collection, definition, facts, at, lastNumber };
    kept.delete(name);
    // What own code says of itself is asked each time.
    if (collection.target.kind !== 'module') kept.set(name, known);
    const [oldest] = kept.keys();
    if (kept.size > KEPT && oldest !== undefined) kept.delete(oldest);
    return known;
  }

  return {
    async get(attempt, part) {
      const name = `${part.collection}@${part.collectionVersion}`;
      const { collection, definition, facts } = find(name, attempt) ?? (await read(name, attempt, part));
      return { collection, definition, facts, target: watchTarget(attempt, targetOf(collection)) };
    },
  };
}
