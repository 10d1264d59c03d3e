import { AppError } from '../../core/errors.ts';
import type { Format, ResultDialect, WorkbookDialect } from '../format.ts';
import { SheetReader } from './read/sheet-reader.ts';
import { createSheetWriter } from './sheet-writer.ts';
import { workbookBytes } from './workbook-bytes.ts';

/** Rows of a sheet, its header included. Source: Microsoft, Excel specifications and limits. */
export const MAX_SHEET_ROWS = 1_048_576;

/**
 * Office Open XML workbooks. Written, a sheet that is full is followed by a further one; dates and times are text in the collection's notation,
 * since a spreadsheet's own dates have no zone, begin in 1900 and count a day that never was.
 *
 * @param maxSheetRows less only to see several sheets soon
 */
export function createXlsxFormat(maxSheetRows: number = MAX_SHEET_ROWS): Format {
  return {
    name: 'xlsx',
    mediaType: 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
    extension: 'xlsx',
    isTyped: true,
    createReader: (options) => new SheetReader(workbookDialect(options.dialect), options),
    createWriter: (options) => createSheetWriter(workbookDialect(options.dialect), options),
    sheets: {
      maxRecords: (dialect) => maxSheetRows - (workbookDialect(dialect).hasHeader ? 1 : 0),
      pack: workbookBytes,
    },
  };
}

export const xlsxFormat: Format = createXlsxFormat();

function workbookDialect(dialect: ResultDialect): WorkbookDialect {
  if (dialect.format === 'xlsx') return dialect;
  throw new AppError('format.invalid_option', `The format xlsx was given a dialect of ${dialect.format}.`);
}
