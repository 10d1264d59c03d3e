import type { ByteRange, Format, ReadLimits, ReadPosition, SourceDialect, SourceRecord } from '../format.ts';
import type { SeekableSource } from './seekable-source.ts';
import { type SourceIndex, writeSourceIndex } from './source-index.ts';

/** Records between two noted positions: a resumed job reads at most this many in vain, about 10 ms. */
export const DEFAULT_INDEX_EVERY = 10_000;

export interface IndexOptions {
  readonly source: SeekableSource;
  readonly format: Format;
  readonly dialect: SourceDialect;
  readonly limits: ReadLimits;
  /** Where the index is written, durably, at the end. */
  readonly indexPath: string;
  /** Default `DEFAULT_INDEX_EVERY`. */
  readonly every?: number;
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

/**
 * Reads the source once from start to end: counts its records exactly, notes where reading can start, learns all names, and writes
 * that down.
 * @throws AppError of the reader (an unreadable header), of the source; the signal's reason when aborted
 */
export async function indexSource(options: IndexOptions): Promise<SourceIndex & { header?: ByteRange }> {
  const { source, format, dialect, limits, every = DEFAULT_INDEX_EVERY } = options;
  const reader = format.createReader({
    dialect,
    limits,
    ...(options.wanted !== undefined && { wanted: options.wanted }),
  });
  const positions: ReadPosition[] = [];
  let records = 0;
  let end: ReadPosition | undefined;
  const take = (record: SourceRecord) => {
    if (records % every === 0)
      positions.push(end ?? { byte: record.startByte, line: record.line, record: record.number });
    records += 1;
    end = { byte: record.endByte, line: record.endLine, record: record.number + 1 };
    options.onRecord?.(record, reader.fields);
  };
  let readBytes = 0;
  for await (const piece of source.read(0, options.signal)) {
    for (const record of reader.push(piece)) take(record);
    readBytes += piece.length;
    options.onProgress?.(readBytes, source.sizeBytes);
  }
  for (const record of reader.end()) take(record);
  const index = { records, every, fields: [...reader.fields], positions };
  await writeSourceIndex(options.indexPath, index);
  const { headerBytes } = reader;
  return headerBytes === undefined ? index : { ...index, header: headerBytes };
}
