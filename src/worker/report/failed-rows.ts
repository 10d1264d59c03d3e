/**
 * Failed rows: the rejected records as they were, byte for byte, in the source's own form, with three columns in front that say which job,
 * which record, and why. Corrected, the same file is accepted as it is. Records that could not be parsed go into a second file, untouched.
 */

import { GUARD_COLUMN } from '../../core/guard-column.ts';
import { describeIssue, type Issue, type IssueCode } from '../../core/issue.ts';
import { FINDINGS_FIELD } from '../../formats/findings.ts';
import type { CsvDialect, SourceDialect } from '../../formats/format.ts';
import { guardFormula } from '../../formats/guard-formulas.ts';
import { findWindows1252Byte } from '../../formats/windows-1252.ts';
import { dropCells, dropMembers } from './drop-added.ts';
import {
  ADDED_FIELDS,
  type FailedRowsForm,
  type RejectedRecord,
  type SourceHeader,
} from './failed-rows-form.ts';
import { createFailedWorkbook } from './failed-workbook.ts';
import { cellsOf, createCellGuard } from './guard-cells.ts';

/** Issues of records that are not records: there is nothing to put columns in front of. */
const UNREADABLE: ReadonlySet<IssueCode> = new Set([
  'record.unclosed_quote',
  'record.stray_quote',
  'record.too_long',
  'record.not_json',
  'record.too_deep',
  'record.bad_encoding',
]);

/** Issues come in record order; gives each rejected record once, with all that was found. */
export async function* rejectedRecords(issues: AsyncIterable<Issue>): AsyncIterable<RejectedRecord> {
  let found: Issue[] = [];
  for await (const issue of issues) {
    if (found[0] !== undefined && found[0].record !== issue.record) {
      yield* summarize(found);
      found = [];
    }
    if (issue.record > 0) found.push(issue);
  }
  yield* summarize(found);
}

function* summarize(found: readonly Issue[]): Iterable<RejectedRecord> {
  const first = found[0];
  if (first === undefined || !found.some((issue) => issue.severity === 'error')) return;
  yield {
    record: first.record,
    byteOffset: first.byteOffset,
    byteLength: first.byteLength,
    isReadable: !found.some((issue) => UNREADABLE.has(issue.code)),
    reasons: found
      .map((issue) => (issue.field === undefined ? '' : `${issue.field}: `) + describeIssue(issue))
      .join('; '),
  };
}

/**
 * @param header its bytes in the source, and the names of its fields
 * @param isGuarded CSV: a spreadsheet shall find no formula in it; a fourth column in front says where an apostrophe was put
 */
export function createFailedRowsForm(
  dialect: SourceDialect,
  jobNumber: number,
  header: SourceHeader,
  { isGuarded = false } = {},
): FailedRowsForm {
  if (dialect.format === 'xlsx') return createFailedWorkbook(dialect, jobNumber, header);
  return dialect.format === 'csv'
    ? csvForm(dialect, jobNumber, header, isGuarded)
    : jsonForm(dialect.format, jobNumber);
}

