import type { Issue } from '../core/issue.ts';
import type { Queryable } from './database.ts';
import { renderJsonb } from './jsonb.ts';

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

/** Replaces the groups of one part; called by the attempt that holds the job, so a repeated finish gives the same. */
export async function saveIssueGroups(
  db: Queryable,
  jobId: string,
  part: number,
  groups: readonly Omit<IssueGroup, 'part'>[],
): Promise<void> {
  await db.query(
    `with gone as (delete from waybill.issue_groups where job_id = $1 and part = $2 and
       (code, field, severity) not in (select g ->> 'code', coalesce(g ->> 'field', ''), g ->> 'severity' from jsonb_array_elements($3::jsonb) g))
     insert into waybill.issue_groups (job_id, part, code, field, severity, count, examples)
     select $1, $2, g ->> 'code', coalesce(g ->> 'field', ''), g ->> 'severity', (g ->> 'count')::bigint, g -> 'examples'
     from jsonb_array_elements($3::jsonb) g
     on conflict (job_id, part, code, field, severity) do update set count = excluded.count, examples = excluded.examples`,
    [jobId, part, renderJsonb(groups)],
  );
}

/** Most frequent first. */
export async function listIssueGroups(db: Queryable, jobId: string): Promise<IssueGroup[]> {
  const result = await db.query<{
    part: number;
    code: Issue['code'];
    field: string;
    severity: Issue['severity'];
    count: string;
    examples: Issue[];
  }>(
    `select part, code, field, severity, count, examples from waybill.issue_groups
     where job_id = $1 order by count desc, part, code, field`,
    [jobId],
  );
  return result.rows.map((row) => ({
    part: row.part,
    code: row.code,
    severity: row.severity,
    count: Number(row.count),
    examples: row.examples,
    ...(row.field !== '' && { field: row.field }),
  }));
}
