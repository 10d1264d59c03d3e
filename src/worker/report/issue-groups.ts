import type { Issue } from '../../core/issue.ts';
import type { IssueGroup } from '../../store/issue-groups.ts';

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
