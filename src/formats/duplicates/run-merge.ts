import { readFully } from './key-spill.ts';
import { LOSER_BYTES } from './loser-file.ts';

const BUFFERED_LOSERS = 256;

/** A sorted stretch of losers in a file. */
export interface Run {
  readonly start: number;
  readonly end: number;
}

/** Calls `report` with the losers of all runs in ascending order of the record; a record is in one run only. */
export function mergeRuns(
  file: number,
  runs: readonly Run[],
  report: (record: number, winner: number) => void,
): void {
  const heap = runs.map((run) => new RunCursor(file, run)).filter((cursor) => cursor.advance());
  heap.sort((a, b) => a.record - b.record);
  for (let first = heap[0]; first !== undefined; first = heap[0]) {
    report(first.record, first.winner);
    if (!first.advance()) {
      const last = heap.pop();
      if (last === undefined || heap.length === 0) return;
      if (last !== first) heap[0] = last;
    }
    sink(heap);
  }
}

/** Lets the cursor at the top fall to its place. */
function sink(heap: RunCursor[]): void {
  const item = heap[0] as RunCursor;
  let at = 0;
  for (;;) {
    let child = 2 * at + 1;
    const left = heap[child];
    if (left === undefined) break;
    const right = heap[child + 1];
    if (right !== undefined && right.record < left.record) child += 1;
    const smaller = heap[child] as RunCursor;
    if (smaller.record >= item.record) break;
    heap[at] = smaller;
    at = child;
  }
  heap[at] = item;
}

class RunCursor {
  record = 0;
  winner = 0;
  readonly #file: number;
  readonly #end: number;
  readonly #values = new Float64Array(2 * BUFFERED_LOSERS);
  #next: number;
  #at = 0;
  #filled = 0;

  constructor(file: number, run: Run) {
    this.#file = file;
    this.#next = run.start;
    this.#end = run.end;
  }

  /** Goes to the next loser. @returns false at the end of the run */
  advance(): boolean {
    if (this.#at === this.#filled && !this.#fill()) return false;
    this.record = this.#values[this.#at] as number;
    this.winner = this.#values[this.#at + 1] as number;
    this.#at += 2;
    return true;
  }

  #fill(): boolean {
    const length = Math.min(this.#end - this.#next, BUFFERED_LOSERS * LOSER_BYTES);
    if (length === 0) return false;
    readFully(this.#file, new Uint8Array(this.#values.buffer, 0, length), this.#next);
    this.#next += length;
    this.#filled = length / 8;
    this.#at = 0;
    return true;
  }
}
