/**
 * What was found out about a record before it became one: whoever makes a file of records out of something else (a package, a folder) says it
 * in a member of the record, and the reader takes it out again as problems of the record. What is about no record stands on a line of its own,
 * behind them.
 */
import { ISSUE_TEMPLATES, type IssueCode, type IssueParams, type IssueSeverity } from '../core/issue.ts';
import type { Format, ReadOptions, RecordProblem, RecordReader, SourceRecord } from './format.ts';

/** The member: a JSON array of findings; in a remark, the finding itself. */
export const FINDINGS_FIELD = 'waybill_findings';

export interface Finding {
  readonly severity: IssueSeverity;
  readonly code: IssueCode;
  readonly params: IssueParams;
  /** Name of the record's field that it is about. */
  readonly field?: string;
}

export type Remark = Pick<Finding, 'code' | 'params'>;

/** A line of JSON: a warning that is about none of the records. */
export function renderRemark({ code, params }: Remark): string {
  const finding: Finding = { severity: 'warning', code, params };
  return `${JSON.stringify({ [FINDINGS_FIELD]: finding })}\n`;
}

/** A reader of the format that gives findings as problems. */
export function createFindingsReader(
  createReader: Format['createReader'],
  { wanted, ...options }: ReadOptions,
): RecordReader {
  const reader = createReader({ ...options, ...(wanted && { wanted: [...wanted, FINDINGS_FIELD] }) });
  const take = (record: SourceRecord) => takeFindings(record, reader.fields);
  return {
    fields: reader.fields,
    push: (bytes) => reader.push(bytes).map(take),
    end: () => reader.end().map(take),
  };
}

function takeFindings(record: SourceRecord, fields: readonly string[]): SourceRecord {
  const position = fields.indexOf(FINDINGS_FIELD);
  const value = record.values[position];
  if (typeof value !== 'object' || value === null) return record;
  const said = JSON.parse(value.text) as Finding | readonly Finding[];
  const isRemark = value.kind === 'object';
  const problems = [said].flat().map((finding) => asProblem(finding, fields));
  return {
    ...record,
    values: record.values.with(position, undefined),
    problems: [...(record.problems ?? []), ...problems],
    ...(isRemark && { isRemark }),
  };
}

function asProblem({ severity, code, params, field }: Finding, fields: readonly string[]): RecordProblem {
  if (!Object.hasOwn(ISSUE_TEMPLATES, code)) throw new Error(`a finding has the code ${code}`);
  return {
    code,
    params,
    isFatal: false,
    ...(severity === 'warning' && { severity }),
    ...(field !== undefined && { fieldIndex: fields.indexOf(field) }),
  };
}
