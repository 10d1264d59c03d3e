/**
 * How long the records of a chunk have taken to be judged. A chunk ends when that is long, however few they are: nothing of a chunk is in the
 * ledger, or shows as progress, before all of it is. Verdicts do not depend on where a chunk ends.
 */
import type { Collection } from '../../../collections/collection.ts';

/** Many times what a usual chunk takes, also on a machine with other things to do. */
const MAX_CHUNK_JUDGING_MS = 1000;
/** A look at the clock costs about as much as judging a small record. */
const CHEAP_RECORDS = 16;

export interface JudgingClock {
  /** From now on records are judged. */
  start(): void;
  /** After each of them. True: the chunk is to end with it. */
  tick(): boolean;
  stop(): void;
  /** How long it was from the last start to the last stop. */
  readonly lastMs: number;
  /** The chunk has taken what it may. */
  readonly isOver: boolean;
  /** The next chunk begins. */
  reset(): void;
}

/** @param collection a nested value, or a record as a whole, may take a second by its schema: then the clock is looked at after each record */
export function createJudgingClock(collection: Collection, now = () => performance.now()): JudgingClock {
  const isCostly =
    collection.recordSchema !== undefined ||
    collection.fields.some(({ schema }) => schema.nested !== undefined);
  const lookEvery = isCostly ? 1 : CHEAP_RECORDS;
  let spentMs = 0;
  let lastMs = 0;
  let startedAt = now();
  let records = 0;
  return {
    start() {
      startedAt = now();
    },
    tick() {
      records += 1;
      return records % lookEvery === 0 && spentMs + now() - startedAt >= MAX_CHUNK_JUDGING_MS;
    },
    stop() {
      lastMs = now() - startedAt;
      spentMs += lastMs;
    },
    get lastMs() {
      return lastMs;
    },
    get isOver() {
      return spentMs >= MAX_CHUNK_JUDGING_MS;
    },
    reset() {
      spentMs = 0;
    },
  };
}

const SLICE_RECORDS = 200;
/** What own code has seen together is judged together. */
const FIRST_OWN_RECORDS = 20;
const OWN_SLICE_MS = 100;

/** How many records are handed to the builder at once: few, so that chunks end close to where they should. */
export interface Slices {
  readonly records: number;
  /** So many were judged, and the clock knows how long it took. */
  look(records: number): void;
}

/** Slices that go through own code become small where judging takes long; what own code itself takes does not count. */
export function createSlices(clock: JudgingClock, hasOwnCode: boolean): Slices {
  let size = hasOwnCode ? FIRST_OWN_RECORDS : SLICE_RECORDS;
  return {
    get records() {
      return size;
    },
    look(records) {
      if (!hasOwnCode) return;
      const fitting = Math.floor((records * OWN_SLICE_MS) / Math.max(clock.lastMs, 0.1));
      size = Math.max(1, Math.min(fitting, 2 * size, SLICE_RECORDS));
    },
  };
}
