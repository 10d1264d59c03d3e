/** Processes that show jobs, clients that poll, watch, change and leave, and a server that stops, all in simulated time. */
import assert from 'node:assert/strict';
import { createStatusCache, type JobStatus } from '../../../../src/actions/status/job-status.ts';
import { NATIVE_RENDERER } from '../../../../src/http/render-job.ts';
import { type ReadFate, SimulatedDatabase } from './simulated-database.ts';
import { VirtualClock } from './virtual-clock.ts';

export type Action = { readonly afterMs: number; readonly job: number; readonly process: number } & (
  | { readonly kind: 'poll'; readonly leavesAfterMs?: number | undefined }
  | { readonly kind: 'watch'; readonly leavesAfterMs?: number | undefined }
  /** A verb: the job is changed, and the answer says so. */
  | { readonly kind: 'verb' }
  /** A list, which reads the job in its own way. */
  | { readonly kind: 'list' }
  /** By a worker, of which no process is told. */
  | { readonly kind: 'change' }
);

export interface Scenario {
  readonly processes: number;
  readonly actions: readonly Action[];
  readonly reads: readonly ReadFate[];
  /** One of the processes stops so long after the beginning. */
  readonly stop?: { readonly process: number; readonly atMs: number } | undefined;
}

const JOBS = ['0000000a-0000-4000-8000-000000000000', '0000000b-0000-4000-8000-000000000000'];
/** How long no poll is shown less than any answer that came before its own (`PATIENCE_MS`). */
const PATIENCE_MS = 200;
const SHARED_DELAY_MS = 100;
/** Longer than anything may wait, and for watchers to be told of the last change after a failed read. */
const QUIET_MS = 5_000;

interface Poll {
  readonly job: number;
  readonly process: number;
  readonly askedAt: number;
  /** What had been told of the job before. */
  readonly knownBefore: number;
  leftAt?: number;
  end?: { readonly at: number; readonly version?: number; readonly error?: unknown };
}

export class Simulation {
  readonly #clock = new VirtualClock();
  readonly #scenario: Scenario;
  readonly #database: SimulatedDatabase;
  readonly #processes: readonly JobStatus[];
  readonly #polls: Poll[] = [];
  readonly #watchers: { job: number; process: number; versions: number[]; hasLeft: boolean }[] = [];
  /** By job: the greatest version that an answer has told. */
  readonly #told = JOBS.map(() => 0);
  /** By process and job: what verbs and lists of it have told. */
  readonly #settled: number[][];

  constructor(scenario: Scenario) {
    this.#scenario = scenario;
    this.#database = new SimulatedDatabase(this.#clock, JOBS, scenario.reads);
    const options = {
      isShared: scenario.processes > 1,
      maxAgeMs: 150,
      renderer: NATIVE_RENDERER,
      clock: this.#clock,
    };
    this.#processes = Array.from({ length: scenario.processes }, () =>
      createStatusCache(this.#database.source(), options),
    );
    this.#settled = this.#processes.map(() => JOBS.map(() => 0));
  }

  /** Plays it to its end and holds what happened against what was promised. */
  async run(): Promise<void> {
    const { actions, stop } = this.#scenario;
    let now = 0;
    for (const action of actions) {
      now += action.afterMs;
      void this.#clock.sleep(now).then(() => this.#begin(action));
    }
    if (stop !== undefined) {
      void this.#clock.sleep(stop.atMs).then(() => this.#process(stop.process).close());
    }
    await this.#clock.runUntil(Math.max(now, stop?.atMs ?? 0) + QUIET_MS);
    this.#checkPolls();
    this.#checkWatchers();
    for (const one of this.#processes) one.close();
    // A read that is under way may end.
    await this.#clock.runUntil(this.#clock.now() + this.#readLimitMs());
    assert.equal(this.#clock.waiting, 0, 'something waits on, and would keep the process from ending');
  }

  #begin(action: Action): void {
    const { kind } = action;
    if (kind === 'poll') void this.#poll(action);
    else if (kind === 'watch') void this.#watch(action);
    else if (kind === 'change') this.#database.change(idOf(action.job));
    else void this.#tell(action);
  }

  async #tell({ kind, job, process }: Action): Promise<void> {
    const id = idOf(job);
    const version =
      kind === 'verb' ? this.#database.change(id) : this.#database.versionAt(id, this.#clock.now());
    await this.#process(process).settle([{ id, version }]);
    this.#noteTold(job, version);
    const settled = this.#settled[process % this.#scenario.processes] ?? [];
    settled[job] = Math.max(settled[job] ?? 0, version);
  }

