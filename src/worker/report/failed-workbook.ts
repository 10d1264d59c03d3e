/** Failed rows of a sheet, as a workbook: its cells come back as they were read, each date a date. */
import { type SourceValue, type WorkbookDialect } from '../../formats/format.ts';
import { formatByName } from '../../formats/formats.ts';
import { MAX_CELL_CHARACTERS } from '../../formats/xlsx/cells.ts';
import { decodeRow } from '../../formats/xlsx/read/row-lines.ts';
import { workbookBytes } from '../../formats/xlsx/workbook-bytes.ts';
import { MAX_SHEET_ROWS } from '../../formats/xlsx/xlsx-format.ts';
import { ADDED_FIELDS, type FailedRowsForm, type SourceHeader } from './failed-rows-form.ts';

export function createFailedWorkbook(
  dialect: WorkbookDialect,
  jobNumber: number,
  { fields, bytes }: SourceHeader,
): FailedRowsForm {
  const kept = fields.flatMap((name, position) =>
    (ADDED_FIELDS as readonly string[]).includes(name) ? [] : [position],
  );
  // As it is in the sheet, where two columns may be called the same; a sheet without one gets one.
  const cells = dialect.hasHeader && bytes.length > 0 ? decodeRow(bytes.toString()).cells : fields;
  const labels = kept.map((position) => labelOf(cells[position]));
  const format = formatByName('xlsx');
  const writer = format.createWriter({
    dialect: { ...dialect, hasHeader: true },
    fields: [...ADDED_FIELDS, ...kept.map((position) => fields[position] ?? '')],
    header: [...ADDED_FIELDS, ...labels],
  });

  return {
    extension: format.extension,
    mediaType: format.mediaType,
    begin: () => Buffer.from(writer.begin()),
    record({ record, reasons }, raw) {
      const { cells: values } = decodeRow(raw.toString());
      const front: SourceValue[] = [number(jobNumber), number(record), reasons.slice(0, MAX_CELL_CHARACTERS)];
      return Buffer.from(writer.record([...front, ...kept.map((position) => values[position])]));
    },
    end: () => Buffer.from(writer.end()),
    sheets: {
      maxRecords: MAX_SHEET_ROWS - 1,
      pack: (sheets) => workbookBytes(sheets, dialect.sheet ?? 'Sheet'),
    },
  };
}

function number(value: number): SourceValue {
  return { kind: 'number', text: String(value) };
}

function labelOf(cell: SourceValue): string {
  return typeof cell === 'string' ? cell : (cell?.shown ?? cell?.text ?? '');
}
