/** All issues of a job, page after page. */
import { demand, type Surroundings } from './ask.ts';
import type { Sabotage } from './sabotage.ts';
import type { SeenJob } from './watch.ts';

export interface SeenIssue {
  readonly part: number;
  readonly record: number;
  readonly severity: string;
  readonly code: string;
}

export async function readIssues(
  { around, sabotage }: { around: Surroundings; sabotage: Sabotage },
  job: SeenJob,
): Promise<readonly SeenIssue[]> {
  const all: SeenIssue[] = [];
  let next: string | undefined = `/v1/jobs/${job.id}/issues?limit=500`;
  while (next !== undefined) {
    const { body } = await demand(around, next);
    const page = body as unknown as { issues: readonly SeenIssue[]; links: { next?: string } };
    all.push(...page.issues);
    next = page.links.next;
  }
  return sabotage.seeIssues(all);
}
