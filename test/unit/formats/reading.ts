import type {
  CsvDialect,
  JsonDialect,
  ReadLimits,
  ReadOptions,
  RecordReader,
  SourceDialect,
  SourceRecord,
} from '../../../src/formats/format.ts';
import { DEFAULT_READ_LIMITS } from '../../../src/formats/format.ts';
import { formatByName } from '../../../src/formats/formats.ts';

export const CSV: CsvDialect = {
  format: 'csv',
  encoding: 'utf-8',
  hasBom: false,
  compression: 'none',
  delimiter: ',',
  quote: '"',
  escape: '"',
  hasHeader: true,
  lineEnd: '\n',
};
export const JSONL: JsonDialect = { format: 'jsonl', encoding: 'utf-8', hasBom: false, compression: 'none' };
export const JSON_ARRAY: JsonDialect = { ...JSONL, format: 'json' };

export function createReader(
  dialect: SourceDialect,
  options: Partial<Omit<ReadOptions, 'limits'>> & { limits?: Partial<ReadLimits> } = {},
): RecordReader {
  const limits = { ...DEFAULT_READ_LIMITS, ...options.limits };
  return formatByName(dialect.format).createReader({ dialect, ...options, limits });
}

/** Pushes `bytes` cut at `cuts` and gives all records. */
export function readAll(
  reader: RecordReader,
  bytes: Uint8Array,
  cuts: readonly number[] = [],
): SourceRecord[] {
  const records: SourceRecord[] = [];
  let from = 0;
  for (const cut of [...cuts.toSorted((a, b) => a - b), bytes.length]) {
    records.push(...reader.push(bytes.subarray(from, cut)));
    from = cut;
  }
  return [...records, ...reader.end()];
}

export function readText(
  dialect: SourceDialect,
  text: string,
  limits: Partial<ReadLimits> = {},
): { fields: readonly string[]; records: SourceRecord[] } {
  const reader = createReader(dialect, { limits });
  const records = readAll(reader, Buffer.from(text));
  return { fields: reader.fields, records };
}

export function codesOf(records: readonly SourceRecord[]): (string | undefined)[] {
  return records.map((record) => record.problems?.map(({ code }) => code).join(' '));
}
