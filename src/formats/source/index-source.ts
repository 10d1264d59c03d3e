import type { ByteRange, Format, ReadLimits, SourceDialect, SourceRecord } from '../format.ts';
import type { SeekableSource } from './seekable-source.ts';

export interface IndexOptions {
  readonly source: SeekableSource;
  readonly format: Format;
  readonly dialect: SourceDialect;
  readonly limits: ReadLimits;
  /**
   * Called for each record in order, those with problems included, with the names by position so far; synchronous, since there may be
   * millions. What it throws ends the pass.
   */
  readonly onRecord?: (record: SourceRecord, fields: readonly string[]) => void;
  /** Names whose values `onRecord` looks at; all by default. */
  readonly wanted?: readonly string[];
  /** After each piece of at most 64 KiB. */
  readonly onProgress?: (readBytes: number, sizeBytes: number) => void;
  readonly signal?: AbortSignal;
}

/** What one pass over a source has found out. */
export interface SourceIndex {
  /** Exact number of records, those with problems included. */
  readonly records: number;
  /** All names, by position; to be given to readers that start at a position. */
  readonly fields: readonly string[];
  /** Absent where there are no records. */
  readonly firstRecordByte?: number;
  /** Absent where there is none. */
  readonly header?: ByteRange;
}

/**
 * Reads the source once from start to end: counts its records exactly, and learns all names.
 *
 * @throws AppError of the reader (an unreadable header), of the source; the signal's reason when aborted
 */
export async function indexSource(options: IndexOptions): Promise<SourceIndex> {
  const { source, format, dialect, limits } = options;
  const reader = format.createReader({
    dialect,
    limits,
    ...(options.wanted !== undefined && { wanted: options.wanted }),
  });
  let records = 0;
  let firstRecordByte: number | undefined;
  const take = (record: SourceRecord) => {
    firstRecordByte ??= record.startByte;
    records += 1;
    options.onRecord?.(record, reader.fields);
  };
  let readBytes = 0;
  for await (const piece of source.read(0, options.signal)) {
    for (const record of reader.push(piece)) take(record);
    readBytes += piece.length;
    options.onProgress?.(readBytes, source.sizeBytes);
  }
  for (const record of reader.end()) take(record);
  const { headerBytes } = reader;
  return {
    records,
    fields: [...reader.fields],
    ...(firstRecordByte !== undefined && { firstRecordByte }),
    ...(headerBytes !== undefined && { header: headerBytes }),
  };
}
