import { AppError } from '../core/errors.ts';
import { csvFormat } from './csv/csv-format.ts';
import type { Format, FormatName, ResultFormat, ResultFormatName } from './format.ts';
import { jsonFormat } from './json/json-format.ts';
import { jsonlFormat } from './jsonl/jsonl-format.ts';
import { xlsxFormat } from './xlsx/xlsx-format.ts';

/** Every format that is read and written. A new one is a folder and a line here. */
export const FORMATS: Readonly<Record<FormatName, Format>> = Object.freeze({
  csv: csvFormat,
  jsonl: jsonlFormat,
  json: jsonFormat,
  xlsx: xlsxFormat,
});

/** Every format that exports write. */
export const RESULT_FORMATS: Readonly<Record<ResultFormatName, ResultFormat>> = FORMATS;

/** @throws AppError `format.unknown` */
export function formatByName(name: string): Format {
  const format = Object.values(FORMATS).find((candidate) => candidate.name === name);
  if (format !== undefined) return format;
  const known = Object.keys(FORMATS);
  throw new AppError(
    'format.unknown',
    `There is no format ${JSON.stringify(name)}; there are ${known.join(', ')}.`,
    {
      details: { got: name, known },
    },
  );
}
