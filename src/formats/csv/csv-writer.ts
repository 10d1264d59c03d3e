import type { CsvDialect, RecordWriter, SourceValue, WriteOptions } from '../format.ts';
import { ONLY_NULL, parseCsvSyntax } from './csv-syntax.ts';

/**
 * Writes CSV: NULL is an unquoted empty field, empty text is `""`, other fields are quoted only where they must be. A record of
 * one column is always quoted, since its NULL would be a blank line, which is no record: there, NULL is `ONLY_NULL`, unquoted. A record
 * that has the names of the header for values is written with one pair of quotes more: its line must not be the header's once more.
 */
export function createCsvWriter(dialect: CsvDialect, options: WriteOptions): RecordWriter {
  parseCsvSyntax(dialect);
  const { delimiter, quote, escape, lineEnd } = dialect;
  const needsQuote = (text: string) =>
    text === '' ||
    text.includes(delimiter) ||
    text.includes(quote) ||
    text.includes('\n') ||
    text.includes('\r') ||
    // At the start of a file it would be taken for a byte order mark.
    text.charCodeAt(0) === 0xfeff;
  const quoted = (text: string) => {
    const escaped = quote === escape ? text : text.replaceAll(escape, escape + escape);
    return quote + escaped.replaceAll(quote, escape + quote) + quote;
  };
  const cell = (value: SourceValue) => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'string' ? value : value.text;
    return needsQuote(text) ? quoted(text) : text;
  };
  const only = (value: SourceValue) =>
    value === null || value === undefined
      ? ONLY_NULL
      : quoted(typeof value === 'string' ? value : value.text);
  const line = (values: readonly SourceValue[]) => {
    if (options.fields.length === 1) return only(values[0]) + lineEnd;
    let text = cell(values[0]);
    for (let i = 1; i < options.fields.length; i += 1) text += delimiter + cell(values[i]);
    return text + lineEnd;
  };
  const header = options.header ?? options.fields;
  const headerAgain = dialect.hasHeader ? { line: line(header), instead: unlike(header) } : undefined;

  /** The header's line with quotes where it needs none. */
  function unlike(cells: readonly string[]): string {
    const plain = cells.findIndex((text) => !needsQuote(text));
    if (cells.length === 1 || plain === -1) return line(cells);
    return cells.map((text, i) => (i === plain ? quoted(text) : cell(text))).join(delimiter) + lineEnd;
  }

  return {
    begin: () => (dialect.hasBom ? '\uFEFF' : '') + (headerAgain?.line ?? ''),
    record(values) {
      const text = line(values);
      return text === headerAgain?.line ? headerAgain.instead : text;
    },
    end: () => '',
    ...(headerAgain !== undefined && { headerAgain }),
  };
}
