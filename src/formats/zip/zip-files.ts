/** A ZIP archive as files by name. Its directory is judged before a file of it is opened. */
import { posix } from 'node:path';
import type { Readable } from 'node:stream';
import { crc32 } from 'node:zlib';
import { Entry, openPromise, type ZipFile } from 'yauzl';
import { AppError, type ErrorDetails, isAppError } from '../../core/errors.ts';
import {
  createDecompressionCheck,
  type DecompressionCheck,
  type DecompressionLimits,
  decompressedMaximum,
} from '../source/decompression-limits.ts';

export interface ZipFiles {
  /** Undefined: there is no file of this name. The stream fails as `source.unreadable` where the archive is damaged. */
  open(name: string): Promise<AsyncIterable<Uint8Array> | undefined>;
  names(): Iterable<string>;
  /** Names of the files below a folder, from that folder on. */
  list(folder: string): Iterable<string>;
  close(): void;
}

export interface ZipLimits {
  /** Of all files together: what the directory says, which every file is held to when it is read, and what is read, however often. */
  readonly decompression: DecompressionLimits;
  readonly maxFiles: number;
}

/** Of each file only what reading it takes: an archive may have hundreds of thousands. */
type KnownEntry = Pick<
  Entry,
  'compressedSize' | 'uncompressedSize' | 'compressionMethod' | 'relativeOffsetOfLocalHeader' | 'crc32'
>;

/** Pieces of the library are smaller, and each costs whoever reads them. */
const PIECE_BYTES = 32 * 1024;
const DEFLATED = 8;
const STORED = 0;
const FILE_TYPE = 0o170000;
const SYMBOLIC_LINK = 0o120000;

/**
 * @param path of a local file
 * @throws AppError `source.unreadable` for what is not an archive, or one with names that lead out of it, links, encrypted files or two files of
 * one name; `format.limit_exceeded`
 */
export async function openZipFiles(path: string, limits: ZipLimits): Promise<ZipFiles> {
  const zip = await openPromise(path, { autoClose: false }).catch((error: unknown) => {
    throw damaged(error);
  });
  try {
    const entries = await readDirectory(zip, limits);
    const check = createDecompressionCheck(limits.decompression, zip.fileSize);
    let readBytes = 0;
    // A thousand records may name one file.
    const count = (bytes: number) => check((readBytes += bytes));
    return {
      open: async (name) => {
        const entry = entries.get(name);
        return entry && readEntry(zip, entry, count);
      },
      names: () => entries.keys(),
      list: (folder) => namesBelow(entries.keys(), folder),
      close: () => zip.close(),
    };
  } catch (error) {
    zip.close();
    throw isAppError(error) ? error : damaged(error);
  }
}

async function readDirectory(
  zip: ZipFile,
  { decompression, maxFiles }: ZipLimits,
): Promise<Map<string, KnownEntry>> {
  if (zip.entryCount > maxFiles)
    throw limitExceeded(`The ZIP archive has ${zip.entryCount} files; ${maxFiles} are allowed.`);
  const entries = new Map<string, KnownEntry>();
  const maximum = decompressedMaximum(decompression, zip.fileSize);
  let sizeBytes = 0;
  for await (const entry of zip.eachEntry()) {
    const name = nameOf(entry);
    sizeBytes += entry.uncompressedSize;
    if (sizeBytes > maximum.bytes) {
      throw limitExceeded(`The ZIP archive ${maximum.words}.`, {
        limit: maximum.limit,
        maximum: maximum.bytes,
      });
    }
    if (name.endsWith('/')) continue;
    if (entries.has(name)) throw unreadable(`it has "${name}" twice`);
    const { compressedSize, uncompressedSize, compressionMethod, relativeOffsetOfLocalHeader } = entry;
    entries.set(name, {
      compressedSize,
      uncompressedSize,
      compressionMethod,
      relativeOffsetOfLocalHeader,
      crc32: entry.crc32,
    });
  }
  return entries;
}

function* namesBelow(names: Iterable<string>, folder: string): Iterable<string> {
  const start = `${folder}/`;
  for (const name of names) if (name.startsWith(start)) yield name.slice(start.length);
}

/** The library has refused absolute names and `..`. */
function nameOf(entry: Entry): string {
  const { fileName } = entry;
  const name = posix.normalize(fileName);
  if (((entry.externalFileAttributes >>> 16) & FILE_TYPE) === SYMBOLIC_LINK) {
    throw unreadable(`"${fileName}" is a symbolic link`);
  }
  if (entry.isEncrypted()) throw unreadable(`"${fileName}" is encrypted`);
  if (entry.compressionMethod !== DEFLATED && entry.compressionMethod !== STORED) {
    throw unreadable(
      `"${fileName}" is compressed by method ${entry.compressionMethod}; only deflate is known`,
    );
  }
  return name;
}

async function* readEntry(
  zip: ZipFile,
  entry: KnownEntry,
  count: DecompressionCheck,
): AsyncGenerator<Uint8Array> {
  let stream: Readable | undefined;
  try {
    stream = await zip.openReadStreamPromise(Object.assign(new Entry(), entry));
    let sum = 0;
    let pieces: Uint8Array[] = [];
    let waiting = 0;
    for await (const piece of stream as AsyncIterable<Uint8Array>) {
      count(piece.length);
      sum = crc32(piece, sum);
      pieces.push(piece);
      waiting += piece.length;
      if (waiting < PIECE_BYTES) continue;
      yield Buffer.concat(pieces);
      pieces = [];
      waiting = 0;
    }
    if (waiting > 0) yield Buffer.concat(pieces);
    if (sum !== entry.crc32) throw new Error('the checksum of a file is another one');
  } catch (error) {
    throw isAppError(error) ? error : damaged(error);
  } finally {
    stream?.destroy();
  }
}

function damaged(error: unknown): AppError {
  // The library's sentences end with a point or two.
  return unreadable((error as Error).message.replace(/\.+$/, ''), error);
}

function unreadable(reason: string, cause?: unknown): AppError {
  return new AppError('source.unreadable', `The ZIP archive cannot be read: ${reason}.`, { cause });
}

function limitExceeded(message: string, details: ErrorDetails = {}): AppError {
  return new AppError('format.limit_exceeded', message, { details });
}