function csvForm(
  dialect: CsvDialect,
  jobNumber: number,
  header: SourceHeader,
  isGuarded: boolean,
): FailedRowsForm {
  const { delimiter, quote, escape, lineEnd } = dialect;
  const encode = (text: string) =>
    dialect.encoding === 'windows-1252' ? toWindows1252(text) : Buffer.from(text);
  const cell = (text: string) =>
    text.includes(delimiter) || text.includes(quote) || /[\r\n]/.test(text)
      ? `${quote}${text.replaceAll(quote, escape + quote)}${quote}`
      : text;
  const row = (cells: readonly string[]) => cells.map(cell).join(delimiter);
  const signs = { delimiter: asLatin1(delimiter), quote: asLatin1(quote), escape: asLatin1(escape) };
  const added = new Set(
    header.fields.flatMap((name, position) =>
      isAdded(name) || (isGuarded && name === GUARD_COLUMN) ? [position] : [],
    ),
  );
  const withoutAdded = (bytes: Buffer) =>
    added.size === 0 ? bytes : Buffer.from(dropCells(bytes.toString('latin1'), added, signs), 'latin1');

  const guard = createCellGuard(header.fields, added, signs, (bytes) =>
    dialect.encoding === 'windows-1252' ? bytes : Buffer.from(bytes, 'latin1').toString(),
  );
  const join = (cells: readonly string[]) =>
    Buffer.from(`${cells.join(signs.delimiter)}${lineEnd}`, 'latin1');
  const columns = isGuarded ? [...ADDED_FIELDS, GUARD_COLUMN] : ADDED_FIELDS;

  function asLatin1(sign: string): string {
    return encode(sign).toString('latin1');
  }

  function guardHeader(bytes: Buffer): Buffer {
    return isGuarded ? join(guard.header(cellsOf(bytes.toString('latin1'), signs))) : bytes;
  }

  function guardedRecord({ record, reasons }: RejectedRecord, raw: Buffer): Buffer {
    const { cells, guarded } = guard.record(cellsOf(raw.toString('latin1'), signs));
    const safe = guardFormula(reasons);
    const names = safe === reasons ? guarded : ['waybill_issues', ...guarded];
    const front = [String(jobNumber), String(record), safe, names.length === 0 ? '' : JSON.stringify(names)];
    return Buffer.concat([encode(row(front) + delimiter), withoutAdded(join(cells))]);
  }

  function begin(): Buffer {
    const own = encode(row(columns) + delimiter);
    const bytes = withoutAdded(guardHeader(stripBom(header.bytes)));
    // A source without a header gets one: its fields are known by position, and the new columns would move them.
    const rest = dialect.hasHeader ? endLine(bytes, lineEnd) : encode(row(header.fields) + lineEnd);
    return Buffer.concat([dialect.hasBom ? Buffer.from('\ufeff') : Buffer.alloc(0), own, rest]);
  }

  return {
    extension: 'csv',
    mediaType: 'text/csv',
    begin,
    record: (rejected, raw) =>
      isGuarded
        ? guardedRecord(rejected, raw)
        : Buffer.concat([
            encode(row([String(jobNumber), String(rejected.record), rejected.reasons]) + delimiter),
            endLine(withoutAdded(raw), lineEnd),
          ]),
    end: () => Buffer.alloc(0),
  };
}

/** Of JSON records: they come back as they were before anybody said something about them. */
const LEFT_OUT = [...ADDED_FIELDS, FINDINGS_FIELD];

function jsonForm(format: 'json' | 'jsonl', jobNumber: number): FailedRowsForm {
  const isArray = format === 'json';
  return {
    extension: format,
    mediaType: isArray ? 'application/json' : 'application/jsonl',
    begin: () => Buffer.from(isArray ? '[\n' : ''),
    record(rejected, raw, index) {
      const added = {
        waybill_job: jobNumber,
        waybill_record: rejected.record,
        waybill_issues: rejected.reasons,
      };
      const open = raw.indexOf('{');
      const close = raw.lastIndexOf('}');
      const inside = dropMembers(raw.toString('latin1', open + 1, close), LEFT_OUT);
      const isEmpty = inside.trim() === '';
      return Buffer.concat([
        Buffer.from(isArray && index > 0 ? ',\n' : ''),
        Buffer.from(JSON.stringify(added).slice(0, -1) + (isEmpty ? '' : ',')),
        Buffer.from(isEmpty ? '' : inside, 'latin1'),
        Buffer.from(isArray ? '}' : '}\n'),
      ]);
    },
    end: () => Buffer.from(isArray ? '\n]\n' : ''),
  };
}

/** Only our own columns go through here; what the encoding lacks becomes a question mark there. */
function toWindows1252(text: string): Buffer {
  return Buffer.from(Array.from(text, (character) => findWindows1252Byte(character) ?? 0x3f));
}

function isAdded(name: string): boolean {
  return (ADDED_FIELDS as readonly string[]).includes(name);
}

function stripBom(bytes: Buffer): Buffer {
  return bytes.subarray(0, 3).equals(Buffer.from('\ufeff')) ? bytes.subarray(3) : bytes;
}

/** The last record of a file may have no line end; in the new file it is followed by others. */
function endLine(bytes: Buffer, lineEnd: string): Buffer {
  const last = bytes.at(-1);
  return last === 0x0a || last === 0x0d ? bytes : Buffer.concat([bytes, Buffer.from(lineEnd)]);
}
