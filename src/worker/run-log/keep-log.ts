import { amountOf } from '../../core/amount.ts';
import type { Job, Phase } from '../../core/job.ts';
import type { ProgressReport } from '../../store/jobs/claims.ts';
import type { LogLine } from './render-log.ts';
import { type Ending, type LogDependencies, writeLog } from './write-log.ts';

/** The log of one attempt. */
export interface RunLog {
  /** Takes note of where the attempt is. */
  report(progress: ProgressReport): void;
  /** Writes what there will be to say, before the job is said to have ended: whoever sees that reads the log at once. */
  conclude(ending: Ending): Promise<void>;
  /** Writes how the attempt has left the job. */
  close(): Promise<void>;
}

const WRITE_EVERY_MS = 3_000;
const WAIT_AT_MOST_MS = 5_000;
const PROGRESS_EVERY_MS = 3_000;
/** Lines of one attempt; a job that runs for days needs no line for each three seconds. */
const MAX_LINES = 2_000;

/** Keeps the log of a job while an attempt is made; it is there when this resolves, if its place takes it. */
export async function keepLog(
  deps: LogDependencies & { readonly onError: (error: unknown) => void },
  job: Job,
): Promise<RunLog> {
  const lines: LogLine[] = [];
  let phase: Phase | undefined;
  let toldAt = 0;
  let written = 0;
  const write = (ending?: Ending) => {
    written = lines.length;
    return writeLog(deps, job.id, lines, ending).catch(deps.onError);
  };
  let round = write();
  await waitAtMost(round);
  const timer = setInterval(() => {
    if (written < lines.length) round = round.then(() => write());
  }, WRITE_EVERY_MS);
  return {
    report(progress) {
      const now = Date.now();
      if (progress.phase === phase && (now - toldAt < PROGRESS_EVERY_MS || lines.length >= MAX_LINES)) return;
      phase = progress.phase;
      toldAt = now;
      lines.push({ at: new Date(now), text: describe(progress) });
    },
    async conclude(ending) {
      clearInterval(timer);
      round = round.then(() => write(ending));
      await waitAtMost(round);
    },
    async close() {
      clearInterval(timer);
      await waitAtMost(round.then(() => write()));
    },
  };
}

/** A place that does not answer holds no job up; what could not be written at the end, the log keeper writes. */
async function waitAtMost(writing: Promise<void>): Promise<void> {
  const timeout = AbortSignal.timeout(WAIT_AT_MOST_MS);
  await Promise.race([writing, new Promise((resolve) => timeout.addEventListener('abort', resolve))]);
}

/** Bytes while a source is fetched or indexed, files while they are delivered, else records. */
const UNITS: Readonly<Partial<Record<Phase, string>>> = {
  fetching: 'byte',
  indexing: 'byte',
  delivering: 'file',
};

function describe({ phase, phaseDone, phaseTotal }: ProgressReport): string {
  if (phaseDone === undefined || phaseDone === 0) return phase;
  const unit = UNITS[phase] ?? 'record';
  if (phaseTotal === undefined) return `${phase}: ${amountOf(phaseDone, unit)}`;
  return `${phase}: ${phaseDone} of ${amountOf(phaseTotal, unit)}`;
}
