import { parseCollection } from '../../collections/parse-collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import { canonicalJson } from '../../core/canonical-json.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import { findCollection, saveCollection } from '../../store/collections.ts';
import { inTransaction } from '../../store/database.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies, TargetPlan } from '../dependencies.ts';

export interface AppliedCollection extends TargetPlan {
  readonly name: string;
  /** The version that is current now; absent when a dry run would create the first. */
  readonly version?: number;
  /** False when the definition is what it was. */
  readonly isChanged: boolean;
  readonly isDryRun: boolean;
}

/**
 * Holds what a request expects to find against the version that is there; undefined: there is none.
 *
 * @throws AppError `request.precondition_failed`
 */
export type VersionCheck = (version: number | undefined) => void;

/**
 * Makes a definition the current version of a collection, and its target fit it; a dry run only plans.
 *
 * @throws AppError `collection.invalid`, `collection.destructive_change`, `request.conflict`, `request.precondition_failed`
 */
export async function applyCollection(
  caller: Caller,
  deps: ActionDependencies,
  name: string,
  written: Readonly<Record<string, unknown>>,
  options: { isDryRun: boolean; allowDestructive: boolean; expects?: VersionCheck },
): Promise<AppliedCollection> {
  authorize(caller, 'collections.change', { collections: [name] });
  const definition = { name, ...written };
  const next = parseCollection(definition);
  if (next.name !== name) {
    throw new AppError(
      'collection.invalid',
      `The definition is of "${next.name}", but was sent for "${name}".`,
    );
  }
  const stored = await findCollection(deps.pool, name);
  options.expects?.(stored?.version);
  const previous = stored && parseStoredCollection(stored.definition);
  const isChanged = stored === undefined || canonicalJson(stored.definition) !== canonicalJson(definition);
  if (options.isDryRun) {
    const plan = await deps.targets.plan(next, previous);
    return {
      name,
      isChanged,
      isDryRun: true,
      ...plan,
      ...(stored !== undefined && { version: stored.version }),
    };
  }
  const overtaken = (error: unknown): never => {
    // Somebody was faster between the look at the version and the change: for who named a version that is the same thing.
    if (options.expects === undefined || !isAppError(error, 'request.conflict')) throw error;
    throw new AppError('request.precondition_failed', error.message, { cause: error });
  };
  return inTransaction(deps.pool, async (db) => {
    // The version first: of two changes at once the second waits here, and is refused before it touches the table.
    const version = isChanged
      ? await saveCollection(db, { name, definition, expectedVersion: stored?.version ?? 0 }).catch(overtaken)
      : stored.version;
    const plan = await deps.targets.apply(next, previous, { allowDestructive: options.allowDestructive });
    return { name, version, isChanged, isDryRun: false, ...plan };
  });
}
