/**
 * The one place that says how a job stands. Polls are answered from memory as long as a read of the database vouches for it; whoever
 * comes later shares the next read. So the database sees at most one small statement at a time from each process, a change is shown
 * within a quarter of a second, and nobody ever sees a job go back (`sightings.ts` says how).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import { isTransient } from '../../core/sqlstate.ts';
import type { Queryable } from '../../store/database.ts';
import { findJobByNumber } from '../../store/jobs/find-jobs.ts';
import { type KnownStatus, type ReadStatus, readStatuses } from '../../store/jobs/read-statuses.ts';
import { type JobSurroundings, jobEtag, renderJob } from '../render-job.ts';
import { BatchedReads } from './batched-reads.ts';
import { Sightings } from './sightings.ts';

/** A job as it may be shown, rendered once for everybody. */
export interface ShownJob {
  readonly job: Job;
  readonly surroundings: JobSurroundings;
  readonly etag: string;
  /** JSON. */
  readonly body: string;
}

/** Told of each new state; of undefined when the job has been deleted. */
export type JobWatcher = (shown: ShownJob | undefined) => void;

export interface JobStatus {
  /** @throws AppError `job.not_found`; what the database throws while it cannot be read */
  read(idOrNumber: string): Promise<ShownJob>;
  /** Calls `watcher` with each later state, until the function that it gives is called. Never within this call. */
  watch(shown: ShownJob, watcher: JobWatcher): () => void;
  /**
   * Resolves when the answer to a request that has read or changed jobs in another way may be sent: after it, no status will show
   * less than it does.
   */
  settle(jobs: readonly Pick<Job, 'id' | 'version'>[]): Promise<void>;
  /** How many watch now. */
  readonly watchers: number;
  close(): void;
}

const MAX_AGE_MS = 200;
/** While jobs are polled they are read again after so long, so that a poll seldom has to wait. */
const READ_AGAIN_MS = 40;
/** Among several processes all show the state of so long ago. */
const SHARED_DELAY_MS = 100;
/** Pace of looking again while a state was seen but may not be shown yet; at most `SHARED_DELAY_MS` in all. */
const UNCERTAIN_MS = 5;
const WATCH_EVERY_MS = 50;
/** Progress is told so seldom that all watchers together are told once a millisecond; a change of state is told at once. */
const MS_PER_WATCHER = 1;
const WATCH_AFTER_FAULT_MS = 500;
/** Jobs remembered; about 4 kB each. */
const MAX_REMEMBERED = 5_000;

interface Remembered {
  readonly id: string;
  readonly number: number;
  readonly sightings: Sightings<ShownJob>;
  /** Each with what it knows. */
  readonly watchers: Map<JobWatcher, ShownJob>;
  /** When progress was last told to them. */
  toldAt: number;
}

/**
 * @param db asked for nothing else, so that nothing else can keep statuses waiting
 * @param isShared other processes may show the same jobs
 * @param maxAgeMs what was read is shown for so long; default 200
 */
export function createJobStatus(options: { db: Queryable; isShared: boolean; maxAgeMs?: number }): JobStatus {
  const { db, isShared, maxAgeMs = MAX_AGE_MS } = options;
  return new JobStatusCache(db, { delayMs: isShared ? SHARED_DELAY_MS : 0, maxAgeMs });
}

class JobStatusCache implements JobStatus {
  readonly #db: Queryable;
  readonly #times: { readonly delayMs: number; readonly maxAgeMs: number };
  readonly #byId = new Map<string, Remembered>();
  readonly #idOfNumber = new Map<number, string>();
  readonly #watched = new Set<Remembered>();
  readonly #reads = new BatchedReads((ids) => this.#readAgain(ids));
  #isWatching = false;
  #isClosed = false;

  constructor(db: Queryable, times: { delayMs: number; maxAgeMs: number }) {
    this.#db = db;
    this.#times = times;
  }

