import { tmpdir } from 'node:os';
import { AppError } from '../../core/errors.ts';
import type { ReadLimits, RecordReader, SourceDialect, SourceRecord } from '../../formats/format.ts';
import { formatByName } from '../../formats/formats.ts';
import { decompress } from '../../formats/source/decompress.ts';
import {
  createDecompressionCheck,
  type DecompressionLimits,
} from '../../formats/source/decompression-limits.ts';
import { fileBytes, openFile } from '../../formats/source/file-bytes.ts';
import { utf16ToUtf8 } from '../../formats/source/utf16-to-utf8.ts';
import { sheetBytes } from '../../formats/xlsx/read/sheet-source.ts';

export interface Sample {
  /** Names by position. */
  readonly fields: readonly string[];
  /** Of a CSV header, by position. */
  readonly headerCells: readonly string[] | undefined;
  readonly records: readonly SourceRecord[];
  /** The records are all that the file has. */
  readonly isWhole: boolean;
}

/** Bytes after decompression at which the sample ends if it has any record: a wide one of 16 MiB took a second to look at, and 250 MB. */
const ENOUGH_BYTES = 4 * 1024 * 1024;
/** The same where no record has ended yet. */
const MAX_SAMPLE_BYTES = 16 * 1024 * 1024;

/**
 * The first records of a file. Reads no more of it than they need, and yields to others between pieces.
 *
 * @throws AppError `format.limit_exceeded` when no record ends within 16 MiB, or more is decompressed than may be; what reading the source throws
 */
export async function readSample(
  path: string,
  dialect: SourceDialect,
  maxRecords: number,
  limits: ReadLimits,
  decompression: DecompressionLimits,
): Promise<Sample> {
  const file = await openFile(path);
  try {
    const check = createDecompressionCheck(decompression, (await file.stat()).size);
    const reader = formatByName(dialect.format).createReader({ dialect, limits });
    const records: SourceRecord[] = [];
    let sizeBytes = 0;
    const bytes =
      dialect.format === 'xlsx'
        ? sheetBytes({ path, dialect, folder: tmpdir(), decompression })
        : normalise(fileBytes(file, 0), dialect);
    for await (const piece of bytes) {
      for (const record of reader.push(piece)) records.push(record);
      sizeBytes += piece.byteLength;
      check(sizeBytes);
      const enoughBytes = records.length > 0 ? ENOUGH_BYTES : MAX_SAMPLE_BYTES;
      if (records.length >= maxRecords || sizeBytes >= enoughBytes) {
        if (records.length === 0) throw noRecordEnds(limits);
        return sampleOf(reader, records.slice(0, maxRecords), false);
      }
    }
    for (const record of reader.end()) records.push(record);
    return sampleOf(reader, records, true);
  } finally {
    await file.close();
  }
}

function sampleOf(reader: RecordReader, records: readonly SourceRecord[], isWhole: boolean): Sample {
  return { fields: reader.fields, headerCells: reader.headerCells, records, isWhole };
}

function noRecordEnds({ maxRecordBytes }: ReadLimits): AppError {
  return new AppError(
    'format.limit_exceeded',
    `No record ends within the first ${MAX_SAMPLE_BYTES} bytes (after decompression), and a record may have up to ${maxRecordBytes} bytes (limit: limits.recordBytes). Check quotes and line ends, or name the format.`,
  );
}

function normalise(bytes: AsyncIterable<Uint8Array>, dialect: SourceDialect): AsyncIterable<Uint8Array> {
  const { compression, encoding } = dialect;
  const plain = decompress(bytes, compression);
  return encoding === 'utf-16le' || encoding === 'utf-16be' ? utf16ToUtf8(plain, encoding) : plain;
}
