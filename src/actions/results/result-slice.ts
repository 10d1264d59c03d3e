/** Some records of a stored CSV result, for protocols that give results by offset and limit. */
import { Readable } from 'node:stream';
import { AppError } from '../../core/errors.ts';
import type { ExportOptions } from '../../core/job.ts';
import { type RecordRange, sliceRecords, sliceTexts } from '../../formats/csv/slice-records.ts';
import type { Compression, CsvDialect } from '../../formats/format.ts';
import { resultDialect } from '../../formats/result-dialect.ts';
import { decompress } from '../../formats/source/decompress.ts';
import { utf16ToUtf8 } from '../../formats/source/utf16-to-utf8.ts';
import { type Artifact, checkKept } from '../../store/artifacts.ts';
import type { FileStore } from '../../store/files.ts';

/** A result file, and the options of the export that made it. */
export interface StoredResult {
  readonly artifact: Artifact;
  readonly options: ExportOptions;
}

/** The file is open until the records are read to their end or destroyed. */
export interface ResultSlice<Header, Records> {
  /** Undefined where the result has none. */
  readonly header: Header | undefined;
  readonly records: Records;
}

/** Records one by one, as texts by field; null where a field has no value. */
export type RecordTexts = AsyncIterable<readonly (string | null)[]> & Pick<Readable, 'destroy'>;

/**
 * Records `range.offset` to `range.offset + range.limit` as bytes, with their line ends, and the bytes of the header. Results in gzip and zstd are
 * decompressed; UTF-16 is given as UTF-8, any other encoding as it is. No byte order mark.
 *
 * @throws AppError `request.invalid` for a result that is not CSV or is in a ZIP archive; `storage.expired`, `storage.corrupt`
 */
export async function openResultBytes(
  files: FileStore,
  result: StoredResult,
  range: RecordRange,
): Promise<ResultSlice<Buffer, Readable>> {
  const csv = describeCsv(result);
  const slice = (dialect: CsvDialect, part: RecordRange) =>
    openSlice(files, result, csv, (source) => sliceRecords(source, dialect, part), { objectMode: false });
  const first = csv.dialect.hasHeader ? await slice(headerless(csv.dialect), ONE) : undefined;
  const header = first && Buffer.concat((await first.toArray()) as Buffer[]);
  return { header, records: await slice(csv.dialect, range) };
}

/**
 * The same as texts.
 *
 * @throws AppError as `openResultBytes`
 */
export async function openResultTexts(
  files: FileStore,
  result: StoredResult,
  range: RecordRange,
): Promise<ResultSlice<readonly string[], RecordTexts>> {
  const csv = describeCsv(result);
  const slice = (dialect: CsvDialect, part: RecordRange) =>
    openSlice(files, result, csv, (source) => sliceTexts(source, dialect, part), { objectMode: true });
  const first = csv.dialect.hasHeader ? await slice(headerless(csv.dialect), ONE) : undefined;
  const [header] = ((await first?.toArray()) ?? []) as string[][];
  return { header, records: await slice(csv.dialect, range) };
}

const ONE: RecordRange = { offset: 0, limit: 1 };

interface CsvResult {
  readonly dialect: CsvDialect;
  readonly compression: Compression;
}

function describeCsv({ artifact, options }: StoredResult): CsvResult {
  const dialect = resultDialect(options);
  const { compression } = options;
  if (dialect.format === 'csv' && compression !== 'zip') return { dialect, compression };
  throw new AppError(
    'request.invalid',
    `A range of records cannot be read from "${artifact.name}": that works only for CSV results outside of a ZIP archive. Download the whole file.`,
  );
}

function headerless(dialect: CsvDialect): CsvDialect {
  return { ...dialect, hasHeader: false };
}

async function openSlice(
  files: FileStore,
  { artifact }: StoredResult,
  { dialect, compression }: CsvResult,
  slice: (source: AsyncIterable<Uint8Array>) => AsyncIterable<unknown>,
  mode: { readonly objectMode: boolean },
): Promise<Readable> {
  const { storageKey, sizeBytes } = checkKept(artifact);
  const stored = await files.open(storageKey, sizeBytes);
  const plain = decompress(stored, compression);
  const { encoding } = dialect;
  const isUtf16 = encoding === 'utf-16le' || encoding === 'utf-16be';
  const records = Readable.from(slice(isUtf16 ? utf16ToUtf8(plain, encoding) : plain), mode);
  // Also where nobody has begun to read, or no record was asked for.
  return records.once('close', () => stored.destroy());
}
