/**
 * An issue is one finding about a record: code and parameters, never a sentence. `describeIssue` puts it into
 * words when it is read, so that other languages can come later.
 */
import { showInvisible } from './show-invisible.ts';

export type IssueSeverity = 'warning' | 'error';

export type IssueParams = Readonly<Record<string, string | number | boolean>>;

export interface Issue {
  readonly severity: IssueSeverity;
  readonly code: IssueCode;
  readonly params: IssueParams;
  /** Number of the record in its source, from 1. */
  readonly record: number;
  /** Line on which the record starts, from 1. */
  readonly line: number;
  /** Of a workbook: sheet and address of the cell, `Prices!F17`, or of the row, `Prices!17:17`. */
  readonly cell?: string;
  /** Offset in bytes of the record's first byte in the (decompressed) source. */
  readonly byteOffset: number;
  /** Bytes of the record with its line end, so that it can be given back as it was. */
  readonly byteLength: number;
  /** Name of the collection's field, or of the source's where it maps to none. */
  readonly field?: string;
  /** The offending value as the source had it, cut at `MAX_ISSUE_VALUE_LENGTH`; absent for sensitive fields. */
  readonly value?: string;
  /**
   * Canonical texts of the record's key, in the key's order, each cut as `value` is; absent where a part of it is unknown or sensitive, and
   * once retention has removed values.
   */
  readonly key?: readonly string[];
}

export const MAX_ISSUE_VALUE_LENGTH = 200;

/** What each code means, in English, with `{param}` placeholders. The keys are the stable codes. */
export const ISSUE_TEMPLATES = {
  // read: bytes to records
  'record.ragged_short': 'the record has fewer fields ({actual}) than the header ({expected})',
  'record.ragged_long': 'the record has more fields ({actual}) than the header ({expected})',
  'record.bad_encoding': 'the bytes at offset {offset} are not valid {encoding}',
  'record.unclosed_quote':
    'the quote at offset {offset} (line {line}) is not closed before the end of the file or within {limit} bytes (limit: limits.recordBytes)',
  'record.stray_quote': 'there is text after the closing quote of a field',
  'record.too_long': 'the record is longer than {limit} bytes (limit: limits.recordBytes)',
  'record.not_json': 'this is not a JSON object: {reason}',
  'record.no_comma': 'there is no comma between this element and the one before',
  'record.too_deep': 'the JSON is nested deeper than {limit} levels (limit: limits.depth)',
  'record.too_many_fields':
    'with this record, the source has more than {limit} different fields (limit: limits.recordFields)',
  'record.header_again':
    'this line repeats the header and is not a record; probably files were joined (quote a value if it is a record)',
  'record.duplicate_name': 'the name {name} occurs twice in one object',
  'record.guard_unclear':
    'apostrophes added before values may remain, because waybill_guarded cannot be applied: {reason}',
  // cells of a workbook
  'cell.error': 'the cell holds the error of a formula',
  'cell.uncalculated':
    'the cell holds a formula without a value; open the workbook in a spreadsheet program, save it, and send it again',
  'cell.undated': 'the cell is formatted as a date or time, but its number is neither',
  // made of a package: what a record refers to
  'file.missing': 'the file {file} is missing',
  'file.too_long': 'the file {file} is longer than {limit} bytes (limit: limits.recordBytes)',
  'file.bad_encoding': 'the file {file} is not valid UTF-8',
  'file.not_carried': 'the file {file} is not imported',
  'file.kind_not_carried': 'the file {file} has {kind} ({count}), which are not imported',
  'file.unused': 'no article refers to the file {file}, so it is not imported',
  // shape and field rules
  'field.missing': 'a value is required',
  'field.unknown': 'the collection has no such field',
  'field.nul_character': 'the value contains a NUL character, which PostgreSQL cannot store',
  'field.lone_surrogate': 'the value contains half of a surrogate pair, which is not valid text',
  'field.not_text': 'expected text, got {actual}',
  'field.not_integer': 'expected a whole number',
  'field.not_number': 'expected a number',
  'field.not_boolean': 'expected one of {expected}',
  'field.not_date': 'expected a date in the format {expected}',
  'field.not_time': 'expected a time in the format {expected}',
  'field.not_date_time': 'expected a date and time in the format {expected}',
  'field.time_skipped': 'this time does not exist on that day: the clock in {zone} skips it',
  'field.time_repeated': 'this time occurs twice in {zone}: {taken}',
  'field.not_uuid': 'expected a UUID',
  'field.not_json': 'expected JSON: {reason}',
  'field.out_of_range': 'expected a value {expected}',
  'field.too_short': 'expected at least {minimum} characters',
  'field.too_long': 'expected at most {maximum} characters',
  'field.too_precise': 'expected at most {maximum} digits after the decimal mark',
  'field.inexact': 'the column cannot hold this number exactly; the nearest value is {stored}',
  'field.not_multiple': 'expected a multiple of {expected}',
  'field.pattern': 'expected a value that matches {pattern}',
  'field.format': 'expected a valid {format}',
  'field.not_allowed': 'expected one of {expected}',
  'field.schema': 'the value violates the schema: {reason}',
  'field.schema_too_costly':
    'checking the value against its schema takes more than {limit} {unit}, which is the limit',
  'field.not_of_type': 'expected a value of the type {type}: {reason}',
  'field.value_not_mapped': 'the value is not in the value map',
  // judge: the file as a whole, and the target
  'key.duplicate': 'the same key is in record {other} of this file',
  'key.exists': 'a record with this key already exists',
  'key.not_found': 'no record with this key exists',
  'unique.duplicate': 'record {other} of this file has the same value for {constraint}',
  'unique.conflict': 'another record in the target has the same value for {constraint}',
  'exclusion.duplicate':
    'record {other} of this file conflicts with this one under the constraint {constraint}',
  'exclusion.conflict':
    'another record in the target conflicts with this one under the constraint {constraint}',
  'reference.not_found': 'no record of {collection} has this {field}',
  'reference.ambiguous':
    'several records of {collection} have this {field}, so it does not say which one is meant',
  'reference.rejected':
    'the record of this file that has this {field} is rejected, so nothing can refer to it',
  'check.violated': 'the value violates the constraint {constraint} of the table',
  'check.raised': 'an expression of the table ({rule}) raises an error for this record: {reason}',
  'record.too_wide': 'the record is too wide for the table or one of its indexes: {reason}',
  'partition.missing': 'no partition of {table} takes this record',
  // only the database can say this, while writing
  'database.refused': 'the database refused the record: {reason}',
  'database.hidden_row':
    'a record that this job may not see (a row-level policy hides it) has the same value for {constraint}',
  // own code
  'custom.rejected': '{reason}',
  'custom.warning': '{reason}',
} as const satisfies Record<string, string>;

