/** The bytes of one result file: as many rows as it may hold, between the format's beginning and end, compressed as asked. */
import { pipeline, Readable } from 'node:stream';
import { createGzip, createZstdCompress } from 'node:zlib';
import type { ExportOptions } from '../../core/job.ts';
import type { RecordWriter, ResultCompression, SheetPackage } from '../../formats/format.ts';
import { type ZipEntry, zipBytes } from '../../formats/zip/zip-bytes.ts';
import type { ResultRows } from './result-rows.ts';

export interface ResultFileOptions {
  readonly rows: ResultRows;
  readonly writer: RecordWriter;
  readonly encode: (text: string) => Uint8Array;
  /** For a format whose files are made of sheets. */
  readonly sheets?: { readonly maxRecords: number; readonly pack: SheetPackage['pack'] };
  /** What the file is about: names its sheets. */
  readonly title: string;
  /** Name of the file before compression: what a ZIP archive holds. */
  readonly plainName: string;
  readonly compression: ResultCompression;
  readonly limits: Pick<ExportOptions, 'splitRecords' | 'splitBytes'>;
  /** Told of each batch of rows that went into the file. */
  readonly onRows: (count: number) => void;
}

/** Begins when it is read; leaves the rows that no longer fit where they are. */
export function resultFileBytes(options: ResultFileOptions): Readable {
  const plain = plainBytes(options);
  switch (options.compression) {
    case 'none':
      return toReadable(plain);
    case 'gzip':
      // A failure of the source destroys the compressor, and its reader sees it there.
      return pipeline(toReadable(plain), createGzip(), () => {});
    case 'zstd':
      return pipeline(toReadable(plain), createZstdCompress(), () => {});
    case 'zip':
      return toReadable(zipBytes(only({ name: options.plainName, bytes: plain })));
  }
}

function toReadable(bytes: AsyncIterable<Uint8Array>): Readable {
  return Readable.from(bytes, { objectMode: false });
}

async function* only(entry: ZipEntry): AsyncIterable<ZipEntry> {
  yield entry;
}

function plainBytes(options: ResultFileOptions): AsyncIterable<Uint8Array> {
  const room: Room = {
    records: options.limits.splitRecords ?? Number.POSITIVE_INFINITY,
    bytes: options.limits.splitBytes ?? Number.POSITIVE_INFINITY,
    isFirst: true,
    isFull: false,
  };
  if (options.sheets === undefined) return writtenRows(options, room);
  return options.sheets.pack(sheetsOf(options, room, options.sheets.maxRecords), options.title);
}

/** What the file may still take. */
interface Room {
  records: number;
  bytes: number;
  isFirst: boolean;
  isFull: boolean;
}

async function* sheetsOf(
  options: ResultFileOptions,
  room: Room,
  maxRecords: number,
): AsyncIterable<AsyncIterable<Uint8Array>> {
  do yield writtenRows(options, room, maxRecords);
  while (!room.isFull && (await options.rows.hasMore()));
}

/** One beginning, rows, one end. @param maxRecords that may stand between them, whatever room the file has */
async function* writtenRows(
  options: ResultFileOptions,
  room: Room,
  maxRecords: number = Number.POSITIVE_INFINITY,
): AsyncIterable<Uint8Array> {
  const begin = options.encode(options.writer.begin());
  const end = options.encode(options.writer.end());
  room.bytes -= begin.byteLength + end.byteLength;
  let left = maxRecords;

  yield begin;
  for (;;) {
    const { bytes, isFirst } = room;
    const given = await options.rows.next({ records: Math.min(room.records, left), bytes, isFirst });
    if (given === undefined) break;
    if (given.rows > 0) yield given.bytes;
    options.onRows(given.rows);
    left -= given.rows;
    room.records -= given.rows;
    room.bytes -= given.bytes.byteLength;
    room.isFirst &&= given.rows === 0;
    if (!given.isFull) continue;
    // Full by its bytes, if it could have taken more records.
    room.isFull = room.records === 0 || left > 0;
    break;
  }
  yield end;
}
