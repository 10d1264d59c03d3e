/** COPY text with one column for all values of a record: a record that is too wide for a page as columns is not as one value. */

const POSITION_COLUMNS = 6;
const UNESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', '\\': '\\' };
const ESCAPED: Readonly<Record<string, string>> = { '\\': '\\\\', '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** A `text[]` as `array_in` reads it. */
export function arrayLiteral(values: readonly (string | null)[]): string {
  return `{${values.map((value) => (value === null ? 'NULL' : quote(value))).join(',')}}`;
}

/** A row of a composite type as `record_in` reads it: nothing is null, quotes and backslashes are doubled. */
export function rowLiteral(values: readonly (string | null)[]): string {
  return `(${values.map((value) => (value === null ? '' : `"${value.replaceAll(/["\\]/g, '$&$&')}"`)).join(',')})`;
}

function quote(value: string): string {
  return `"${value.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

/**
 * @param rows pieces of `Chunk.rows`, which need not end with a line
 * @param pack the one value that the values of a record become
 */
export function* packRows(
  rows: readonly Uint8Array[],
  pack: (values: readonly (string | null)[]) => string,
): Generator<Buffer> {
  let rest = Buffer.alloc(0);
  for (const piece of rows) {
    const bytes = rest.length === 0 ? Buffer.from(piece) : Buffer.concat([rest, piece]);
    const end = bytes.lastIndexOf(0x0a) + 1;
    rest = bytes.subarray(end);
    const lines = bytes.toString('utf8', 0, end).split('\n');
    lines.pop();
    yield Buffer.from(lines.map((line) => packLine(line, pack)).join(''));
  }
  if (rest.length > 0) yield Buffer.from(packLine(rest.toString('utf8'), pack));
}

function packLine(line: string, pack: (values: readonly (string | null)[]) => string): string {
  const columns = line.split('\t');
  const values = columns.slice(POSITION_COLUMNS).map((text) => (text === '\\N' ? null : unescape(text)));
  const packed = pack(values).replaceAll(/[\\\n\r\t]/g, (character) => ESCAPED[character] ?? character);
  return `${columns.slice(0, POSITION_COLUMNS).join('\t')}\t${packed}\n`;
}

function unescape(text: string): string {
  return text.includes('\\')
    ? text.replaceAll(/\\(.)/g, (_, character: string) => UNESCAPED[character] ?? character)
    : text;
}
