/**
 * The losers of a source: 16 bytes each, record and winner as doubles, in ascending order of the record; then how many there are, and
 * a magic. The end tells a whole file from a cut one.
 */
export const LOSER_BYTES = 16;
export const LOSER_MAGIC = Buffer.from('WBLOSER1');
export const LOSER_TRAILER_BYTES = 8 + LOSER_MAGIC.length;

/** Writes losers into blocks that go to `write` when they are full. */
export class LoserBlocks {
  count = 0;
  readonly #values = new Float64Array(2 * 4096);
  readonly #write: (bytes: Uint8Array) => void;
  #used = 0;

  constructor(write: (bytes: Uint8Array) => void) {
    this.#write = write;
  }

  add(record: number, winner: number): void {
    this.#values[this.#used] = record;
    this.#values[this.#used + 1] = winner;
    this.#used += 2;
    this.count += 1;
    if (this.#used === this.#values.length) this.flush();
  }

  flush(): void {
    if (this.#used > 0) this.#write(new Uint8Array(this.#values.buffer, 0, this.#used * 8));
    this.#used = 0;
  }
}

/** The end of a file with `count` losers. */
export function loserTrailer(count: number): Buffer {
  const trailer = Buffer.alloc(LOSER_TRAILER_BYTES);
  trailer.writeDoubleLE(count);
  LOSER_MAGIC.copy(trailer, 8);
  return trailer;
}
