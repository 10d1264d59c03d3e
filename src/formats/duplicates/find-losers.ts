import type { DuplicatePolicy } from '../../core/job.ts';
import { ENTRY_WORDS, recordOf } from './key-spill.ts';

/** Finds the entries whose key another entry wins, partition by partition. */
export class LoserSearch {
  readonly #policy: DuplicatePolicy;
  #winners = new WinnerTable(0);

  /** @param policy `error` and `first` let the first one win; they differ in what becomes of the others */
  constructor(policy: DuplicatePolicy) {
    this.#policy = policy;
  }

  /** Calls `report` for the losers in the order of the entries. */
  run(entries: Uint32Array, report: (record: number, winner: number) => void): void {
    const count = entries.length / ENTRY_WORDS;
    if (!this.#winners.hasRoomFor(count)) this.#winners = new WinnerTable(count);
    const winners = this.#winners;
    winners.clear(entries);
    const isLast = this.#policy === 'last';
    // The last one is known only when all have been seen.
    if (isLast) for (let at = 0; at < entries.length; at += ENTRY_WORDS) winners.put(at);
    for (let at = 0; at < entries.length; at += ENTRY_WORDS) {
      const winner = isLast ? winners.get(at) : winners.getOrPut(at);
      if (winner !== at) report(recordOf(entries, at), recordOf(entries, winner));
    }
  }
}

/** A hash table with open addressing from keys to the entry that wins; both are word offsets into the entries. */
class WinnerTable {
  #entries: Uint32Array = new Uint32Array(0);
  /** Offset + 1 of an entry; 0 is free. */
  readonly #slots: Uint32Array;
  readonly #mask: number;

  constructor(count: number) {
    let size = 1024;
    while (size < count * 2) size *= 2;
    this.#slots = new Uint32Array(size);
    this.#mask = size - 1;
  }

  hasRoomFor(count: number): boolean {
    return count * 2 <= this.#slots.length;
  }

  clear(entries: Uint32Array): void {
    this.#entries = entries;
    this.#slots.fill(0);
  }

  /** Makes `at` the winner of its key. */
  put(at: number): void {
    this.#slots[this.#slotOf(at)] = at + 1;
  }

  get(at: number): number {
    return (this.#slots[this.#slotOf(at)] as number) - 1;
  }

  /** The winner of the key of `at`, which it becomes itself when there is none yet. */
  getOrPut(at: number): number {
    const slot = this.#slotOf(at);
    if (this.#slots[slot] === 0) this.#slots[slot] = at + 1;
    return (this.#slots[slot] as number) - 1;
  }

  #slotOf(at: number): number {
    const entries = this.#entries;
    let slot = (entries[at + 1] as number) & this.#mask;
    for (;;) {
      const other = this.#slots[slot] as number;
      if (other === 0 || this.#isSameKey(other - 1, at)) return slot;
      slot = (slot + 1) & this.#mask;
    }
  }

  #isSameKey(a: number, b: number): boolean {
    const entries = this.#entries;
    return (
      entries[a] === entries[b] &&
      entries[a + 1] === entries[b + 1] &&
      entries[a + 2] === entries[b + 2] &&
      entries[a + 3] === entries[b + 3]
    );
  }
}