export type IssueCode = keyof typeof ISSUE_TEMPLATES;

/** The issue in words, without its position. Unknown parameters stay as they are. */
export function describeIssue(issue: Pick<Issue, 'code' | 'params'>): string {
  return ISSUE_TEMPLATES[issue.code].replaceAll(/\{(\w+)\}/g, (whole, name: string) => {
    const value = issue.params[name];
    return value === undefined ? whole : showInvisible(String(value));
  });
}

/** What is left of the parameters of codes that quote the record: a text of the database or of own code may, too. */
const NO_REASON: IssueParams = { reason: 'the reason is no longer kept' };
const WITHOUT_QUOTES: ReadonlyMap<IssueCode, IssueParams> = new Map([
  ['database.refused', NO_REASON],
  ['field.not_of_type', NO_REASON],
  ['check.raised', NO_REASON],
  ['custom.rejected', NO_REASON],
  ['custom.warning', NO_REASON],
  ['field.inexact', { stored: 'another' }],
]);

/** What retention leaves of an issue: where it is and what kind, and nothing of the record. */
export function withoutValues<T extends Pick<Issue, 'code' | 'params' | 'value' | 'key'>>(
  issue: T,
): Omit<T, 'value' | 'key'> {
  const { value: _value, key: _key, ...rest } = issue;
  const params = WITHOUT_QUOTES.get(issue.code);
  return params === undefined ? rest : { ...rest, params: { ...issue.params, ...params } };
}

/** Cuts a value for an issue without splitting a surrogate pair; the cut is marked by an ellipsis. */
export function cutIssueValue(value: string): string {
  if (value.length <= MAX_ISSUE_VALUE_LENGTH) return value;
  const cut = value.slice(0, MAX_ISSUE_VALUE_LENGTH);
  return `${cut.isWellFormed() ? cut : cut.slice(0, -1)}…`;
}
