/** The rows of one snapshot as bytes of result files, handed out to whichever file is being written, as far as it may take them. */
import { CopyTextReader, type CopyTextRow } from '../../formats/copy-text/copy-text-reader.ts';
import type { CopyTextToCsv } from '../../formats/copy-text/copy-text-to-csv.ts';
import type { RecordWriter, SourceValue } from '../../formats/format.ts';

export interface RowLimit {
  readonly records: number;
  /** Room for rows. At least one row is given when `isFirst`, however large it is. */
  readonly bytes: number;
  readonly isFirst: boolean;
}

export interface RowBytes {
  readonly bytes: Uint8Array;
  readonly rows: number;
  /** The file takes no more. */
  readonly isFull: boolean;
}

export interface ResultRows {
  /** Undefined after the last row. */
  next(limit: RowLimit): Promise<RowBytes | undefined>;
  /** True while rows are left. */
  hasMore(): Promise<boolean>;
}

/** COPY text turned into CSV byte by byte: the fast way, for what needs no more. */
export function createTranscodedRows(pieces: AsyncIterable<Uint8Array>, csv: CopyTextToCsv): ResultRows {
  const iterator = pieces[Symbol.asyncIterator]();
  let hasEnded = false;

  async function fill(): Promise<void> {
    const { value, done } = await iterator.next();
    if (done === true) hasEnded = true;
    else csv.push(value);
  }

  return {
    async next(limit) {
      for (;;) {
        const taken = csv.take(limit);
        if (taken.rows > 0 || taken.isFull) {
          return {
            ...taken,
            bytes: Buffer.from(taken.bytes),
            isFull: taken.isFull || taken.rows === limit.records,
          };
        }
        if (hasEnded) {
          if (!csv.isEmpty) throw new Error('COPY text ended inside a row');
          return undefined;
        }
        await fill();
      }
    },
    async hasMore() {
      while (csv.isEmpty && !hasEnded) await fill();
      return !csv.isEmpty;
    },
  };
}

/** Rows that are turned into one piece of text. */
const BATCH_ROWS = 1000;

/** Rows decoded, rendered and written by a format's writer: for every format and encoding. */
export function createWrittenRows(
  pieces: AsyncIterable<Uint8Array>,
  options: {
    readonly writer: RecordWriter;
    readonly renderRow: (row: CopyTextRow) => readonly SourceValue[];
    readonly encode: (text: string) => Uint8Array;
  },
): ResultRows {
  const reader = new CopyTextReader();
  const iterator = pieces[Symbol.asyncIterator]();
  let rows: readonly CopyTextRow[] = [];
  let hasEnded = false;

  async function fill(): Promise<void> {
    while (rows.length === 0 && !hasEnded) {
      const { value, done } = await iterator.next();
      if (done === true) {
        hasEnded = true;
        reader.end();
      } else {
        rows = reader.push(value);
      }
    }
  }

  function write(batch: readonly CopyTextRow[]): RowBytes {
    let text = '';
    for (const row of batch) text += options.writer.record(options.renderRow(row));
    return { bytes: options.encode(text), rows: batch.length, isFull: false };
  }

  /** One row at a time, until the next would not fit. */
  function writeFitting(batch: readonly CopyTextRow[], limit: RowLimit): RowBytes {
    const written: Uint8Array[] = [];
    let size = 0;
    for (const row of batch) {
      const bytes = options.encode(options.writer.record(options.renderRow(row)));
      const isForced = limit.isFirst && written.length === 0;
      if (size + bytes.byteLength > limit.bytes && !isForced) break;
      written.push(bytes);
      size += bytes.byteLength;
    }
    return { bytes: Buffer.concat(written), rows: written.length, isFull: written.length < batch.length };
  }

  return {
    async next(limit) {
      await fill();
      if (rows.length === 0) return undefined;
      const batch = rows.slice(0, Math.min(BATCH_ROWS, limit.records));
      const given = limit.bytes === Number.POSITIVE_INFINITY ? write(batch) : writeFitting(batch, limit);
      rows = rows.slice(given.rows);
      return { ...given, isFull: given.isFull || given.rows === limit.records };
    },
    async hasMore() {
      await fill();
      return rows.length > 0;
    },
  };
}
