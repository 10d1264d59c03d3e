import { didYouMean } from '../../core/did-you-mean.ts';
import { AppError } from '../../core/errors.ts';
import { GUARD_COLUMN } from '../../core/guard-column.ts';
import type { ExportOptions } from '../../core/job.ts';
import type { RequestedExportOptions } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';

type ResultRequest = RequestedExportOptions & { readonly collection?: string };
type ResultOptions = Omit<ExportOptions, 'fields' | 'filter' | 'order'>;

/**
 * How a result is to look, as it was asked for.
 *
 * @param names fields of the collection
 * @throws AppError `request.invalid` for what the format has no place for
 */
export function acceptResultOptions(request: ResultRequest, names: readonly string[]): ResultOptions {
  const format = request.format ?? 'csv';
  if (format === 'xlsx') refuseTextOptions(request);
  if (format === 'csv' && request.guardFormulas === true) checkGuard(request);
  if (request.headerLabels !== undefined) checkLabels(request, format, request.headerLabels, names);
  return {
    format,
    compression: request.compression ?? 'none',
    ...omitUndefined({
      delimiter: request.delimiter,
      header: request.header,
      headerLabels: request.headerLabels,
      encoding: request.encoding,
      fileName: request.fileName,
      splitRecords: request.splitRecords,
      splitBytes: request.splitBytes,
      guardFormulas: request.guardFormulas,
    }),
  };
}

function refuseTextOptions({ delimiter, encoding }: ResultRequest): void {
  for (const [name, value] of Object.entries({ delimiter, encoding })) {
    if (value !== undefined) throw invalid(`The format xlsx has no ${name}. Leave it out, or export as csv.`);
  }
}

function checkGuard({ header, headerLabels = {} }: ResultRequest): void {
  if (header === false) {
    throw invalid(
      `guardFormulas needs the header, for the column ${GUARD_COLUMN} that says where an apostrophe was put. Leave out header: false.`,
    );
  }
  if (Object.values(headerLabels).includes(GUARD_COLUMN)) {
    throw invalid(
      `headerLabels: ${GUARD_COLUMN} is the column that guardFormulas adds. Give another label, or leave out guardFormulas.`,
    );
  }
}

function checkLabels(
  { collection = '', header }: ResultRequest,
  format: ExportOptions['format'],
  labels: Readonly<Record<string, string>>,
  names: readonly string[],
): void {
  if (format === 'json' || format === 'jsonl') {
    throw invalid(
      `The format ${format} has no header, so headerLabels cannot be shown; csv and xlsx have one.`,
    );
  }
  if (header === false)
    throw invalid('headerLabels are texts of the header, which header: false leaves out.');
  for (const name of Object.keys(labels)) {
    if (names.includes(name)) continue;
    throw invalid(
      `headerLabels: collection "${collection}" has no field "${name}"${didYouMean(name, names)}.`,
    );
  }
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
