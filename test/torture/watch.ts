/** Watches one job by polling it in several ways at once, and holds every answer against those before. */
import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Surroundings } from './ask.ts';
import type { Random } from './random.ts';
import type { Sabotage } from './sabotage.ts';

export interface SeenJob {
  readonly id: string;
  readonly number: number;
  readonly kind: string;
  readonly state: string;
  readonly reason?: string;
  readonly failure?: { readonly code: string; readonly message: string; readonly retryable: boolean };
  /** How the files stand that it leaves. */
  readonly report?: { readonly state: 'pending' | 'complete' | 'given_up'; readonly error?: string };
  readonly attempt: number;
  readonly progress: {
    readonly processed: number;
    /** Of these, accepted and written with the last merge. */
    readonly staged?: number;
    readonly total?: number;
    readonly percentage: number;
  };
  readonly results: { readonly successful: number; readonly warnings: number; readonly errors: number };
  readonly outcomes: Readonly<Record<string, number>>;
  readonly parts: readonly {
    readonly processed: number;
    readonly outcomes: Readonly<Record<string, number>>;
  }[];
}

export const FINAL_STATES: readonly string[] = ['succeeded', 'failed', 'cancelled'];

/** The most that some answer has said: no answer to a later question may say less. */
interface Mark {
  readonly percentage: number;
  readonly processed: number;
  readonly attempt: number;
  readonly end?: string;
}

const NOTHING: Mark = { percentage: 0, processed: 0, attempt: 0 };

export interface Watch {
  /** Resolves with the answer that says that the job has ended; undefined: it is too late for it. */
  waitForEnd(isLate: () => boolean): Promise<SeenJob | undefined>;
  /** The newest answer. */
  latest(): SeenJob | undefined;
  /** A retry was asked for: what ends may begin again. */
  forget(): void;
}

export function watchJob(
  around: Surroundings,
  where: string,
  id: string,
  random: Random,
  sabotage: Sabotage,
): Watch {
  let mark = NOTHING;
  let latest: SeenJob | undefined;
  /** Counts retries: an answer to a question from before one says nothing. */
  let run = 0;

  const poll = async (tag: string | undefined, waitSeconds: number): Promise<string | undefined> => {
    const floor = mark;
    const asked = run;
    const answer = await ask(around, `/v1/jobs/${id}`, {
      waitMs: waitSeconds * 1000,
      headers: {
        ...(tag !== undefined && { 'if-none-match': tag }),
        ...(waitSeconds > 0 && { prefer: `wait=${waitSeconds}` }),
      },
    });
    if (answer === undefined || answer.status === 304) return tag;
    if (answer.status !== 200) {
      around.faults.report(
        'answer',
        where,
        `a poll: ${answer.status} ${answer.bytes.toString().slice(0, 300)}`,
      );
      return undefined;
    }
    const job = sabotage.seeStatus(answer.body as unknown as SeenJob);
    if (run !== asked) return undefined;
    for (const fault of compare(floor, job)) around.faults.report('went back', where, fault);
    mark = raise(mark, job);
    latest = job;
    return answer.headers.get('etag') ?? undefined;
  };

  return {
    latest: () => latest,
    forget: () => {
      run += 1;
      mark = NOTHING;
      latest = undefined;
    },
    async waitForEnd(isLate) {
      const isOver = () => isLate() || (latest !== undefined && FINAL_STATES.includes(latest.state));
      const keepAsking = async (style: 'plain' | 'tagged' | 'long') => {
        let tag: string | undefined;
        while (!isOver()) {
          const waitSeconds = style === 'long' ? random.int(1, 3) : 0;
          tag = await poll(style === 'plain' ? undefined : tag, waitSeconds);
          if (!isOver()) await delay(random.int(20, 250), undefined, { signal: around.signal });
        }
      };
      await Promise.all([keepAsking('plain'), keepAsking(random.chance(0.5) ? 'long' : 'tagged')]);
      return latest !== undefined && FINAL_STATES.includes(latest.state) ? latest : undefined;
    },
  };
}

function compare(floor: Mark, job: SeenJob): string[] {
  const { processed, total, percentage } = job.progress;
  const found: string[] = [];
  if (percentage < floor.percentage) found.push(`percentage ${floor.percentage}, then ${percentage}`);
  if (percentage < 0 || percentage > 100) found.push(`percentage ${percentage}`);
  if (percentage === 100 && job.state !== 'succeeded') found.push(`percentage 100 while ${job.state}`);
  if (processed < floor.processed) found.push(`processed ${floor.processed}, then ${processed}`);
  if (total !== undefined && processed > total) found.push(`processed ${processed} of ${total}`);
  if (job.attempt < floor.attempt) found.push(`attempt ${floor.attempt}, then ${job.attempt}`);
  if (floor.end !== undefined && job.state !== floor.end) found.push(`${floor.end}, then ${job.state}`);
  const { successful, warnings, errors } = job.results;
  const sum = successful + warnings + errors + (job.progress.staged ?? 0);
  if (sum !== processed) found.push(`results and staged add up to ${sum}, processed is ${processed}`);
  return found;
}

function raise(mark: Mark, job: SeenJob): Mark {
  const end = FINAL_STATES.includes(job.state) ? job.state : mark.end;
  return {
    percentage: Math.max(mark.percentage, job.progress.percentage),
    processed: Math.max(mark.processed, job.progress.processed),
    attempt: Math.max(mark.attempt, job.attempt),
    ...(end !== undefined && { end }),
  };
}
