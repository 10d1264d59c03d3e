/**
 * The one place that says how a job stands. Polls are answered from memory as long as a read of the database vouches for it; whoever
 * comes later shares the next read. So the database sees at most one small statement at a time from each process, a change is shown
 * within a quarter of a second, and nobody ever sees a job go back (`sightings.ts` says how).
 *
 * A poll waits for a read that it has asked for itself, or for a time that is known; it ends with that, with its client, and with the
 * server. `test/unit/actions/status-simulation/` plays it in simulated time.
 */
import { AppError } from '../../core/errors.ts';
import type { Job } from '../../core/job.ts';
import { isTransient } from '../../core/sqlstate.ts';
import type { Queryable } from '../../store/database.ts';
import { findJobByNumber } from '../../store/jobs/find-jobs.ts';
import { type KnownStatus, type ReadStatus, readStatuses } from '../../store/jobs/read-statuses.ts';
import { BatchedReads } from './batched-reads.ts';
import { type Clock, SYSTEM_CLOCK } from './clock.ts';
import { type Remembered, RememberedJobs } from './remembered-jobs.ts';
import type { JobRenderer, JobWatcher, ShownJob } from './shown-job.ts';
import { unlessGone, Waits } from './waits.ts';

export interface JobStatus {
  /** What `read` would give without waiting; undefined where it would wait. */
  peek(idOrNumber: string): ShownJob | undefined;
  /**
   * @param gone ends the wait early: the client has gone, or the server stops
   * @throws AppError `job.not_found`; `server.busy` when it ended early; what the database throws while it cannot be read
   */
  read(idOrNumber: string, gone: AbortSignal): Promise<ShownJob>;
  /** Calls `watcher` with each later state, until the function that it gives is called. Never within this call. */
  watch(shown: ShownJob, watcher: JobWatcher): () => void;
  /**
   * Resolves when the answer to a request that has read or changed jobs in another way may be sent: after it, no status will show
   * less than it does.
   */
  settle(jobs: readonly Pick<Job, 'id' | 'version'>[]): Promise<void>;
  /** How many watch now. */
  readonly watchers: number;
  /** Ends whatever waits here. */
  close(): void;
}

const MAX_AGE_MS = 200;
/** While jobs are polled they are read again after so long, so that a poll seldom has to wait. */
const READ_AGAIN_MS = 40;
/** Among several processes all show the state of so long ago. */
const SHARED_DELAY_MS = 100;
const WATCH_EVERY_MS = 50;
/** Progress is told so seldom that all watchers together are told once a millisecond; a change of state is told at once. */
const MS_PER_WATCHER = 1;
const WATCH_AFTER_FAULT_MS = 500;

/**
 * @param db asked for nothing else, so that nothing else can keep statuses waiting
 * @param isShared other processes may show the same jobs
 * @param renderer how a job is shown: once for each of its states, however many ask
 * @param maxAgeMs what was read is shown for so long; default 200
 */
export function createJobStatus(options: {
  db: Queryable;
  isShared: boolean;
  renderer: JobRenderer;
  maxAgeMs?: number;
}): JobStatus {
  const { db, isShared, renderer, maxAgeMs = MAX_AGE_MS } = options;
  const source: StatusSource = {
    read: (known) => readStatuses(db, known),
    findByNumber: (number) => findJobByNumber(db, number),
  };
  return createStatusCache(source, { isShared, maxAgeMs, renderer, clock: SYSTEM_CLOCK });
}

/** Where states are read. Each call ends: what the database does not answer is given up by its connection. */
export interface StatusSource {
  /** In one snapshot; see `readStatuses`. */
  read(known: readonly KnownStatus[]): Promise<readonly ReadStatus[]>;
  findByNumber(number: number): Promise<Pick<Job, 'id'> | undefined>;
}

interface CacheOptions {
  readonly isShared: boolean;
  readonly maxAgeMs: number;
  readonly renderer: JobRenderer;
  readonly clock: Clock;
}

export function createStatusCache(source: StatusSource, options: CacheOptions): JobStatus {
  return new JobStatusCache(source, options);
}

class JobStatusCache implements JobStatus {
  readonly #source: StatusSource;
  readonly #renderer: JobRenderer;
  readonly #clock: Clock;
  readonly #delayMs: number;
  readonly #jobs: RememberedJobs;
  readonly #reads: BatchedReads;
  readonly #waits = new Waits();
  #isWatching = false;

