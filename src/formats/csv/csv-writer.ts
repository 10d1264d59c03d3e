import type { CsvDialect, RecordWriter, SourceValue, WriteOptions } from '../format.ts';
import { ONLY_NULL, parseCsvSyntax } from './csv-syntax.ts';

const APOSTROPHE = 0x27;

/**
 * Writes CSV: NULL is an unquoted empty field, empty text is `""`, other fields are quoted only where they must be. A record of
 * one column is always quoted, since its NULL would be a blank line, which is not a record: there, NULL is `ONLY_NULL`, unquoted. A record
 * that has the names of the header for values is written with one pair of quotes more: its line must not be the header's once more.
 */
export function createCsvWriter(dialect: CsvDialect, options: WriteOptions): RecordWriter {
  parseCsvSyntax(dialect);
  const { delimiter, quote, escape, lineEnd } = dialect;
  const quoted = (text: string) => {
    const escaped = quote === escape ? text : text.replaceAll(escape, escape + escape);
    return quote + escaped.replaceAll(quote, escape + quote) + quote;
  };
  const cell = (value: SourceValue) => {
    if (value === null || value === undefined) return '';
    const text = typeof value === 'string' ? value : value.text;
    return needsQuotes(text, dialect) ? quoted(text) : text;
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
  const headerAgain = dialect.hasHeader ? { line: begun(header), instead: unlike(header) } : undefined;

  /** The header's line: a file that begins with a bracket would be taken for JSON. */
  function begun(cells: readonly string[]): string {
    const [first = '', ...others] = cells;
    if (others.length === 0 || !/^\s*[[{]/.test(first)) return line(cells);
    return [quoted(first), ...others.map(cell)].join(delimiter) + lineEnd;
  }

  /** The header's line with quotes where it needs none. */
  function unlike(cells: readonly string[]): string {
    const plain = cells.findIndex((text) => !needsQuotes(text, dialect));
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

/** Whether a value of several can only be read again if it is in quotes. */
export function needsQuotes(text: string, { delimiter, quote }: CsvDialect): boolean {
  return (
    text === '' ||
    text.includes(delimiter) ||
    text.includes(quote) ||
    text.includes('\n') ||
    text.includes('\r') ||
    // At the start of a file it would be taken for a byte order mark.
    text.charCodeAt(0) === 0xfeff ||
    // A reader to whom nothing is said would take these for the file's quotes.
    (text.charCodeAt(0) === APOSTROPHE && text.length > 1 && text.endsWith("'"))
  );
}
