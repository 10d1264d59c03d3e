/** A sheet as the bytes that its reader reads (`row-lines.ts`), for the spool. */
import type { WorkbookDialect } from '../../format.ts';
import { DEFAULT_DECOMPRESSION_LIMITS, type DecompressionLimits } from '../../source/decompression-limits.ts';
import { encodeRow } from './row-lines.ts';
import { type SheetLimits, sheetRows } from './sheet-rows.ts';
import { chooseSheet, openWorkbook } from './workbook.ts';

export interface SheetSource {
  readonly path: string;
  readonly dialect: Pick<WorkbookDialect, 'sheet'>;
  /** For shared texts that memory should not hold. */
  readonly folder: string;
  readonly decompression?: DecompressionLimits;
  readonly signal?: AbortSignal;
}

/** What a row may have is for its reader to say, which knows the limits of the job: these only keep memory bounded. */
const LIMITS: SheetLimits = { maxFields: 16_384, maxRecordBytes: 64 * 1024 * 1024 };

/** @throws AppError `source.unreadable`, `source.binary`, `format.invalid_option`, `format.limit_exceeded` */
export async function* sheetBytes(source: SheetSource): AsyncIterable<Uint8Array> {
  const workbook = await openWorkbook(source.path, source.decompression ?? DEFAULT_DECOMPRESSION_LIMITS);
  try {
    const strings = await workbook.strings(source.folder);
    try {
      const sheet = chooseSheet(workbook.sheets, source.dialect.sheet);
      for await (const rows of sheetRows(workbook, sheet, strings, LIMITS)) {
        source.signal?.throwIfAborted();
        yield Buffer.from(rows.map(encodeRow).join(''));
      }
    } finally {
      strings.close();
    }
  } finally {
    workbook.close();
  }
}
