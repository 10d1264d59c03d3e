/**
 * Records to COPY text, built once in the reading thread and never parsed again on the way to the server.
 *
 * One line per record: record number, line, start byte, end byte, warned, absent positions, then the values. Pure: it may
 * be used in any thread, and the pieces own their memory, so that they can be transferred.
 */

/** Pieces are about this big: big enough for few system calls, small enough to bound memory. */
const PIECE_BYTES = 256 * 1024;

const SPECIAL = /[\\\n\r\t]/;
const SPECIAL_ALL = /[\\\n\r\t]/g;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** Where a record is in its source. */
export interface RowPosition {
  readonly number: number;
  readonly line: number;
  readonly startByte: number;
  readonly endByte: number;
}

export interface CopyEncoder {
  /** Rows since the last `take`. */
  readonly rowCount: number;
  /** Bytes since the last `take`. */
  readonly sizeBytes: number;
  /**
   * Appends one record. Values are by position in `WriterOptions.fields`: text, null, or undefined where the record does not
   * have the field (which is not null: an update keeps the old value, an insert takes the default). Values beyond the
   * array's end are absent too.
   */
  append(position: RowPosition, isWarned: boolean, values: readonly (string | null | undefined)[]): void;
  /** The pieces so far, in order, for `Chunk.rows`; the encoder is empty afterwards. */
  take(): Uint8Array<ArrayBuffer>[];
}

/**
 * @param fieldCount number of entries of `WriterOptions.fields`.
 * @param spare memory of earlier pieces that nobody reads any more: it is taken from here before any is allocated
 */
export function createCopyEncoder(fieldCount: number, spare: ArrayBuffer[] = []): CopyEncoder {
  let piece: Buffer<ArrayBuffer> = Buffer.allocUnsafeSlow(0);
  let used = 0;
  let full: Uint8Array<ArrayBuffer>[] = [];
  let fullBytes = 0;
  let rowCount = 0;

  function nextPiece(): Buffer<ArrayBuffer> {
    for (let memory = spare.pop(); memory !== undefined; memory = spare.pop()) {
      // One that was made for a long record is not kept for all that follow.
      if (memory.byteLength === PIECE_BYTES) return Buffer.from(memory);
    }
    return Buffer.allocUnsafeSlow(PIECE_BYTES);
  }

  function closePiece(): void {
    if (used === 0) return;
    full.push(new Uint8Array(piece.buffer, 0, used));
    fullBytes += used;
    piece = Buffer.allocUnsafeSlow(0);
    used = 0;
  }

  function write(row: string): void {
    // Three bytes per UTF-16 unit is the most that UTF-8 takes; only near the end is it worth counting exactly.
    if (used + row.length * 3 > piece.length) {
      const size = Buffer.byteLength(row);
      if (used + size > piece.length) {
        closePiece();
        piece = size > PIECE_BYTES ? Buffer.allocUnsafeSlow(size) : nextPiece();
      }
    }
    used += piece.write(row, used);
  }

  return {
    get rowCount() {
      return rowCount;
    },
    get sizeBytes() {
      return fullBytes + used;
    },
    append(position, isWarned, values) {
      let absent = '';
      let fields = '';
      for (let at = 0; at < fieldCount; at += 1) {
        const value = values[at];
        if (typeof value === 'string') fields += `\t${SPECIAL.test(value) ? escapeValue(value) : value}`;
        else {
          fields += '\t\\N';
          // Positions in SQL's arrays and in the generated statements count from 1.
          if (value === undefined) absent += absent === '' ? String(at + 1) : `,${at + 1}`;
        }
      }
      write(
        `${position.number}\t${position.line}\t${position.startByte}\t${position.endByte}\t${isWarned ? 't' : 'f'}\t${
          absent === '' ? '\\N' : `{${absent}}`
        }${fields}\n`,
      );
      rowCount += 1;
    },
    take() {
      closePiece();
      const pieces = full;
      full = [];
      fullBytes = 0;
      rowCount = 0;
      return pieces;
    },
  };
}

/** In place of an encoder, where nobody wants the rows: it only counts them. */
export function createRowCounter(): CopyEncoder {
  let rowCount = 0;
  return {
    get rowCount() {
      return rowCount;
    },
    sizeBytes: 0,
    append() {
      rowCount += 1;
    },
    take() {
      rowCount = 0;
      return [];
    },
  };
}

function escapeValue(value: string): string {
  return value.replace(SPECIAL_ALL, (character) => ESCAPES[character] ?? character);
}
