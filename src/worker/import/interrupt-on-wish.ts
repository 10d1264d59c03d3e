import type { TargetWriter } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';

/** Asked to stop: so long the statement may go on, then it is cancelled; after as long again its session is ended. */
const GRACE_MS = 1000;

/**
 * Ends a statement that goes on although somebody wants the job to stop, such as one that waits for a lock. It then fails as a transient
 * fault, what it did is rolled back, and the ledger says where the job is.
 *
 * @returns ends the watch
 */
export function interruptOnWish(attempt: Attempt, writer: TargetWriter): () => void {
  let timer: NodeJS.Timeout | undefined;
  const onBoundary = () => {
    timer = setTimeout(() => void writer.interrupt(GRACE_MS).catch(() => {}), GRACE_MS);
  };
  attempt.boundary.addEventListener('abort', onBoundary, { once: true });
  if (attempt.boundary.aborted) onBoundary();
  return () => {
    clearTimeout(timer);
    attempt.boundary.removeEventListener('abort', onBoundary);
  };
}

/** A signal for work that may be left: aborted with the attempt, and where somebody wants the job to stop and the work goes on nevertheless. */
export function abortOnWish(attempt: Attempt): { readonly signal: AbortSignal; readonly disarm: () => void } {
  const leaving = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  const onBoundary = () => {
    timer = setTimeout(() => leaving.abort(attempt.boundary.reason), GRACE_MS);
  };
  attempt.boundary.addEventListener('abort', onBoundary, { once: true });
  if (attempt.boundary.aborted) onBoundary();
  return {
    signal: AbortSignal.any([attempt.signal, leaving.signal]),
    disarm() {
      clearTimeout(timer);
      attempt.boundary.removeEventListener('abort', onBoundary);
    },
  };
}
