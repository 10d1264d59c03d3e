import type { Issue } from './issue.ts';

/** Issues of one part with the same code, field and severity. */
export interface IssueGroup {
  readonly part: number;
  readonly code: Issue['code'];
  readonly field?: string;
  readonly severity: Issue['severity'];
  readonly count: number;
  /** The first few. */
  readonly examples: readonly Issue[];
}

const EXAMPLES = 5;

export interface IssueGrouper {
  add(issue: Issue): void;
  groups(): Omit<IssueGroup, 'part'>[];
}

/** Groups issues by code, field and severity, with the first few as examples: bounded whatever the number of issues. */
export function createIssueGrouper(): IssueGrouper {
  const groups = new Map<string, { first: Issue; count: number; examples: Issue[] }>();
  return {
    add(issue) {
      const key = `${issue.severity}\0${issue.code}\0${issue.field ?? ''}`;
      const group = groups.get(key);
      if (group === undefined) {
        groups.set(key, { first: issue, count: 1, examples: [issue] });
        return;
      }
      group.count += 1;
      if (group.examples.length < EXAMPLES) group.examples.push(issue);
    },
    groups: () =>
      [...groups.values()].map(({ first, count, examples }) => ({
        code: first.code,
        severity: first.severity,
        count,
        examples,
        ...(first.field !== undefined && { field: first.field }),
      })),
  };
}
