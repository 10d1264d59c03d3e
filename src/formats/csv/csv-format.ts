import { AppError } from '../../core/errors.ts';
import { GUARD_COLUMN } from '../../core/guard-column.ts';
import type { CsvDialect, Format, ResultDialect } from '../format.ts';
import { CsvReader } from './csv-reader.ts';
import { createCsvWriter } from './csv-writer.ts';
import { createUnguardingReader } from './guarded-records.ts';

/** RFC 4180 and its relatives: any delimiter, quote and escape character, with or without a header. */
export const csvFormat: Format = {
  name: 'csv',
  mediaType: 'text/csv',
  extension: 'csv',
  isTyped: false,
  createReader({ wanted, ...options }) {
    const all = { ...options, ...(wanted && { wanted: [...wanted, GUARD_COLUMN] }) };
    return createUnguardingReader(new CsvReader(csvDialect(options.dialect), all));
  },
  createWriter: (options) => createCsvWriter(csvDialect(options.dialect), options),
};

function csvDialect(dialect: ResultDialect): CsvDialect {
  if (dialect.format === 'csv') return dialect;
  throw new AppError('format.invalid_option', `The format csv was given a dialect of ${dialect.format}.`);
}
