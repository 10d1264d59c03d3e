/**
 * A source may itself be a file of failed rows, whose added columns or names would come a second time when its rejected records are given
 * back. These functions leave them out of the raw bytes; everything else stays as it was, byte for byte. Texts are bytes as latin1.
 */

export interface CsvSigns {
  readonly delimiter: string;
  readonly quote: string;
  readonly escape: string;
}

/** One CSV record, or a header, without the cells at these positions. */
export function dropCells(record: string, positions: ReadonlySet<number>, signs: CsvSigns): string {
  if (positions.size === 0) return record;
  const lineEnd = /[\r\n]*$/.exec(record)?.[0] ?? '';
  const cells = splitCells(record.slice(0, record.length - lineEnd.length), signs);
  return cells.filter((_, position) => !positions.has(position)).join(signs.delimiter) + lineEnd;
}

/** The cells as they stand, with their quotes. */
export function splitCells(record: string, { delimiter, quote, escape }: CsvSigns): string[] {
  const cells: string[] = [];
  let start = 0;
  for (;;) {
    // A quote is special only at the start of a cell.
    const from = record.startsWith(quote, start)
      ? skipQuoted(record, start + quote.length, quote, escape)
      : start;
    const end = record.indexOf(delimiter, from);
    if (end === -1) return [...cells, record.slice(start)];
    cells.push(record.slice(start, end));
    start = end + delimiter.length;
  }
}

/** Index behind the closing quote. */
function skipQuoted(record: string, from: number, quote: string, escape: string): number {
  let at = from;
  while (at < record.length) {
    if (record.startsWith(escape, at) && (escape !== quote || record.startsWith(quote, at + quote.length)))
      at += escape.length + 1;
    else if (record.startsWith(quote, at)) return at + quote.length;
    else at += 1;
  }
  return at;
}

/** What stands between the braces of a JSON object, without the members of these names. */
export function dropMembers(inside: string, names: readonly string[]): string {
  const isDropped = (member: string) => names.some((name) => member.trimStart().startsWith(`"${name}"`));
  const members = splitMembers(inside);
  return members.some(isDropped) ? members.filter((member) => !isDropped(member)).join(',') : inside;
}

/** Cuts at the commas that are in no text and no nested value. */
function splitMembers(inside: string): string[] {
  const members: string[] = [];
  let depth = 0;
  let start = 0;
  for (const { 0: token, index } of inside.matchAll(/"(?:[^"\\]|\\[^])*"|[{}[\],]/g)) {
    if (token === '{' || token === '[') depth += 1;
    else if (token === '}' || token === ']') depth -= 1;
    else if (token === ',' && depth === 0) {
      members.push(inside.slice(start, index));
      start = index + 1;
    }
  }
  return [...members, inside.slice(start)];
}
