import { closeSync, openSync, rmSync } from 'node:fs';
import { setImmediate } from 'node:timers/promises';
import type { DuplicatePolicy } from '../../core/job.ts';
import { LoserSearch } from './find-losers.ts';
import { KeySpill, PARTITIONS, writeFully } from './key-spill.ts';
import { LoserBlocks } from './loser-file.ts';
import { mergeRuns, type Run } from './run-merge.ts';
import { writeLosers } from './write-losers.ts';

export interface DuplicateFinderOptions {
  /** Where the losers are written; the work files lie beside it and are removed. */
  readonly path: string;
  readonly policy: DuplicatePolicy;
  /** Seed of the hash: any 32 bits, kept with the job so that a second run finds the same. */
  readonly seed: number;
  /** Whether nothing is written where there are no losers. Default false. */
  readonly isFileOptional?: boolean;
}

/**
 * Finds the keys that occur more than once in a source, in bounded memory. Fed by the index pass; the outcome depends on the keys and
 * their order alone, so after a crash the pass is simply made again.
 */
export class DuplicateFinder {
  readonly #options: DuplicateFinderOptions;
  readonly #spill: KeySpill;

  constructor(options: DuplicateFinderOptions) {
    this.#options = options;
    this.#spill = new KeySpill(`${options.path}.keys.tmp`, options.seed);
  }

  /**
   * @param record number of the record; ascending from call to call
   * @param key the key's canonical text, in which the parts of a composite key cannot run into each other
   */
  add(record: number, key: string): void {
    this.#spill.add(record, key);
  }

  /** Writes the losers to `path`, durably, and removes the work files. @returns their number */
  async finish(signal?: AbortSignal): Promise<number> {
    const few = this.#spill.few();
    signal?.throwIfAborted();
    return few === undefined ? this.#finishMany(signal) : this.#finishFew(few);
  }

  #finishFew(entries: Uint32Array): number {
    const losers: (readonly [record: number, winner: number])[] = [];
    new LoserSearch(this.#options.policy).run(entries, (record, winner) => losers.push([record, winner]));
    return losers.length === 0 && this.#options.isFileOptional === true ? 0 : this.#write(losers);
  }

  #write(found: Iterable<readonly [record: number, winner: number]>): number {
    const losers = writeLosers(this.#options.path);
    for (const [record, winner] of found) losers.add(record, winner);
    return losers.finish();
  }

  async #finishMany(signal: AbortSignal | undefined): Promise<number> {
    const runsPath = `${this.#options.path}.runs.tmp`;
    const file = openSync(runsPath, 'w+');
    try {
      const runs = await this.#writeRuns(file, signal);
      return this.#writeLosers(file, runs);
    } finally {
      closeSync(file);
      rmSync(runsPath, { force: true });
      this.#spill.close();
    }
  }

  /** Removes the work files without an outcome; only instead of `finish`. */
  discard(): void {
    this.#spill.close();
  }

  async #writeRuns(file: number, signal: AbortSignal | undefined): Promise<Run[]> {
    const runs: Run[] = [];
    const search = new LoserSearch(this.#options.policy);
    let end = 0;
    const blocks = new LoserBlocks((bytes) => {
      writeFully(file, bytes, end);
      end += bytes.length;
    });
    for (let partition = 0; partition < PARTITIONS; partition += 1) {
      const start = end;
      search.run(this.#spill.readPartition(partition), (record, winner) => {
        blocks.add(record, winner);
      });
      blocks.flush();
      runs.push({ start, end });
      // Lets heartbeats and aborts through between two partitions.
      await setImmediate();
      signal?.throwIfAborted();
    }
    return runs;
  }

  #writeLosers(runsFile: number, runs: readonly Run[]): number {
    const losers = writeLosers(this.#options.path);
    try {
      mergeRuns(runsFile, runs, (record, winner) => {
        losers.add(record, winner);
      });
    } catch (error) {
      losers.discard();
      throw error;
    }
    return losers.finish();
  }
}