  constructor(source: StatusSource, { clock, isShared, maxAgeMs, renderer }: CacheOptions) {
    this.#source = source;
    this.#renderer = renderer;
    this.#clock = clock;
    this.#delayMs = isShared ? SHARED_DELAY_MS : 0;
    this.#jobs = new RememberedJobs({ delayMs: this.#delayMs, maxAgeMs });
    this.#reads = new BatchedReads(
      (ids) => this.#readAgain(ids),
      () => clock.endOfTurn(),
    );
  }

  async read(idOrNumber: string, gone: AbortSignal): Promise<ShownJob> {
    const shown = this.peek(idOrNumber);
    if (shown !== undefined) return shown;
    const askedAt = this.#clock.now();
    return this.#waits.run(gone, (end) => this.#wait(idOrNumber, askedAt, end));
  }

  peek(idOrNumber: string): ShownJob | undefined {
    const askedAt = this.#clock.now();
    const known = this.#knownIdOf(idOrNumber);
    const sightings = known === undefined ? undefined : this.#jobs.find(known)?.sightings;
    const shown = sightings?.at(askedAt, askedAt);
    if (known === undefined || sightings === undefined || shown === undefined) return undefined;
    if (askedAt - sightings.confirmedAt > READ_AGAIN_MS && !this.#reads.isBusy) {
      // In the background: what it throws, the poll that needs it will meet.
      this.#reads.request([known]).catch(() => {});
    }
    return shown;
  }

  watch(shown: ShownJob, watcher: JobWatcher): () => void {
    const stop = this.#jobs.watch(shown, watcher);
    if (!this.#isWatching) void this.#keepWatching();
    return stop;
  }

  async settle(jobs: readonly Pick<Job, 'id' | 'version'>[]): Promise<void> {
    if (this.#delayMs > 0) {
      // A job's first version is older than nothing that anybody could have been shown. Also where the server stops: others do not.
      if (jobs.some(({ version }) => version > 1)) await this.#clock.sleep(this.#delayMs);
      return;
    }
    for (const { id, version } of jobs) {
      const sightings = this.#jobs.find(id)?.sightings;
      if ((sightings?.newest?.job.version ?? 0) < version) sightings?.distrust(this.#clock.now());
    }
  }

  get watchers(): number {
    return [...this.#jobs.watched].reduce((sum, { watchers }) => sum + watchers.size, 0);
  }

  close(): void {
    this.#waits.close();
  }

  /** Goes on only where something is under way that ends: a read that was asked for here, or a time that is known. */
  async #wait(idOrNumber: string, askedAt: number, gone: AbortSignal): Promise<ShownJob> {
    const id = await unlessGone(this.#idOf(idOrNumber), gone);
    const release = this.#jobs.await(id);
    try {
      for (;;) {
        const now = this.#clock.now();
        const next = this.#jobs.find(id)?.sightings.next(now, askedAt) ?? { do: 'read' };
        if (next.do === 'show') return next.value;
        if (next.do === 'wait') await unlessGone(this.#clock.sleep(next.until - now, gone), gone);
        else {
          await unlessGone(this.#reads.request([id]), gone);
          if (this.#jobs.find(id) === undefined) throw notFound(idOrNumber);
        }
      }
    } finally {
      release();
    }
  }

  #knownIdOf(idOrNumber: string): string | undefined {
    return /^\d+$/.test(idOrNumber) ? this.#jobs.idOf(Number(idOrNumber)) : idOrNumber.toLowerCase();
  }

  async #idOf(idOrNumber: string): Promise<string> {
    const known = this.#knownIdOf(idOrNumber);
    if (known !== undefined) return known;
    const job = await this.#source.findByNumber(Number(idOrNumber));
    if (job === undefined) throw notFound(idOrNumber);
    return job.id;
  }

  async #readAgain(ids: readonly string[]): Promise<void> {
    const known = ids.map((id) => ({ id, version: this.#jobs.find(id)?.sightings.newest?.job.version ?? 0 }));
    const sentAt = this.#clock.now();
    const statuses = await this.#readStatuses(known);
    const answeredAt = this.#clock.now();
    for (const status of statuses) this.#take(status, sentAt, answeredAt);
    const found = new Set(statuses.map(({ id }) => id));
    for (const id of ids) if (!found.has(id)) this.#jobs.forget(id);
  }

  /** The first statement after the server came back meets a connection that is dead. */
  #readStatuses(known: readonly KnownStatus[]): Promise<readonly ReadStatus[]> {
    return this.#source.read(known).catch((error: unknown) => {
      if (!isTransient(error)) throw error;
      return this.#source.read(known);
    });
  }

  #take(status: ReadStatus, sentAt: number, answeredAt: number): void {
    const job = status.job ?? this.#jobs.find(status.id)?.sightings.newest?.job;
    // Forgotten meanwhile, as nobody waited for it.
    if (job === undefined) return;
    const remembered = this.#jobs.remember(job.id);
    this.#jobs.name(remembered, job.number);
    const { sightings } = remembered;
    const surroundings = status.waiting === undefined ? {} : { waiting: status.waiting };
    const etag = this.#renderer.etagOf(job, surroundings);
    const shown =
      sightings.newest?.etag === etag
        ? sightings.newest
        : { job, surroundings, etag, body: this.#renderer.bodyOf(job, surroundings) };
    sightings.add(etag, shown, sentAt, answeredAt);
  }

  /** One loop for all watchers; it ends with the last of them, and with the server. */
  async #keepWatching(): Promise<void> {
    const { closing } = this.#waits;
    this.#isWatching = true;
    try {
      while (this.#jobs.watched.size > 0 && !closing.aborted) {
        const ids = [...this.#jobs.watched].map(({ id }) => id);
        const askedAt = this.#clock.now();
        const isRead = await this.#reads.request(ids).then(
          () => true,
          () => false,
        );
        const times = { now: this.#clock.now(), askedAt, paceMs: this.watchers * MS_PER_WATCHER };
        for (const remembered of this.#jobs.watched) tellWatchers(remembered, times);
        await this.#clock.sleep(isRead ? WATCH_EVERY_MS : WATCH_AFTER_FAULT_MS, closing);
      }
    } finally {
      this.#isWatching = false;
    }
  }
}

function tellWatchers(
  remembered: Remembered,
  { now, askedAt, paceMs }: { now: number; askedAt: number; paceMs: number },
): void {
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

function notFound(idOrNumber: string): AppError {
  return new AppError('job.not_found', `There is no job ${idOrNumber}.`, { details: { job: idOrNumber } });
}