  async read(idOrNumber: string): Promise<ShownJob> {
    const id = await this.#idOf(idOrNumber);
    const askedAt = performance.now();
    for (;;) {
      const now = performance.now();
      const remembered = this.#byId.get(id);
      const shown = remembered?.sightings.at(now, askedAt);
      if (remembered !== undefined && shown !== undefined) {
        // In the background: what it throws, the poll that needs it will meet.
        if (now - remembered.sightings.confirmedAt > READ_AGAIN_MS && !this.#reads.isBusy) {
          this.#reads.request([id]).catch(() => {});
        }
        return shown;
      }
      if (remembered === undefined || remembered.sightings.confirmedAt < askedAt) {
        await this.#reads.request([id]);
        if (!this.#byId.has(id)) throw notFound(idOrNumber);
      } else {
        await delay(UNCERTAIN_MS);
      }
    }
  }

  watch(shown: ShownJob, watcher: JobWatcher): () => void {
    const remembered = this.#remember(shown.job);
    remembered.watchers.set(watcher, shown);
    this.#watched.add(remembered);
    if (!this.#isWatching) void this.#keepWatching();
    return () => {
      remembered.watchers.delete(watcher);
      if (remembered.watchers.size === 0) this.#watched.delete(remembered);
    };
  }

  async settle(jobs: readonly Pick<Job, 'id' | 'version'>[]): Promise<void> {
    if (this.#times.delayMs > 0) {
      // A job's first version is older than nothing that anybody could have been shown.
      if (jobs.some(({ version }) => version > 1)) await delay(this.#times.delayMs);
      return;
    }
    for (const { id, version } of jobs) {
      const sightings = this.#byId.get(id)?.sightings;
      if (sightings?.newest !== undefined && sightings.newest.job.version < version) {
        sightings.distrust(performance.now());
      }
    }
  }

  get watchers(): number {
    return [...this.#watched].reduce((sum, { watchers }) => sum + watchers.size, 0);
  }

  close(): void {
    this.#isClosed = true;
  }

  async #idOf(idOrNumber: string): Promise<string> {
    if (!/^\d+$/.test(idOrNumber)) return idOrNumber.toLowerCase();
    const number = Number(idOrNumber);
    const known = this.#idOfNumber.get(number);
    if (known !== undefined) return known;
    const job = await findJobByNumber(this.#db, number);
    if (job === undefined) throw notFound(idOrNumber);
    return job.id;
  }

  async #readAgain(ids: readonly string[]): Promise<void> {
    const known = ids.map((id) => ({ id, version: this.#byId.get(id)?.sightings.newest?.job.version ?? 0 }));
    const sentAt = performance.now();
    const statuses = await this.#readStatuses(known);
    const answeredAt = performance.now();
    for (const status of statuses) this.#take(status, sentAt, answeredAt);
    const found = new Set(statuses.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) this.#forget(id);
  }

  /** The first statement after the server came back meets a connection that is dead. */
  #readStatuses(known: readonly KnownStatus[]): Promise<ReadStatus[]> {
    return readStatuses(this.#db, known).catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return readStatuses(this.#db, known);
    });
  }

  #take(status: ReadStatus, sentAt: number, answeredAt: number): void {
    const job = status.job ?? this.#byId.get(status.id)?.sightings.newest?.job;
    if (job === undefined) return;
    const { sightings } = this.#remember(job);
    const surroundings = status.waitingFor === undefined ? {} : { waitingFor: status.waitingFor };
    const etag = jobEtag(job, surroundings);
    const shown =
      sightings.newest?.etag === etag
        ? sightings.newest
        : { job, surroundings, etag, body: JSON.stringify(renderJob(job, surroundings)) };
    sightings.add(etag, shown, sentAt, answeredAt);
  }

  #remember(job: Job): Remembered {
    const known = this.#byId.get(job.id);
    if (known !== undefined) return known;
    for (const { id, watchers } of this.#byId.values()) {
      if (this.#byId.size < MAX_REMEMBERED) break;
      if (watchers.size === 0) this.#forget(id);
    }
    const remembered: Remembered = {
      id: job.id,
      number: job.number,
      sightings: new Sightings(this.#times),
      watchers: new Map(),
      toldAt: 0,
    };
    this.#byId.set(job.id, remembered);
    this.#idOfNumber.set(job.number, job.id);
    return remembered;
  }

  #forget(id: string): void {
    const remembered = this.#byId.get(id);
    if (remembered === undefined) return;
    this.#byId.delete(id);
    this.#idOfNumber.delete(remembered.number);
    this.#watched.delete(remembered);
    for (const watcher of remembered.watchers.keys()) watcher(undefined);
  }

  /** One loop for all watchers; it ends with the last of them. */
  async #keepWatching(): Promise<void> {
    this.#isWatching = true;
    while (this.#watched.size > 0 && !this.#isClosed) {
      const ids = [...this.#watched].map(({ id }) => id);
      const askedAt = performance.now();
      const isRead = await this.#reads.request(ids).then(
        () => true,
        () => false,
      );
      const paceMs = this.watchers * MS_PER_WATCHER;
      for (const remembered of this.#watched) tellWatchers(remembered, askedAt, paceMs);
      await delay(isRead ? WATCH_EVERY_MS : WATCH_AFTER_FAULT_MS, undefined, { ref: false });
    }
    this.#isWatching = false;
  }
}

function tellWatchers(remembered: Remembered, askedAt: number, paceMs: number): void {
  const now = performance.now();
  const shown = remembered.sightings.at(now, askedAt);
  if (shown === undefined) return;
  const isTimeForProgress = now - remembered.toldAt >= paceMs;
  if (isTimeForProgress) remembered.toldAt = now;
  for (const [watcher, known] of remembered.watchers) {
    if (known.etag === shown.etag) continue;
    if (known.job.state === shown.job.state && !isTimeForProgress) continue;
    remembered.watchers.set(watcher, shown);
    watcher(shown);
  }
}

/** Whether nothing will change by itself any more. */
export function isResting({ job }: ShownJob): boolean {
  return isFinal(job.state) || job.state === 'paused';
}

function notFound(idOrNumber: string): AppError {
  return new AppError('job.not_found', `There is no job ${idOrNumber}.`, { details: { job: idOrNumber } });
}
