import { AppError } from '../../core/errors.ts';
import type { DialectGuess } from '../../core/job.ts';
import type { Compression, Encoding, FormatName, SourceDialect } from '../format.ts';
import { decompress } from '../source/decompress.ts';
import { DEFAULT_DECOMPRESSION_LIMITS, type DecompressionLimits } from '../source/decompression-limits.ts';
import { fileBytes, openFile } from '../source/file-bytes.ts';
import { utf16ToUtf8 } from '../source/utf16-to-utf8.ts';
import type { Recognise } from './find-header.ts';
import { refuseControls, refuseKnownBinary } from './refuse-binary.ts';
import { type CsvOverrides, sniffCsv } from './sniff-csv.ts';
import { sniffEncoding } from './sniff-encoding.ts';
import { sniffFormat } from './sniff-format.ts';
import { sniffWorkbook, type WorkbookFinding, type WorkbookOverrides } from './sniff-workbook.ts';

/** What the user says; it is never doubted, only completed. */
export interface SniffOverrides extends CsvOverrides, WorkbookOverrides {
  readonly format?: FormatName;
  readonly encoding?: Encoding;
  readonly compression?: Compression;
  readonly hasFindings?: true;
  /** A source without records, in whichever format, is one. Default: it is refused. */
  readonly mayBeEmpty?: boolean;
}

export interface Sniffed {
  readonly dialect: SourceDialect;
  /** Why, in words, by the dialect's member. */
  readonly evidence: Readonly<Record<string, string>>;
  /** What the bytes leave open. */
  readonly guesses: readonly DialectGuess[];
  /** Of a workbook, in order. */
  readonly sheets?: WorkbookFinding['sheets'];
}

/** Decompressed bytes that are looked at. */
export const SNIFF_BYTES = 256 * 1024;

/**
 * Finds out how a file is to be read, from its first bytes.
 * @param options.recognise what is known of its names: decides whether the first record is the header
 * @throws AppError `source.not_found`, `source.is_directory`, `source.empty`, `source.binary`, `source.unreadable` (damaged
 *   compression), `format.truncated`, `format.unknown`
 */
export async function sniffSource(
  path: string,
  overrides: SniffOverrides = {},
  {
    recognise,
    signal,
    decompression = DEFAULT_DECOMPRESSION_LIMITS,
  }: {
    readonly recognise?: Recognise;
    readonly signal?: AbortSignal;
    readonly decompression?: DecompressionLimits;
  } = {},
): Promise<Sniffed> {
  const file = await openFile(path);
  try {
    const magic = await takeBytes(fileBytes(file, 0, signal), 4);
    if (isWorkbookAsked(magic.bytes, overrides))
      return await sniffWorkbook(path, overrides, decompression, recognise);
    const compression = overrides.compression ?? sniffCompression(magic.bytes);
    const { bytes, isWhole } = await takeBytes(
      decompress(fileBytes(file, 0, signal), compression),
      SNIFF_BYTES,
    );
    return await sniffSample(bytes, isWhole, compression, overrides, recognise);
  } finally {
    await file.close();
  }
}

/**
 * The same for bytes at hand.
 * @param bytes the first bytes, decompressed
 * @param isWhole they are all there are
 */
export async function sniffSample(
  bytes: Buffer,
  isWhole: boolean,
  compression: Compression,
  overrides: SniffOverrides,
  recognise?: Recognise,
): Promise<Sniffed> {
  refuseKnownBinary(bytes);
  const encoded = sniffEncoding(bytes, isWhole, overrides.encoding);
  const { encoding, hasBom } = encoded;
  const sample = await normalise(bytes, encoding);
  refuseControls(sample);
  const text = sample.toString(encoding === 'windows-1252' ? 'latin1' : 'utf8').replace(/^\uFEFF+/, '');
  if (text.trim() === '' && isWhole) {
    // Of all formats, JSON lines alone have a file without a byte.
    if (overrides.mayBeEmpty)
      return { dialect: { format: 'jsonl', encoding, hasBom, compression }, evidence: {}, guesses: [] };
    throw new AppError(
      'source.empty',
      'The source is empty, apart from white space. Send a file with records.',
    );
  }
  const found =
    overrides.format === undefined || overrides.format === 'xlsx'
      ? sniffFormat(text)
      : { format: overrides.format, evidence: 'set by the user' };
  const evidence = {
    compression: overrides.compression === undefined ? compressionEvidence(compression) : 'set by the user',
    encoding: encoded.evidence,
    format: found.evidence,
  };
  const base = { encoding, hasBom, compression };
  const guesses: DialectGuess[] =
    encoded.isGuess === true ? [{ what: 'encoding', value: encoding, because: encoded.evidence }] : [];
  if (found.format !== 'csv') {
    const { hasFindings } = overrides;
    const dialect = { format: found.format, ...base, ...(hasFindings && { hasFindings }) };
    return { dialect, evidence, guesses };
  }
  const csv = sniffCsv(sample, text, isWhole, base, overrides, recognise);
  guesses.push(...csv.guesses);
  return { dialect: csv.dialect, evidence: { ...evidence, ...csv.evidence }, guesses };
}

/** Any ZIP archive: what it is instead, the workbook's own reader says. */
function isWorkbookAsked(magic: Buffer, { format, compression = 'none' }: SniffOverrides): boolean {
  const isArchive = magic.toString('latin1') === 'PK\x03\x04';
  return format === 'xlsx' || (isArchive && format === undefined && compression === 'none');
}

function sniffCompression(magic: Buffer): Compression {
  const hex = magic.toString('hex');
  if (hex.startsWith('1f8b')) return 'gzip';
  return hex === '28b52ffd' || /^5.2a4d18$/.test(hex) ? 'zstd' : 'none';
}

function compressionEvidence(compression: Compression): string {
  return compression === 'none'
    ? 'it starts with no gzip or zstd signature'
    : `it starts with the signature of ${compression}`;
}

async function normalise(bytes: Buffer, encoding: Encoding): Promise<Buffer> {
  if (encoding !== 'utf-16le' && encoding !== 'utf-16be') return bytes;
  // A cut sample may end inside a unit.
  const whole = bytes.subarray(0, bytes.length - (bytes.length % 2));
  return (await takeBytes(utf16ToUtf8(once(whole), encoding), Number.MAX_SAFE_INTEGER)).bytes;
}

async function* once(bytes: Buffer): AsyncIterable<Uint8Array> {
  yield bytes;
}

/** The first `count` bytes; `isWhole` when there are no more. A stream that is cut after them still gives them. */
async function takeBytes(
  source: AsyncIterable<Uint8Array>,
  count: number,
): Promise<{ bytes: Buffer; isWhole: boolean }> {
  const pieces: Uint8Array[] = [];
  let taken = 0;
  try {
    for await (const piece of source) {
      pieces.push(piece);
      taken += piece.length;
      if (taken > count) break;
    }
  } catch (error) {
    if (taken === 0) throw error;
    return { bytes: Buffer.concat(pieces), isWhole: false };
  }
  return { bytes: Buffer.concat(pieces).subarray(0, count), isWhole: taken <= count };
}
