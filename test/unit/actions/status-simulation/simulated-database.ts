import type { StatusSource } from '../../../../src/actions/status/job-status.ts';
import { sampleJob } from '../../../protocols/conformance/sample-jobs.ts';
import type { VirtualClock } from './virtual-clock.ts';

/** How one read goes: how long it takes, at which share of that it sees the database, and whether it fails. */
export interface ReadFate {
  readonly takesMs: number;
  readonly seesAt: number;
  readonly fails: 'no' | 'transiently' | 'badly';
}

/** Jobs that are only a version, with the times at which each came to be. */
export class SimulatedDatabase {
  readonly #clock: VirtualClock;
  readonly #fates: readonly ReadFate[];
  readonly #changes: ReadonlyMap<string, number[]>;
  #reads = 0;
  failures = 0;

  constructor(clock: VirtualClock, ids: readonly string[], fates: readonly ReadFate[]) {
    this.#clock = clock;
    this.#fates = fates;
    this.#changes = new Map(ids.map((id) => [id, [0]]));
  }

  /** @returns the version that the job has now */
  change(id: string): number {
    return this.#timesOf(id).push(this.#clock.now());
  }

  versionAt(id: string, time: number): number {
    return this.#timesOf(id).filter((at) => at <= time).length;
  }

  /** For one process. */
  source(): StatusSource {
    return {
      findByNumber: async () => undefined,
      read: async (known) => {
        const fate = this.#fates[this.#reads % this.#fates.length] ?? {
          takesMs: 1,
          seesAt: 0.5,
          fails: 'no',
        };
        this.#reads += 1;
        await this.#clock.sleep(fate.takesMs * fate.seesAt);
        const seen = known.map(({ id, version }) => ({
          id,
          known: version,
          now: this.versionAt(id, this.#clock.now()),
        }));
        await this.#clock.sleep(fate.takesMs * (1 - fate.seesAt));
        if (fate.fails !== 'no') throw this.#failure(fate.fails);
        return seen.map((one) => ({
          id: one.id,
          ...(one.now !== one.known && {
            job: sampleJob('import', 'running', { id: one.id, version: one.now }),
          }),
        }));
      },
    };
  }

  #failure(kind: 'transiently' | 'badly'): Error {
    this.failures += 1;
    return kind === 'transiently'
      ? new Error('Connection terminated')
      : new Error('refused by the simulation');
  }

  #timesOf(id: string): number[] {
    const times = this.#changes.get(id);
    if (times === undefined) throw new Error(`no job ${id}`);
    return times;
  }
}
