/** Some records of a CSV result, found by counting: what lies before them is scanned and never decoded. */
import { AppError } from '../../core/errors.ts';
import { skipBom } from '../bom.ts';
import { ByteWindow } from '../byte-window.ts';
import { type CsvDialect, DEFAULT_READ_LIMITS, type ReadLimits } from '../format.ts';
import { CsvReader } from './csv-reader.ts';
import { parseCsvSyntax } from './csv-syntax.ts';
import { INCOMPLETE, RecordScanner } from './record-scanner.ts';

export interface RecordRange {
  /** Records before the first one given; the header is none. */
  readonly offset: number;
  /** Records given at most. */
  readonly limit: number;
}

/** What we have written is read however long it is. */
const LIMITS: ReadLimits = { ...DEFAULT_READ_LIMITS, maxRecordBytes: Number.MAX_SAFE_INTEGER };

/**
 * The bytes of these records as they are in the source, line ends included; none where it has fewer records. Line ends in quotes belong
 * to their record. Reads no further than the last record, and holds a piece of the source or the longest record, whichever is longer.
 *
 * @param source plain bytes in UTF-8 or windows-1252
 * @throws AppError `storage.corrupt` where the source ends inside a record
 */
export async function* sliceRecords(
  source: AsyncIterable<Uint8Array>,
  dialect: CsvDialect,
  range: RecordRange,
): AsyncGenerator<Uint8Array, void> {
  if (range.limit === 0) return;
  const slicer = new RecordSlicer(dialect, range);
  for await (const piece of source) {
    const bytes = slicer.push(piece);
    if (bytes.byteLength > 0) yield bytes;
    if (slicer.isDone) return;
  }
  const rest = slicer.end();
  if (rest.byteLength > 0) yield rest;
}

/**
 * The same records as texts by field; null where a field has no value, which is told from empty text.
 *
 * @throws AppError `storage.corrupt` where the source is not what an export has written
 */
export async function* sliceTexts(
  source: AsyncIterable<Uint8Array>,
  dialect: CsvDialect,
  range: RecordRange,
): AsyncGenerator<readonly (string | null)[], void> {
  const bare = { ...dialect, hasHeader: false };
  const reader = new CsvReader(bare, { dialect: bare, limits: LIMITS });
  for await (const bytes of sliceRecords(source, dialect, range)) {
    for (const { values, problems } of reader.push(bytes)) {
      if (problems !== undefined) throw corrupt();
      yield values as readonly (string | null)[];
    }
  }
  for (const { values } of reader.end()) yield values as readonly (string | null)[];
}

class RecordSlicer {
  readonly #window = new ByteWindow(0);
  readonly #scanner: RecordScanner;
  #before: number;
  #left: number;
  #mayHaveBom: boolean;
  /** Bytes that must be there before another scan can be worth it; doubling keeps long records linear. */
  #worthwhileLength = 1;

  constructor(dialect: CsvDialect, { offset, limit }: RecordRange) {
    this.#scanner = new RecordScanner(parseCsvSyntax(dialect), LIMITS.maxFields);
    this.#before = offset + (dialect.hasHeader ? 1 : 0);
    this.#left = limit;
    this.#mayHaveBom = dialect.encoding !== 'windows-1252';
  }

  /** No further record is wanted. */
  get isDone(): boolean {
    return this.#left === 0;
  }

  /** Takes the next bytes, which are copied; gives those of the wanted records that they complete. */
  push(bytes: Uint8Array): Buffer {
    this.#window.append(bytes);
    return this.#window.length < this.#worthwhileLength ? Buffer.alloc(0) : this.#take(false);
  }

  end(): Buffer {
    const bytes = this.#take(true);
    if (!this.isDone && this.#window.length > 0) throw corrupt();
    return bytes;
  }

  #take(isLast: boolean): Buffer {
    const window = this.#window;
    const scanner = this.#scanner;
    if (this.#mayHaveBom && !skipBom(window, isLast)) return Buffer.alloc(0);
    this.#mayHaveBom = false;
    this.#worthwhileLength = 1;
    let wanted = this.#before === 0 ? window.start : -1;
    while (window.start < window.end && this.#left > 0) {
      const end = scanner.scan(window.bytes, window.start, window.end, isLast);
      if (end === INCOMPLETE) {
        this.#worthwhileLength = 2 * window.length;
        break;
      }
      if (!scanner.isBlank) {
        if (this.#before === 0) this.#left -= 1;
        else this.#before -= 1;
      }
      window.start = end;
      if (wanted === -1 && this.#before === 0) wanted = end;
    }
    return wanted === -1 ? Buffer.alloc(0) : Buffer.from(window.bytes.subarray(wanted, window.start));
  }
}

function corrupt(): AppError {
  return new AppError(
    'storage.corrupt',
    'The stored result is not the CSV that was written. It was changed, or the disk is damaged.',
  );
}
