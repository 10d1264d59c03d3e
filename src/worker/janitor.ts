/** The janitor removes what retention says, and what dead processes left behind. Any number may run: rows are marked before files go. */
import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import { ARTIFACT_FOLDER, type FileStore } from '../store/files.ts';
import { forgetExampleValues } from '../store/issue-groups.ts';
import { forgetInTargets, removeJobs } from '../store/remove-job.ts';
import {
  type EndedJob,
  expireArtifacts,
  expireUploads,
  expireValueFiles,
  findAbandonedStaging,
  findEndedJobs,
  findHashesInUse,
  findKnownFiles,
  findUnfinishedJobs,
  markLedgersDropped,
  markStagingDropped,
  markValuesDropped,
} from '../store/retention.ts';
import type { Target } from '../targets/target.ts';
import { SPOOL_FOLDER, WORK_FOLDER } from './dependencies.ts';
import { endAttempt } from './end-attempt.ts';
import { outcomeOfError } from './outcome.ts';
import { createService, type Service } from './service.ts';

export interface JanitorSettings {
  /** In milliseconds after the end of a job. */
  readonly jobsMs: number;
  readonly ledgerMs: number;
  readonly issueValuesMs: number;
}

/** A file that no row speaks of may be one that is about to be recorded; after this time it is not. */
const STRAY_AFTER_MS = 24 * 3600 * 1000;
/** Rows that one statement marks. */
const BATCH = 100;
/** Spools are rebuilt when they are missed. */
const SPOOL_KEEP_MS = 3600 * 1000;

export interface JanitorOptions {
  readonly pool: Pool;
  readonly files: FileStore;
  readonly targetOf: (collection: Collection) => Target;
  readonly settings: JanitorSettings;
  readonly onError: (error: unknown) => void;
  /** Default: every ten minutes. */
  readonly everyMs?: number;
}

export function createJanitor(options: JanitorOptions): Service {
  return createService({
    name: 'janitor',
    everyMs: options.everyMs ?? 600_000,
    onError: options.onError,
    runOnce: async () => ({
      // First: what goes with a job need not be looked for.
      jobs: await attempt(options, () => removeEndedJobs(options)),
      uploads: await attempt(options, () => removeExpired(options, expireUploads)),
      artifacts: await attempt(options, () => removeExpired(options, expireArtifacts)),
      issueValues: await attempt(options, () => forgetValues(options)),
      staging: await attempt(options, () => dropStaging(options)),
      ledgers: await attempt(options, () => dropLedgers(options)),
      workFolders: await attempt(options, () => removeWorkFolders(options)),
      spools: await attempt(options, () => removeSpools(options)),
      strays: await attempt(options, () => removeStrays(options)),
    }),
  });
}

/** What cannot be removed for now must not keep the rest. */
async function attempt({ onError }: JanitorOptions, remove: () => Promise<number>): Promise<number> {
  return remove().catch((error: unknown) => {
    onError(error);
    return 0;
  });
}

async function removeExpired(
  { pool, files }: JanitorOptions,
  expire: (pool: Pool, limit: number) => Promise<{ storageKey: string }[]>,
): Promise<number> {
  return inBatches(async ({ limit }) => {
    const expired = await expire(pool, limit);
    for (const { storageKey } of expired) await files.remove(storageKey);
    return { found: expired.length, removed: expired.length };
  });
}

interface Batch {
  readonly limit: number;
  /** Found before, and still there. */
  readonly skip: number;
}

/** Until a batch is not full: a round leaves nothing behind that can be removed, however much there is. */
async function inBatches(
  removeSome: (batch: Batch) => Promise<{ found: number; removed: number }>,
): Promise<number> {
  let removed = 0;
  for (let skip = 0; ; ) {
    const some = await removeSome({ limit: BATCH, skip });
    removed += some.removed;
    skip += some.found - some.removed;
    if (some.found < BATCH) return removed;
  }
}

/** The mark comes last: a job of which something could not be removed is found again in the next round. */
function forgetValues(options: JanitorOptions): Promise<number> {
  const { pool, files } = options;
  const keepMs = options.settings.issueValuesMs;
  return eachJob(options, keepMs, 'values', async (job) => {
    for (const { storageKey } of await expireValueFiles(pool, job.id, keepMs)) await files.remove(storageKey);
    await forgetExampleValues(pool, job.id, keepMs);
    const isForgotten = await tryToForget(options, job, (target) => target.forgetValues(job.id));
    return isForgotten && markValuesDropped(pool, job.id, keepMs);
  });
}

/** What was accepted and is not applied any more counts as skipped from now on. */
function dropStaging(options: JanitorOptions): Promise<number> {
  return inBatches(async (batch) => {
    const jobs = await findAbandonedStaging(options.pool, batch);
    let removed = 0;
    for (const { id, epoch } of jobs) {
      if (!(await unlessAway(options, () => endAttempt(options, { jobId: id, epoch, isLast: true }))))
        continue;
      await markStagingDropped(options.pool, id);
      removed += 1;
    }
    return { found: jobs.length, removed };
  });
}

