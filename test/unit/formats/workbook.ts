/** Workbooks for tests: made of rows, and read back by a reader of other people. */
import readWorkbook from 'read-excel-file/node';
import type { SourceValue, WorkbookDialect } from '../../../src/formats/format.ts';
import { createXlsxFormat } from '../../../src/formats/xlsx/xlsx-format.ts';
import { resultFileBytes } from '../../../src/worker/export/result-file.ts';
import type { ResultRows } from '../../../src/worker/export/result-rows.ts';

export interface WorkbookOptions {
  readonly fields: readonly string[];
  readonly header?: readonly string[];
  readonly hasHeader?: boolean;
  /** Default: that of spreadsheets. */
  readonly maxSheetRows?: number;
  readonly title?: string;
}

/** As an export makes it. */
export async function makeWorkbook(
  options: WorkbookOptions,
  records: readonly (readonly SourceValue[])[],
): Promise<Buffer> {
  const format = createXlsxFormat(options.maxSheetRows);
  const dialect: WorkbookDialect = {
    format: 'xlsx',
    encoding: 'utf-8',
    hasBom: false,
    compression: 'none',
    hasHeader: options.hasHeader ?? true,
  };
  const writer = format.createWriter({ dialect, ...options });
  const encode = (text: string) => Buffer.from(text);
  let written = 0;
  const rows: ResultRows = {
    next: async (limit) => {
      const record = records[written];
      if (record === undefined) return undefined;
      written += 1;
      return { bytes: encode(writer.record(record)), rows: 1, isFull: limit.records === 1 };
    },
    hasMore: async () => written < records.length,
  };
  if (format.sheets === undefined) throw new Error('a workbook has sheets');
  const sheets = { ...format.sheets, maxRecords: format.sheets.maxRecords(dialect) };
  const bytes = resultFileBytes({
    rows,
    writer,
    encode,
    sheets,
    title: options.title ?? 'records',
    plainName: 'records.xlsx',
    compression: 'none',
    limits: {},
    onRows: () => undefined,
  });
  return Buffer.concat(await bytes.toArray());
}

/** Sheets in order: their names, and their cells as the reader takes them. */
export async function readSheets(
  workbook: Buffer,
): Promise<readonly { readonly sheet: string; readonly data: readonly (readonly unknown[])[] }[]> {
  return readWorkbook(workbook, { trim: false });
}
