/** Issues as they lie in the ledger: those that the chunk came with, deflated, and those that the database found. */
import { deflateSync, inflateSync } from 'node:zlib';
import type { Issue, IssueCode, IssueParams } from '../../core/issue.ts';
import { cutIssueValue, withoutValues } from '../../core/issue.ts';

/** A finding of the judge or of the row loop, as its JSON is. */
export interface Finding {
  readonly record: number;
  readonly line: number;
  readonly start: number;
  readonly bytes: number;
  /** Absent in ledgers that were written before findings had keys. */
  readonly key?: readonly string[] | null;
  readonly code: IssueCode;
  readonly params: IssueParams;
  readonly field: string | null;
  readonly value: string | null;
}

/** JSON lines, deflated; undefined for none. */
export function packIssues(issues: readonly Issue[]): Buffer | undefined {
  if (issues.length === 0) return undefined;
  return deflateSync(issues.map((issue) => JSON.stringify(issue)).join('\n'), { level: 3 });
}

export function unpackIssues(packed: Uint8Array | null): Issue[] {
  if (packed === null) return [];
  return inflateSync(packed)
    .toString('utf8')
    .split('\n')
    .map((line) => JSON.parse(line) as Issue);
}

/** The same issues with nothing of the records in them. */
export function stripIssues(packed: Uint8Array | null, found: readonly Finding[] | null) {
  return {
    packed: packIssues(unpackIssues(packed).map(withoutValues)) ?? null,
    found:
      found &&
      found.map((finding) => ({
        ...withoutValues({ ...finding, value: '', key: [] }),
        value: null,
        key: null,
      })),
  };
}

/** Both kinds in record order; for one record what the chunk came with is first. */
export function mergeIssues(issues: readonly Issue[], findings: readonly Finding[]): readonly Issue[] {
  if (findings.length === 0) return issues;
  return [...issues, ...findings.map(toIssue)].sort((a, b) => a.record - b.record);
}

function toIssue(finding: Finding): Issue {
  return {
    severity: 'error',
    code: finding.code,
    params: finding.params,
    record: finding.record,
    line: finding.line,
    byteOffset: finding.start,
    byteLength: finding.bytes,
    ...(finding.field === null ? {} : { field: finding.field }),
    ...(finding.value === null ? {} : { value: cutIssueValue(finding.value) }),
    ...(finding.key ? { key: finding.key.map(cutIssueValue) } : {}),
  };
}