  async #poll(action: Action & { kind: 'poll' }): Promise<void> {
    const { job, process } = action;
    const gone = new AbortController();
    const poll: Poll = { job, process, askedAt: this.#clock.now(), knownBefore: this.#told[job] ?? 0 };
    this.#polls.push(poll);
    if (action.leavesAfterMs !== undefined) {
      void this.#clock.sleep(action.leavesAfterMs).then(() => {
        poll.leftAt = this.#clock.now();
        gone.abort();
      });
    }
    try {
      const shown = await this.#process(process).read(idOf(job), gone.signal);
      const { version } = shown.job;
      poll.end = { at: this.#clock.now(), version };
      this.#checkTrust(poll, version);
      this.#noteTold(job, version);
    } catch (error) {
      if (error instanceof assert.AssertionError) throw error;
      poll.end = { at: this.#clock.now(), error };
    }
  }

  async #watch({ job, process, leavesAfterMs }: Action & { kind: 'watch' }): Promise<void> {
    const status = this.#process(process);
    const shown = await status.read(idOf(job), new AbortController().signal).catch(() => undefined);
    if (shown === undefined) return;
    const watcher = { job, process, versions: [shown.job.version], hasLeft: false };
    this.#watchers.push(watcher);
    const stop = status.watch(shown, (next) => watcher.versions.push(next?.job.version ?? 0));
    if (leavesAfterMs === undefined) return;
    await this.#clock.sleep(leavesAfterMs);
    watcher.hasLeft = true;
    stop();
  }

  /** What a verb or a list of this process has told meanwhile is not taken back, as long as the poll may be kept waiting for that. */
  #checkTrust(poll: Poll, version: number): void {
    if (this.#scenario.processes > 1 || this.#clock.now() - poll.askedAt > PATIENCE_MS) return;
    const settled = this.#settled[0]?.[poll.job] ?? 0;
    if (version < settled) poll.end = { at: this.#clock.now(), error: new Error('went back') };
  }

  #checkPolls(): void {
    for (const poll of this.#polls) {
      const { askedAt, end, leftAt } = poll;
      const what = `the poll of job ${poll.job} at ${askedAt} in process ${poll.process}`;
      assert.ok(end !== undefined, `${what} was never answered`);
      const limit = Math.min(askedAt + this.#limitMs(), leftAt ?? Infinity, this.#stopOf(poll) ?? Infinity);
      assert.ok(end.at <= Math.max(limit, askedAt), `${what} ended at ${end.at} instead of ${limit}`);
      if (end.version !== undefined) {
        assert.ok(
          end.version >= poll.knownBefore,
          `${what} went back to ${end.version} from ${poll.knownBefore}`,
        );
        const floor = this.#database.versionAt(idOf(poll.job), askedAt - 150);
        assert.ok(end.version >= floor, `${what} showed ${end.version}, which was old`);
      } else this.#checkFailure(poll, what);
    }
  }

  #checkFailure({ end, leftAt, ...poll }: Poll, what: string): void {
    const message = String(end?.error);
    const isOver = leftAt !== undefined || this.#stopOf({ ...poll }) !== undefined;
    const isOfRead = /Connection terminated|refused by the simulation/.test(message);
    if (isOfRead) assert.ok(this.#database.failures > 0, `${what}: ${message}`);
    else assert.ok(isOver && message.includes('The server is stopping'), `${what}: ${message}`);
  }

  /** Each is told of the last change, unless its server stops, and of nothing that is older than what it knows. */
  #checkWatchers(): void {
    for (const { job, process, versions, hasLeft } of this.#watchers) {
      assert.deepEqual(
        versions,
        versions.toSorted((a, b) => a - b),
        'a watcher went back',
      );
      if (hasLeft || this.#stopOf({ process }) !== undefined) continue;
      assert.equal(
        versions.at(-1),
        this.#database.versionAt(idOf(job), Infinity),
        'a watcher missed the end',
      );
    }
  }

  #stopOf({ process }: { process: number }): number | undefined {
    const { stop, processes } = this.#scenario;
    return stop !== undefined && stop.process % processes === process % processes ? stop.atMs : undefined;
  }

  /** A read that fails transiently is sent again at once. */
  #readLimitMs(): number {
    return 2 * this.#scenario.reads.reduce((most, { takesMs }) => Math.max(most, takesMs), 1);
  }

  /** The read under way, reads until patience ends, the one that is under way then, and what several processes wait to be certain. */
  #limitMs(): number {
    return PATIENCE_MS + 3 * this.#readLimitMs() + SHARED_DELAY_MS + 1;
  }

  #noteTold(job: number, version: number): void {
    this.#told[job] = Math.max(this.#told[job] ?? 0, version);
  }

  #process(index: number): JobStatus {
    return this.#processes[index % this.#processes.length] ?? assert.fail();
  }
}

function idOf(job: number): string {
  return JOBS[job] ?? assert.fail();
}
