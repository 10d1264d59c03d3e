import type { Collection } from '../../collections/collection.ts';
import { amountOf } from '../../core/amount.ts';
import { AppError } from '../../core/errors.ts';
import { isFinal, JOB_STATES } from '../../core/job-state.ts';
import { dropCollection as forgetName } from '../../store/collections.ts';
import { inTransaction } from '../../store/database.ts';
import { listJobs } from '../../store/jobs/list-jobs.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import type { VersionCheck } from './apply-collection.ts';
import { loadCollection } from './load-collection.ts';

/**
 * Forgets a collection's name, and drops its table if Waybill made it; its versions stay with the jobs that pinned them.
 *
 * @throws AppError `collection.not_found`, `request.precondition_failed`, `request.conflict` while a job is under way on it,
 *   `collection.destructive_change` when its table has records and that is not allowed
 */
export async function dropCollection(
  caller: Caller,
  deps: ActionDependencies,
  name: string,
  options: { readonly allowDestructive: boolean; readonly expects?: VersionCheck },
): Promise<void> {
  authorize(caller, 'collections.drop', { collections: [name] });
  const { stored, collection } = await loadCollection(deps.pool, name);
  options.expects?.(stored.version);
  await refuseOpenJobs(deps, name);
  if (!options.allowDestructive) await refuseRecords(deps, collection);
  await inTransaction(deps.pool, async (db) => {
    await forgetName(db, name);
    await deps.targets.drop(collection);
  });
}

async function refuseOpenJobs(deps: ActionDependencies, name: string): Promise<void> {
  const open = JOB_STATES.filter((state) => !isFinal(state));
  const [job] = await listJobs(deps.pool, { collection: name, state: open, limit: 1 });
  if (job === undefined) return;
  throw new AppError(
    'request.conflict',
    `Job ${job.number} on collection "${name}" is ${job.state}. Cancel it first.`,
    { details: { jobId: job.id } },
  );
}

async function refuseRecords(deps: ActionDependencies, collection: Collection): Promise<void> {
  if (collection.target.kind !== 'managed') return;
  // The table goes with the records of every scope.
  const records = await deps.targets.count({ ...collection, scope: [] }, {});
  if (records === 0) return;
  throw new AppError(
    'collection.destructive_change',
    `Dropping collection "${collection.name}" deletes its table with ${amountOf(records, 'record')}. If you want that, repeat the command with --allow-destructive (allowDestructive=true).`,
    { details: { records } },
  );
}