function dropLedgers(options: JanitorOptions): Promise<number> {
  return inBatches(async (batch) => {
    const jobs = await findEndedJobs(options.pool, options.settings.ledgerMs, batch, 'ledger');
    // From here on nobody can retry them. What a target that is away keeps goes with the job.
    const ours = await claimLedgers(options, jobs);
    await forgetTogether(options, ours);
    return { found: jobs.length, removed: ours.length };
  });
}

function removeEndedJobs(options: JanitorOptions): Promise<number> {
  return inBatches(async (batch) => {
    const jobs = await findEndedJobs(options.pool, options.settings.jobsMs, batch);
    const forgotten = await forgetTogether(options, await claimLedgers(options, jobs));
    await removeJobs(options, forgotten);
    return { found: jobs.length, removed: forgotten.length };
  });
}

async function claimLedgers({ pool }: JanitorOptions, jobs: readonly EndedJob[]): Promise<EndedJob[]> {
  const ours = await markLedgersDropped(
    pool,
    jobs.map(({ id }) => id),
  );
  return jobs.filter(({ id }) => ours.has(id));
}

/** Each target drops at once what it keeps of all these jobs. @returns ids of those of which nothing is kept any more */
async function forgetTogether(options: JanitorOptions, jobs: readonly EndedJob[]): Promise<string[]> {
  const perTarget = new Map<Target, Set<string>>();
  const kept = new Set<string>();
  for (const job of jobs) {
    const note = async (collection: Collection) => {
      const target = options.targetOf(collection);
      perTarget.set(target, (perTarget.get(target) ?? new Set<string>()).add(job.id));
    };
    if (!(await unlessAway(options, () => forgetInTargets(options.pool, note, job)))) kept.add(job.id);
  }
  for (const [target, ids] of perTarget) {
    if (!(await unlessAway(options, () => target.forget([...ids])))) for (const id of ids) kept.add(id);
  }
  return jobs.map(({ id }) => id).filter((id) => !kept.has(id));
}

/** @param remove says whether the job will not be found again */
function eachJob(
  options: JanitorOptions,
  keepMs: number,
  only: 'values',
  remove: (job: EndedJob) => Promise<boolean>,
): Promise<number> {
  return inBatches(async (batch) => {
    const jobs = await findEndedJobs(options.pool, keepMs, batch, only);
    let removed = 0;
    for (const job of jobs) if (await remove(job)) removed += 1;
    return { found: jobs.length, removed };
  });
}

function tryToForget(
  options: JanitorOptions,
  job: EndedJob,
  forget: (target: Target) => Promise<void>,
): Promise<boolean> {
  const { pool, targetOf } = options;
  return unlessAway(options, () => forgetInTargets(pool, (collection) => forget(targetOf(collection)), job));
}

/** False: a target is away, and the job has to wait for it. Of a target that is gone for good there is nothing left to forget. */
async function unlessAway({ onError }: JanitorOptions, forget: () => Promise<unknown>): Promise<boolean> {
  try {
    await forget();
    return true;
  } catch (error) {
    onError(error);
    return outcomeOfError(error)?.type === 'failed';
  }
}

async function removeWorkFolders({ pool, files }: JanitorOptions): Promise<number> {
  const folders = await files.list(WORK_FOLDER);
  const inUse = await findUnfinishedJobs(
    pool,
    folders.map((folder) => folder.name),
  );
  const unused = folders.filter((folder) => !inUse.has(folder.name));
  for (const folder of unused) await files.removeTree(`${WORK_FOLDER}/${folder.name}`);
  return unused.length;
}

async function removeSpools({ pool, files }: JanitorOptions): Promise<number> {
  const spools = await files.list(SPOOL_FOLDER);
  if (spools.length === 0) return 0;
  const inUse = await findHashesInUse(pool);
  const unused = spools.filter(
    ({ name, modifiedAt }) =>
      !inUse.has(name.split('.')[0] ?? '') && Date.now() - modifiedAt.getTime() > SPOOL_KEEP_MS,
  );
  for (const { name } of unused) await files.remove(`${SPOOL_FOLDER}/${name}`);
  return unused.length;
}

/** Uploads that were cut off, and files of attempts that were overtaken. */
async function removeStrays({ pool, files }: JanitorOptions): Promise<number> {
  const folders = [
    'uploads',
    ...(await files.list(ARTIFACT_FOLDER)).map(({ name }) => `${ARTIFACT_FOLDER}/${name}`),
  ];
  let removed = 0;
  for (const folder of folders) {
    const old = (await files.list(folder)).filter(
      (file) => Date.now() - file.modifiedAt.getTime() > STRAY_AFTER_MS,
    );
    const keys = old.map(({ name }) => `${folder}/${name}`);
    const known = keys.length === 0 ? new Set<string>() : await findKnownFiles(pool, keys);
    for (const key of keys.filter((candidate) => !known.has(candidate))) {
      await files.remove(key);
      removed += 1;
    }
  }
  return removed;
}
