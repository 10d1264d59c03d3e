import { AppError } from '../../core/errors.ts';
import type { Format, JsonDialect, ResultDialect } from '../format.ts';
import { JsonReader } from './json-reader.ts';
import { createJsonWriter } from './json-writer.ts';

/** One array of objects, read and written element by element, never as a whole. */
export const jsonFormat: Format = {
  name: 'json',
  mediaType: 'application/json',
  extension: 'json',
  isTyped: true,
  createReader: (options) => new JsonReader(jsonDialect('json', options.dialect), options),
  createWriter: (options) => createJsonWriter(jsonDialect('json', options.dialect), options.fields),
};

/** @throws AppError `format.invalid_option` when the dialect is another format's */
export function jsonDialect(format: JsonDialect['format'], dialect: ResultDialect): JsonDialect {
  if (dialect.format === format) return dialect;
  throw new AppError(
    'format.invalid_option',
    `The format ${format} was given a dialect of ${dialect.format}.`,
  );
}
