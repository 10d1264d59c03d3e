/** The full list of issues as files: JSON lines for programs, CSV for spreadsheets, text for people. Capped; the groups count on. */
import { describeIssue, type Issue } from '../../core/issue.ts';
import { createFormulaGuard } from '../../formats/guard-formulas.ts';

export interface IssueFile {
  readonly name: string;
  readonly mediaType: string;
  lines(issues: AsyncIterable<Issue>, cap: number, options: IssueFileOptions): AsyncIterable<string>;
}

export interface IssueFileOptions {
  /** A spreadsheet shall find no formula in it; only CSV has any. */
  readonly isGuarded: boolean;
  /** The source is a workbook, whose issues have a cell. */
  readonly hasCells: boolean;
}

const CSV_COLUMNS = ['record', 'line', 'byte_offset', 'severity', 'code', 'field', 'message', 'value', 'key'];
const CELL_COLUMN = 'cell';

function csvField(value: string | number | undefined): string {
  const text = String(value ?? '');
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A key of several fields as a JSON array: there is no mark that no value has. */
function keyCell(key: Issue['key']): string | undefined {
  return key !== undefined && key.length > 1 ? JSON.stringify(key) : key?.[0];
}

function csvLine(cells: readonly (string | number | undefined)[]): string {
  return `${cells.map(csvField).join(',')}\r\n`;
}

function csvCells(issue: Issue, hasCells: boolean): (string | number | undefined)[] {
  const { record, line, byteOffset, severity, code, field, value, key, cell } = issue;
  const cells = [record, line, byteOffset, severity, code, field, describeIssue(issue), value, keyCell(key)];
  return hasCells ? [...cells, cell] : cells;
}

function csvLines(
  issues: AsyncIterable<Issue>,
  cap: number,
  { isGuarded, hasCells }: IssueFileOptions,
): AsyncIterable<string> {
  const columns = hasCells ? [...CSV_COLUMNS, CELL_COLUMN] : CSV_COLUMNS;
  if (!isGuarded) {
    return render(issues, cap, {
      head: csvLine(columns),
      line: (issue) => csvLine(csvCells(issue, hasCells)),
      capped: '',
    });
  }
  const { header, guard, cell } = createFormulaGuard(columns);
  const line = (issue: Issue) => {
    const cells = csvCells(issue, hasCells).map((value, at) =>
      typeof value === 'string' ? guard(at, value) : value,
    );
    return csvLine([...cells, cell() ?? undefined]);
  };
  return render(issues, cap, { head: csvLine(header), line, capped: '' });
}

function jsonLine(issue: Issue): string {
  return `${JSON.stringify({ ...issue, message: describeIssue(issue) })}\n`;
}

function textLine(issue: Issue): string {
  const field = issue.field === undefined ? '' : ` field "${issue.field}":`;
  const value = issue.value === undefined ? '' : ` (value: ${JSON.stringify(issue.value)})`;
  return `record ${issue.record}, ${issue.cell ?? `line ${issue.line}`}: ${issue.severity}:${field} ${describeIssue(issue)}${value} [${issue.code}]\n`;
}

async function* render(
  issues: AsyncIterable<Issue>,
  cap: number,
  parts: { head: string; line: (issue: Issue) => string; capped: string },
): AsyncIterable<string> {
  if (parts.head !== '') yield parts.head;
  let count = 0;
  for await (const issue of issues) {
    if (count === cap) {
      if (parts.capped !== '') yield parts.capped;
      return;
    }
    count += 1;
    yield parts.line(issue);
  }
}

/** Issues in words, a line for each; behind the cap a line that says so. */
export function issueLines(issues: AsyncIterable<Issue>, cap: number): AsyncIterable<string> {
  return render(issues, cap, {
    head: '',
    line: textLine,
    capped: `The list ends after ${cap} issues (limit: limits.issuesPerJob); the groups of the job count all of them.\n`,
  });
}

export const ISSUE_FILES: readonly IssueFile[] = [
  {
    name: 'issues.jsonl',
    mediaType: 'application/jsonl',
    lines: (issues, cap) => render(issues, cap, { head: '', line: jsonLine, capped: '' }),
  },
  {
    name: 'issues.csv',
    mediaType: 'text/csv; charset=utf-8',
    lines: csvLines,
  },
  {
    name: 'issues.txt',
    mediaType: 'text/plain; charset=utf-8',
    lines: issueLines,
  },
];
