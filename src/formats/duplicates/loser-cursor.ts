import { closeSync, fstatSync, openSync } from 'node:fs';
import { readFully } from './key-spill.ts';
import { LOSER_BYTES, LOSER_MAGIC, LOSER_TRAILER_BYTES } from './loser-file.ts';

const BUFFERED_LOSERS = 1024;

/** Walks the losers beside a reader: asked for ascending record numbers, it reads the file once, forward. */
export class LoserCursor {
  /** Losers in the file. */
  readonly count: number;
  readonly #file: number;
  readonly #values = new Float64Array(2 * BUFFERED_LOSERS);
  /** Number of the loser that `#values` begins with, and how many it holds. */
  #first = 0;
  #filled = 0;
  /** Number of the next loser. */
  #next = 0;

  private constructor(file: number, count: number) {
    this.#file = file;
    this.count = count;
  }

  /**
   * @param fromRecord the first record that will be asked for; found by bisection
   * @returns undefined where there is no whole file: the duplicates must be found again
   */
  static open(path: string, fromRecord = 1): LoserCursor | undefined {
    let file: number;
    try {
      file = openSync(path, 'r');
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
      throw error;
    }
    const count = readCount(file);
    if (count === undefined) {
      closeSync(file);
      return undefined;
    }
    const cursor = new LoserCursor(file, count);
    cursor.#seek(fromRecord);
    return cursor;
  }

  /** The record that wins the key of `record`, or `undefined` when it loses to none. Ask in ascending order. */
  findWinner(record: number): number | undefined {
    while (this.#next < this.count && this.#recordAt(this.#next) < record) this.#next += 1;
    if (this.#next === this.count || this.#recordAt(this.#next) !== record) return undefined;
    return this.#values[2 * (this.#next - this.#first) + 1];
  }

  close(): void {
    closeSync(this.#file);
  }

  #seek(record: number): void {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = Math.floor((low + high) / 2);
      if (this.#recordAt(middle) < record) low = middle + 1;
      else high = middle;
    }
    this.#next = low;
  }

  #recordAt(index: number): number {
    if (index < this.#first || index >= this.#first + this.#filled) this.#fill(index);
    return this.#values[2 * (index - this.#first)] as number;
  }

  #fill(index: number): void {
    this.#filled = Math.min(BUFFERED_LOSERS, this.count - index);
    this.#first = index;
    readFully(
      this.#file,
      new Uint8Array(this.#values.buffer, 0, this.#filled * LOSER_BYTES),
      index * LOSER_BYTES,
    );
  }
}

function readCount(file: number): number | undefined {
  const { size } = fstatSync(file);
  if (size < LOSER_TRAILER_BYTES) return undefined;
  const trailer = Buffer.alloc(LOSER_TRAILER_BYTES);
  readFully(file, trailer, size - LOSER_TRAILER_BYTES);
  const count = trailer.readDoubleLE(0);
  return trailer.subarray(8).equals(LOSER_MAGIC) && size === count * LOSER_BYTES + LOSER_TRAILER_BYTES
    ? count
    : undefined;
}
