import { AppError } from '../core/errors.ts';
import { csvFormat } from './csv/csv-format.ts';
import type { Format, FormatName } from './format.ts';
import { jsonFormat } from './json/json-format.ts';
import { jsonlFormat } from './jsonl/jsonl-format.ts';

/** Every format there is. A new one is a folder and a line here. */
export const FORMATS: Readonly<Record<FormatName, Format>> = Object.freeze({
  csv: csvFormat,
  jsonl: jsonlFormat,
  json: jsonFormat,
});

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
