/** The bytes of one result file: as many rows of the cursor as it may hold, written in the asked format. */
import { pipeline, Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { ExportOptions } from '../../core/job.ts';
import type { CopyTextRow } from '../../formats/copy-text/copy-text-reader.ts';
import { createTextEncoder } from '../../formats/encode-text.ts';
import type { RecordWriter, SourceDialect, SourceValue } from '../../formats/format.ts';
import type { RowCursor } from './row-cursor.ts';

/** Rows that are turned into one piece of text. */
const BATCH_ROWS = 1000;

export interface ResultFileOptions {
  readonly cursor: RowCursor;
  readonly writer: RecordWriter;
  readonly dialect: SourceDialect;
  readonly limits: Pick<ExportOptions, 'splitRecords' | 'splitBytes'>;
  readonly renderRow: (row: CopyTextRow) => readonly SourceValue[];
  /** Told of each batch of rows that went into the file. */
  readonly onRows: (count: number) => void;
}

/** The dialect that export options describe. */
export function dialectOf(options: ExportOptions): SourceDialect {
  const encoding = options.encoding === 'utf-8-bom' ? 'utf-8' : (options.encoding ?? 'utf-8');
  const common = {
    encoding,
    hasBom: options.encoding === 'utf-8-bom' || encoding === 'utf-16le',
    compression: options.compression,
  };
  if (options.format !== 'csv') return { format: options.format, ...common };
  return {
    format: 'csv',
    ...common,
    delimiter: options.delimiter ?? ',',
    quote: '"',
    escape: '"',
    hasHeader: options.header ?? true,
    lineEnd: '\r\n',
  };
}

/** Begins when it is read; leaves the rows that no longer fit in the cursor. */
export function resultFileBytes(options: ResultFileOptions): Readable {
  const plain = Readable.from(plainBytes(options), { objectMode: false });
  switch (options.dialect.compression) {
    case 'none':
      return plain;
    case 'gzip':
      // A failure of the source destroys the compressor, and its reader sees it there.
      return pipeline(plain, createGzip(), () => {});
    case 'zstd':
      return pipeline(plain, createZstdCompress(), () => {});
  }
}

async function* plainBytes(options: ResultFileOptions): AsyncIterable<Uint8Array> {
  const { cursor, writer, limits } = options;
  const encode = createTextEncoder(options.dialect.encoding);
  const maxRecords = limits.splitRecords ?? Number.POSITIVE_INFINITY;
  const maxBytes = limits.splitBytes ?? Number.POSITIVE_INFINITY;
  let records = 0;
  let sizeBytes = 0;

  const begin = encode(writer.begin());
  const end = encode(writer.end());
  sizeBytes = begin.byteLength + end.byteLength;
  yield begin;
  while (records < maxRecords) {
    const rows = await cursor.batch(Math.min(BATCH_ROWS, maxRecords - records));
    if (rows.length === 0) break;
    const { bytes, used } =
      maxBytes === Number.POSITIVE_INFINITY
        ? { bytes: encode(renderAll(options, rows)), used: rows.length }
        : renderFitting(options, rows, encode, { room: maxBytes - sizeBytes, isFirst: records === 0 });
    yield bytes;
    sizeBytes += bytes.byteLength;
    records += used;
    options.onRows(used);
    if (used < rows.length) {
      cursor.unread(rows.slice(used));
      break;
    }
  }
  yield end;
}

function renderAll({ writer, renderRow }: ResultFileOptions, rows: readonly CopyTextRow[]): string {
  let text = '';
  for (const row of rows) text += writer.record(renderRow(row));
  return text;
}

/** At least one record goes into a file, however small its limit is. */
function renderFitting(
  { writer, renderRow }: ResultFileOptions,
  rows: readonly CopyTextRow[],
  encode: (text: string) => Uint8Array,
  limit: { room: number; isFirst: boolean },
): { bytes: Uint8Array; used: number } {
  const pieces: Uint8Array[] = [];
  let size = 0;
  for (const row of rows) {
    const piece = encode(writer.record(renderRow(row)));
    if (size + piece.byteLength > limit.room && !(limit.isFirst && pieces.length === 0)) break;
    pieces.push(piece);
    size += piece.byteLength;
  }
  return { bytes: Buffer.concat(pieces), used: pieces.length };
}
