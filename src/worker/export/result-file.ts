/** The bytes of one result file: as many rows as it may hold, between the format's beginning and end, compressed as asked. */
import { pipeline, Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { ExportOptions } from '../../core/job.ts';
import type { RecordWriter, SourceDialect } from '../../formats/format.ts';
import type { ResultRows } from './result-rows.ts';

export interface ResultFileOptions {
  readonly rows: ResultRows;
  readonly writer: RecordWriter;
  readonly encode: (text: string) => Uint8Array;
  readonly compression: SourceDialect['compression'];
  readonly limits: Pick<ExportOptions, 'splitRecords' | 'splitBytes'>;
  /** Told of each batch of rows that went into the file. */
  readonly onRows: (count: number) => void;
}

/** The dialect that export options describe. */
export function dialectOf(options: ExportOptions): SourceDialect {
  const encoding = options.encoding === 'utf-8-bom' ? 'utf-8' : (options.encoding ?? 'utf-8');
  const hasBom = options.encoding === 'utf-8-bom' || encoding === 'utf-16le';
  const common = { encoding, hasBom, compression: options.compression };
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

/** Begins when it is read; leaves the rows that no longer fit where they are. */
export function resultFileBytes(options: ResultFileOptions): Readable {
  const plain = Readable.from(plainBytes(options), { objectMode: false });
  switch (options.compression) {
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
  const { encode, limits, writer } = options;
  const begin = encode(writer.begin());
  const end = encode(writer.end());
  let records = limits.splitRecords ?? Number.POSITIVE_INFINITY;
  let room = (limits.splitBytes ?? Number.POSITIVE_INFINITY) - begin.byteLength - end.byteLength;
  let isFirst = true;

  yield begin;
  for (;;) {
    const given = await options.rows.next({ records, bytes: room, isFirst });
    if (given === undefined) break;
    if (given.rows > 0) yield given.bytes;
    options.onRows(given.rows);
    records -= given.rows;
    room -= given.bytes.byteLength;
    isFirst &&= given.rows === 0;
    if (given.isFull) break;
  }
  yield end;
}
