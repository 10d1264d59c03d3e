import { AppError } from '../../core/errors.ts';
import type { RecordWriter, SourceValue, WorkbookDialect, WriteOptions } from '../format.ts';
import { columnLetters, MAX_CELL_CHARACTERS, renderCell, textCell, WRITTEN_NULL } from './cells.ts';
import { BOLD, QUOTED } from './styles.ts';

const OPENING =
  '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">';
/** The header stays in sight. */
const FROZEN =
  '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews>';

/**
 * Writes sheets: what lies between `begin` and `end` is the XML of one. Cells carry their address, which the standard makes optional and
 * some readers need.
 */
export function createSheetWriter(dialect: WorkbookDialect, options: WriteOptions): RecordWriter {
  const { fields, header = fields } = options;
  const columns = fields.map((_, index) => columnLetters(index));
  let row = 0;
  let records = 0;

  function cell(value: SourceValue, index: number): string {
    const text = typeof value === 'string' ? value : (value?.text ?? '');
    if (text.length > MAX_CELL_CHARACTERS) throw tooLong(fields[index] ?? '', records, text.length);
    return renderCell(`${columns[index]}${row}`, value);
  }

  function headerRow(): string {
    row = 1;
    const cells = header.map((label, index) => textCell(`${columns[index]}1`, label, BOLD));
    return `<row r="1">${cells.join('')}</row>`;
  }

  return {
    begin: () => {
      row = 0;
      return dialect.hasHeader ? `${OPENING}${FROZEN}<sheetData>${headerRow()}` : `${OPENING}<sheetData>`;
    },
    record: (values) => {
      row += 1;
      records += 1;
      let cells = '';
      for (let index = 0; index < columns.length; index += 1) cells += cell(values[index], index);
      return `<row r="${row}">${cells || textCell(`A${row}`, WRITTEN_NULL, QUOTED)}</row>\n`;
    },
    end: () => '</sheetData></worksheet>',
  };
}

function tooLong(field: string, record: number, actual: number): AppError {
  return new AppError(
    'format.limit_exceeded',
    `Field "${field}" of record ${record} of the result has ${actual} characters; a cell of XLSX holds at most ${MAX_CELL_CHARACTERS}. ` +
      'Leave the field out, or export as CSV.',
    { details: { limit: 'xlsx.cellCharacters', maximum: MAX_CELL_CHARACTERS, actual, field, record } },
  );
}
