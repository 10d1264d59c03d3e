/**
 * Delivery, aloud: the result files of an export are carried to its destination one by one, each with a receipt, and what has a receipt
 * is not carried again. What does not succeed is tried again later, until it is given up.
 */
import type { Destination } from '../../core/delivery.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import { type Artifact, checkKept, listArtifacts } from '../../store/artifacts.ts';
import { beginDeliveryTry, noteDeliveryError, recordDelivered } from '../../store/deliveries.ts';
import { forgiveFaults } from '../../store/jobs/claims.ts';
import { moveJob } from '../../store/jobs/move-job.ts';
import { joinAddress } from '../../transfer/carrier.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { type Outcome, TURN_OVER } from '../outcome.ts';

export const GIVE_UP_AFTER_MS = 24 * 3_600_000;
const MAX_PAUSE_MS = 60_000;

/** From here on the result is complete. False: somebody wants something else of the job, or it is held by a later attempt. */
export async function startDelivery(deps: WorkerDependencies, attempt: Attempt): Promise<boolean> {
  const { job, epoch } = attempt;
  const moved = await moveJob(deps.pool, {
    jobId: job.id,
    epoch,
    event: 'delivery_started',
    // Not from `cancelling`: whoever cancels an export does not want it delivered.
    from: ['running', 'pausing'],
  });
  return moved !== undefined;
}

/** One try at what has not been delivered yet. */
export async function deliverResult(
  deps: WorkerDependencies,
  attempt: Attempt,
  destination: Destination,
): Promise<Outcome> {
  const { job, epoch } = attempt;
  const held = { jobId: job.id, epoch };
  const begun = await beginDeliveryTry(deps.pool, held);
  if (begun === undefined) return whatIsWanted(attempt, 0, 0);
  const files = (await listArtifacts(deps.pool, job.id)).filter(({ kind }) => kind === 'result');
  if (files.length === 0) throw new Error('there is no result to deliver');
  let delivered = files.filter(isDelivered).length;
  try {
    attempt.enter('delivering', files.length);
    for (const file of files.filter((each) => !isDelivered(each))) {
      attempt.advance(delivered);
      await deliverFile(deps, attempt, { destination, file, mayBeThere: begun.attempt > 1 });
      delivered += 1;
    }
    return { type: 'succeeded' };
  } catch (error) {
    if (attempt.signal.aborted) throw error;
    if (attempt.boundary.aborted) return whatIsWanted(attempt, delivered, files.length);
    if (!isAppError(error, 'delivery.failed')) throw error;
    await noteDeliveryError(deps.pool, held, error.message);
    return tryAgain(destination, begun, error);
  }
}

function isDelivered({ delivered }: Artifact): boolean {
  return delivered !== undefined;
}

async function deliverFile(
  deps: WorkerDependencies,
  attempt: Attempt,
  { destination, file, mayBeThere }: { destination: Destination; file: Artifact; mayBeThere: boolean },
): Promise<void> {
  const { name, sizeBytes, sha256, storageKey } = checkKept(file);
  attempt.boundary.throwIfAborted();
  const { location, folderPerJob } = destination;
  const address = await deps.carrier.deliver(
    folderPerJob === true ? joinAddress(location, attempt.job.id) : location,
    {
      name,
      sizeBytes,
      sha256,
      mark: file.id,
      mayBeThere,
      open: () => deps.files.open(storageKey, sizeBytes),
    },
    attempt.boundary,
  );
  const held = { jobId: attempt.job.id, epoch: attempt.epoch };
  await recordDelivered(deps.pool, held, { artifactId: file.id, address });
  await forgiveFaults(deps.pool, held.jobId, held.epoch);
}

/** Later, or never. */
function tryAgain(
  { retryEveryMs, giveUpAfterMs = GIVE_UP_AFTER_MS }: Destination,
  { attempt, elapsedMs }: { attempt: number; elapsedMs: number },
  error: AppError,
): Outcome {
  const delayMs = retryEveryMs ?? Math.min(MAX_PAUSE_MS, 1000 * 2 ** Math.min(attempt - 1, 6));
  if (elapsedMs + delayMs <= giveUpAfterMs) {
    return { type: 'given_back', reason: 'delivery_failed', message: error.message, delayMs };
  }
  const tries = attempt === 1 ? 'one try' : `${attempt} tries`;
  return {
    type: 'failed',
    failure: {
      code: 'delivery.failed',
      message: `The result could not be delivered, and was given up after ${tries}. ${error.message} A retry of the job delivers it without making it anew.`,
      retryable: true,
    },
  };
}

function whatIsWanted(attempt: Attempt, delivered: number, files: number): Outcome {
  switch (attempt.wish()) {
    case 'cancel':
      return { type: 'cancelled', kept: `${delivered} of ${files} files had been delivered` };
    case 'give_back':
      return { type: 'given_back', reason: 'shutdown', message: 'the worker was shut down' };
    case 'yield':
      return { type: 'given_back', reason: 'lane', message: TURN_OVER };
    case 'pause':
    case 'begin_anew':
    case 'go_on':
      return { type: 'given_back', reason: 'resumed', message: 'the delivery goes on in a new attempt' };
  }
}
