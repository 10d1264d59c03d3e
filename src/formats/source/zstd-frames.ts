/** Source: RFC 8878, Zstandard Compression, section 3.1. */
const FRAME_MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a50;

/** A run of bytes of a zstd stream. `endsFrame`: the frame is complete; the next run begins another. */
export interface FramePiece {
  readonly bytes: Uint8Array;
  readonly endsFrame: boolean;
}

/**
 * Cuts a zstd stream at the ends of its frames, without decompressing. Node's decompressor stops after the first frame and takes the
 * others for the end of the data, so a file made by `cat a.zst b.zst` or by a parallel compressor would lose its rest in silence.
 */
export class ZstdFrames {
  /** Bytes of a header that came in two pieces. */
  #header: Buffer = Buffer.alloc(0);
  /** Bytes of the frame to let pass before the next header. */
  #toPass = 0;
  #next: 'frame' | 'block' | 'end' = 'frame';
  #hasChecksum = false;

  /** True where the stream may end: after a whole frame. */
  get isComplete(): boolean {
    return this.#next === 'frame' && this.#header.length === 0 && this.#toPass === 0;
  }

  /** @throws Error when the bytes are no zstd frame */
  *split(chunk: Uint8Array): Generator<FramePiece> {
    let from = 0;
    let at = 0;
    while (at < chunk.length || (this.#next === 'end' && this.#toPass === 0)) {
      const passed = Math.min(this.#toPass, chunk.length - at);
      this.#toPass -= passed;
      at += passed;
      if (this.#toPass > 0) break;
      if (this.#next === 'end') {
        yield { bytes: chunk.subarray(from, at), endsFrame: true };
        from = at;
        this.#next = 'frame';
      } else {
        at += this.#readHeader(chunk, at);
      }
    }
    if (from < at) yield { bytes: chunk.subarray(from, at), endsFrame: false };
  }

  /** Takes one byte after another until the header says how many bytes follow; headers have at most 18. */
  #readHeader(chunk: Uint8Array, from: number): number {
    let taken = 0;
    let isRead = false;
    while (!isRead && from + taken < chunk.length) {
      this.#header = Buffer.concat([this.#header, chunk.subarray(from + taken, from + taken + 1)]);
      taken += 1;
      isRead = this.#next === 'block' ? this.#readBlockHeader() : this.#readFrameHeader();
    }
    if (isRead) this.#header = Buffer.alloc(0);
    return taken;
  }

  #readFrameHeader(): boolean {
    const header = this.#header;
    if (header.length < 5) return false;
    const magic = header.readUInt32LE(0);
    if ((magic & 0xfffffff0) >>> 0 === SKIPPABLE_MAGIC) {
      if (header.length < 8) return false;
      this.#toPass = header.readUInt32LE(4);
      this.#next = 'end';
      return true;
    }
    if (magic !== FRAME_MAGIC)
      throw Object.assign(new Error('the bytes at a frame boundary are no zstd frame'), {
        code: 'ZSTD_error_prefix_unknown',
      });
    if (header.length < frameHeaderLength(header[4] as number)) return false;
    this.#hasChecksum = ((header[4] as number) & 0x04) !== 0;
    this.#next = 'block';
    return true;
  }

  #readBlockHeader(): boolean {
    if (this.#header.length < 3) return false;
    const header = this.#header.readUIntLE(0, 3);
    const isLast = (header & 1) === 1;
    const isRunLength = ((header >> 1) & 3) === 1;
    this.#toPass = isRunLength ? 1 : header >> 3;
    if (isLast) {
      this.#toPass += this.#hasChecksum ? 4 : 0;
      this.#next = 'end';
    }
    return true;
  }
}

function frameHeaderLength(descriptor: number): number {
  const isSingleSegment = (descriptor & 0x20) !== 0;
  const contentSizeFlag = descriptor >> 6;
  const contentSize = contentSizeFlag === 0 ? (isSingleSegment ? 1 : 0) : 1 << contentSizeFlag;
  const dictionaryId = [0, 1, 2, 4][descriptor & 3] ?? 0;
  return 5 + (isSingleSegment ? 0 : 1) + dictionaryId + contentSize;
}
