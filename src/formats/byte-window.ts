const MIN_CAPACITY = 128 * 1024;

/**
 * The bytes of a source that a reader has been given and not used up yet, in one piece. The buffer is reused; it grows with
 * the longest unfinished record and shrinks again after it.
 */
export class ByteWindow {
  bytes: Buffer = Buffer.allocUnsafe(MIN_CAPACITY);
  /** Index in `bytes` of the first byte not used up; readers move it. */
  start = 0;
  /** Index after the last byte. */
  end = 0;
  #base: number;

  /** @param startByte offset in the source of the first byte that will be appended */
  constructor(startByte: number) {
    this.#base = startByte;
  }

  get length(): number {
    return this.end - this.start;
  }

  /** Offset in the source of the byte at `index` of `bytes`. */
  offsetOf(index: number): number {
    return this.#base + index;
  }

  /** Copies `chunk` to the end. Indexes taken before are no longer valid, except relative to `start`. */
  append(chunk: Uint8Array): void {
    if (this.start === this.end) this.#moveTo(this.bytes);
    if (this.end + chunk.length > this.bytes.length) this.#makeRoom(chunk.length);
    this.bytes.set(chunk, this.end);
    this.end += chunk.length;
  }

  #makeRoom(extra: number): void {
    const needed = this.length + extra;
    let capacity = this.bytes.length;
    while (capacity < needed) capacity *= 2;
    while (capacity > MIN_CAPACITY && capacity / 8 > needed) capacity /= 2;
    this.#moveTo(capacity === this.bytes.length ? this.bytes : Buffer.allocUnsafeSlow(capacity));
  }

  #moveTo(target: Buffer): void {
    this.bytes.copy(target, 0, this.start, this.end);
    this.bytes = target;
    this.#base += this.start;
    this.end -= this.start;
    this.start = 0;
  }
}
