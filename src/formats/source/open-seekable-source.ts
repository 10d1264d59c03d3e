import { createHash } from 'node:crypto';
import { type FileHandle, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Encoding, SourceDialect } from '../format.ts';
import { sheetBytes } from '../xlsx/read/sheet-source.ts';
import { decompress } from './decompress.ts';
import {
  createDecompressionCheck,
  DEFAULT_DECOMPRESSION_LIMITS,
  type DecompressionLimits,
} from './decompression-limits.ts';
import { fileBytes, fileBytesAhead, openFile, readFully } from './file-bytes.ts';
import type { SeekableSource } from './seekable-source.ts';
import { findSpool, writeSpool } from './spool.ts';
import { openSpooledSource } from './spooled-source.ts';
import { utf16ToUtf8 } from './utf16-to-utf8.ts';

/** What of a dialect decides over the bytes that readers get. */
type SeekableDialect = Pick<SourceDialect, 'compression' | 'encoding'> & {
  readonly format?: SourceDialect['format'];
  readonly sheet?: string;
};

export interface SeekableSourceOptions {
  readonly path: string;
  readonly dialect: SeekableDialect;
  /** SHA-256 of the file in hexadecimal, or another name that is different for every content. */
  readonly hash: string;
  /** Folder for the spool of a source that cannot be sought; made when missing. */
  readonly spoolDir: string;
  /** Default `DEFAULT_DECOMPRESSION_LIMITS`. */
  readonly decompression?: DecompressionLimits;
  readonly signal?: AbortSignal;
  /** While the spool is written: bytes read of the file, and its size. */
  readonly onProgress?: (readBytes: number, sizeBytes: number) => void;
}

/**
 * Opens a source for reading from any byte. Plain UTF-8 and windows-1252 are read in place. What is compressed, or UTF-16, is
 * normalised once into a spool, and so is a sheet of a workbook, which is found again by the source's hash, and built anew when it is missing or damaged.
 * @throws AppError `source.not_found`, `source.is_directory`, `format.truncated`, `source.unreadable` (damaged compression),
 *   `format.limit_exceeded` (decompression)
 */
export async function openSeekableSource(options: SeekableSourceOptions): Promise<SeekableSource> {
  const { compression, encoding, format } = options.dialect;
  const file = await openFile(options.path);
  if (compression === 'none' && !isUtf16(encoding) && format !== 'xlsx')
    return plainSource(file, (await file.stat()).size);
  try {
    return await openNormalised(file, options);
  } finally {
    await file.close();
  }
}

/** Name of the spool of a source inside `spoolDir`, for retention. */
export function spoolName(hash: string, dialect: SeekableDialect): string {
  if (dialect.format === 'xlsx') return `${hash}.xlsx.${hashOf(dialect.sheet ?? '')}.spool`;
  return `${hash}.${dialect.compression}.${isUtf16(dialect.encoding) ? dialect.encoding : 'bytes'}.spool`;
}

function plainSource(file: FileHandle, sizeBytes: number): SeekableSource {
  return {
    sizeBytes,
    read: (fromByte, signal) => fileBytesAhead(file, fromByte, signal),
    readRange: (start, end) => readFully(file, start, end),
    close: () => file.close(),
  };
}

async function openNormalised(file: FileHandle, options: SeekableSourceOptions): Promise<SeekableSource> {
  await mkdir(options.spoolDir, { recursive: true, mode: 0o700 });
  const path = join(options.spoolDir, spoolName(options.hash, options.dialect));
  const existing = await findSpool(path);
  if (existing !== undefined) return openSpooledSource(path, existing);
  const { size } = await file.stat();
  const isAllowed = createDecompressionCheck(options.decompression ?? DEFAULT_DECOMPRESSION_LIMITS, size);
  let writtenBytes = 0;
  await writeSpool(
    path,
    options.dialect.format === 'xlsx'
      ? sheetBytes({ ...options, dialect: options.dialect, folder: options.spoolDir })
      : normalise(file, size, options, () => isAllowed(writtenBytes)),
    (sizeBytes) => {
      // One piece of the file may become a gigabyte.
      options.signal?.throwIfAborted();
      writtenBytes = sizeBytes;
      isAllowed(sizeBytes);
    },
  );
  const written = await findSpool(path);
  if (written === undefined) throw new Error(`the spool ${path} cannot be read after it was written`);
  return openSpooledSource(path, written);
}

async function* normalise(
  file: FileHandle,
  sizeBytes: number,
  options: SeekableSourceOptions,
  check: () => void,
): AsyncIterable<Uint8Array> {
  const { compression, encoding } = options.dialect;
  const bytes = decompress(countedBytes(file, sizeBytes, options, check), compression);
  yield* encoding === 'utf-16le' || encoding === 'utf-16be' ? utf16ToUtf8(bytes, encoding) : bytes;
}

async function* countedBytes(
  file: FileHandle,
  sizeBytes: number,
  options: SeekableSourceOptions,
  check: () => void,
): AsyncIterable<Uint8Array> {
  let readBytes = 0;
  for await (const piece of fileBytes(file, 0, options.signal)) {
    // Nothing may come of what is read, for as long as there is something to read.
    check();
    yield piece;
    readBytes += piece.length;
    options.onProgress?.(readBytes, sizeBytes);
  }
}

/** A sheet may be called anything. */
function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 32);
}

function isUtf16(encoding: Encoding): boolean {
  return encoding === 'utf-16le' || encoding === 'utf-16be';
}
