import { closeSync, openSync, readSync, rmSync, writeSync } from 'node:fs';
import { hash128 } from './hash-128.ts';

/** Partitions by the first byte of the hash. One is looked at at a time: at 100 M keys it takes 10 MB. */
export const PARTITIONS = 256;

/** An entry is six numbers of 32 bits: the hash, then the record number, low part first. */
export const ENTRY_WORDS = 6;

const BLOCK_ENTRIES = 256;
const BLOCK_WORDS = BLOCK_ENTRIES * ENTRY_WORDS;
const BLOCK_BYTES = BLOCK_WORDS * 4;
const HIGH_WORD = 2 ** 32;

/** So many keys are kept as they come: for a small source partitions and a file would be most of the work. */
const FEW_ENTRIES = 2048;

/**
 * The hashed keys of a source: a few in memory, more spilled to one file in partitions. Holds 1.5 MB of blocks then, and 4 bytes for each block
 * of 256 keys. Disk: 24 bytes per key. Synchronous, like the pass that feeds it.
 */
export class KeySpill {
  readonly #path: string;
  readonly #seed: number;
  readonly #hash = new Uint32Array(4);
  /** Entries that came before there were partitions, and their words. */
  #few = new Uint32Array(64 * ENTRY_WORDS);
  #fewUsed = 0;
  #file: number | undefined;
  #blocks: Uint32Array | undefined;
  /** Words used in the block of each partition. */
  readonly #used = new Uint32Array(PARTITIONS);
  /** Blocks of the file that belong to each partition, in the order in which they were written. */
  #written: number[][] = [];
  #blockCount = 0;
  /** Where a partition is read into; as large as the largest so far. */
  #partition = new Uint32Array(0);

  /** @param seed of the hash, 32 bits; the same for the life of a job */
  constructor(path: string, seed: number) {
    this.#path = path;
    this.#seed = seed;
  }

  /** The entries in the order of their records, where there are no more than a few; otherwise they are in partitions. */
  few(): Uint32Array | undefined {
    return this.#blocks === undefined ? this.#few.subarray(0, this.#fewUsed) : undefined;
  }

  /** Notes that `record` has `key`. Records come in ascending order. */
  add(record: number, key: string): void {
    const hash = this.#hash;
    hash128(key, this.#seed, hash);
    if (this.#blocks === undefined) this.#addToFew(record, hash);
    else this.#addToBlock(this.#blocks, record, hash);
  }

  #addToFew(record: number, hash: Uint32Array): void {
    if (this.#fewUsed === FEW_ENTRIES * ENTRY_WORDS) {
      this.#addToBlock(this.#partitionFew(), record, hash);
      return;
    }
    if (this.#fewUsed === this.#few.length) {
      const more = new Uint32Array(this.#few.length * 2);
      more.set(this.#few);
      this.#few = more;
    }
    writeEntry(this.#few, this.#fewUsed, record, hash);
    this.#fewUsed += ENTRY_WORDS;
  }

  #partitionFew(): Uint32Array {
    this.#file = openSync(this.#path, 'w+');
    this.#written = Array.from({ length: PARTITIONS }, () => []);
    const blocks = new Uint32Array(PARTITIONS * BLOCK_WORDS);
    this.#blocks = blocks;
    const few = this.#few.subarray(0, this.#fewUsed);
    for (let at = 0; at < few.length; at += ENTRY_WORDS)
      this.#addToBlock(blocks, recordOf(few, at), few.subarray(at, at + 4));
    this.#few = new Uint32Array(0);
    return blocks;
  }

  #addToBlock(blocks: Uint32Array, record: number, hash: Uint32Array): void {
    const partition = (hash[0] as number) >>> 24;
    const at = partition * BLOCK_WORDS + (this.#used[partition] as number);
    writeEntry(blocks, at, record, hash);
    const used = (this.#used[partition] as number) + ENTRY_WORDS;
    this.#used[partition] = used;
    if (used === BLOCK_WORDS) this.#flush(blocks, partition);
  }

  #flush(blocks: Uint32Array, partition: number): void {
    const block = new Uint8Array(blocks.buffer, partition * BLOCK_BYTES, BLOCK_BYTES);
    writeFully(this.#openFile(), block, this.#blockCount * BLOCK_BYTES);
    this.#written[partition]?.push(this.#blockCount);
    this.#blockCount += 1;
    this.#used[partition] = 0;
  }

  #openFile(): number {
    if (this.#file === undefined) throw new Error('the keys are not spilled');
    return this.#file;
  }

  /** The entries of one partition in the order of their records; valid until the next call. Only where they are more than a few. */
  readPartition(partition: number): Uint32Array {
    const blocks = this.#blocks ?? this.#partitionFew();
    const written = this.#written[partition] ?? [];
    const used = this.#used[partition] as number;
    const length = written.length * BLOCK_WORDS + used;
    if (this.#partition.length < length) this.#partition = new Uint32Array(length + (length >> 2));
    const entries = this.#partition.subarray(0, length);
    written.forEach((block, i) => {
      const target = new Uint8Array(entries.buffer, i * BLOCK_BYTES, BLOCK_BYTES);
      readFully(this.#openFile(), target, block * BLOCK_BYTES);
    });
    const from = partition * BLOCK_WORDS;
    entries.set(blocks.subarray(from, from + used), length - used);
    return entries;
  }

  /** Removes the file, if there is one. */
  close(): void {
    if (this.#file === undefined) return;
    closeSync(this.#file);
    this.#file = undefined;
    rmSync(this.#path, { force: true });
  }
}

function writeEntry(entries: Uint32Array, at: number, record: number, hash: Uint32Array): void {
  entries.set(hash, at);
  entries[at + 4] = record % HIGH_WORD;
  entries[at + 5] = Math.floor(record / HIGH_WORD);
}

/** The record number of the entry that begins at word `at`. */
export function recordOf(entries: Uint32Array, at: number): number {
  return (entries[at + 4] as number) + (entries[at + 5] as number) * HIGH_WORD;
}

/** Writes all of `bytes` at `position`; one `write` may take less. */
export function writeFully(file: number, bytes: Uint8Array, position: number): void {
  for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at, bytes.length - at, position + at);
}

/** Fills `bytes` from `position`. @returns the bytes read: less at the end of the file */
export function readFully(file: number, bytes: Uint8Array, position: number): number {
  let at = 0;
  while (at < bytes.length) {
    const read = readSync(file, bytes, at, bytes.length - at, position + at);
    if (read === 0) break;
    at += read;
  }
  return at;
}
