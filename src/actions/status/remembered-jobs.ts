import type { JobWatcher, ShownJob } from './shown-job.ts';
import { Sightings } from './sightings.ts';

export interface Remembered {
  readonly id: string;
  /** Known once it has been read. */
  number?: number;
  readonly sightings: Sightings<ShownJob>;
  /** Each with what it knows. */
  readonly watchers: Map<JobWatcher, ShownJob>;
  /** When progress was last told to them. */
  toldAt: number;
}

/** Jobs remembered; about 4 kB each. More only while more are asked for at once, by as many connections. */
const MAX_REMEMBERED = 5_000;

/** What is known of which jobs. The oldest make room for others, but for those that somebody waits for. */
export class RememberedJobs {
  readonly #times: { readonly delayMs: number; readonly maxAgeMs: number };
  readonly #byId = new Map<string, Remembered>();
  readonly #idOfNumber = new Map<number, string>();
  readonly #watched = new Set<Remembered>();
  readonly #awaited = new Map<string, number>();

  constructor(times: { delayMs: number; maxAgeMs: number }) {
    this.#times = times;
  }

  find(id: string): Remembered | undefined {
    return this.#byId.get(id);
  }

  idOf(number: number): string | undefined {
    return this.#idOfNumber.get(number);
  }

  get watched(): ReadonlySet<Remembered> {
    return this.#watched;
  }

  /** Keeps what is known of a job, if only that it is asked for, until the function that it gives is called. */
  await(id: string): () => void {
    this.remember(id);
    this.#awaited.set(id, (this.#awaited.get(id) ?? 0) + 1);
    return () => {
      const others = (this.#awaited.get(id) ?? 1) - 1;
      if (others === 0) this.#awaited.delete(id);
      else this.#awaited.set(id, others);
    };
  }

  watch(shown: ShownJob, watcher: JobWatcher): () => void {
    const remembered = this.remember(shown.job.id);
    remembered.watchers.set(watcher, shown);
    this.#watched.add(remembered);
    return () => {
      remembered.watchers.delete(watcher);
      if (remembered.watchers.size === 0) this.#watched.delete(remembered);
    };
  }

  remember(id: string): Remembered {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    if (this.#byId.size >= MAX_REMEMBERED) this.#makeRoom();
    const sightings = new Sightings<ShownJob>(this.#times);
    const remembered: Remembered = { id, sightings, watchers: new Map(), toldAt: 0 };
    this.#byId.set(id, remembered);
    return remembered;
  }

  /** Notes how else the job is named. */
  name(remembered: Remembered, number: number): void {
    remembered.number = number;
    this.#idOfNumber.set(number, remembered.id);
  }

  /** The job has been deleted; whoever watches it is told. */
  forget(id: string): void {
    const remembered = this.#byId.get(id);
    if (remembered === undefined) return;
    this.#drop(remembered);
    for (const watcher of remembered.watchers.keys()) watcher(undefined);
  }

  #makeRoom(): void {
    for (const remembered of this.#byId.values()) {
      if (this.#byId.size < MAX_REMEMBERED) return;
      if (remembered.watchers.size === 0 && !this.#awaited.has(remembered.id)) this.#drop(remembered);
    }
  }

  #drop(remembered: Remembered): void {
    this.#byId.delete(remembered.id);
    if (remembered.number !== undefined) this.#idOfNumber.delete(remembered.number);
    this.#watched.delete(remembered);
  }
}
