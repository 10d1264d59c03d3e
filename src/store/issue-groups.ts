import { type Issue, withoutValues } from '../core/issue.ts';
import type { IssueGroup } from '../core/issue-groups.ts';
import { IS_RECORDING, type RecordingAttempt } from './artifacts.ts';
import type { Queryable } from './database.ts';
import { renderJsonb } from './jsonb.ts';

/** Replaces the groups of one part, so a repeated finish gives the same. Only on behalf of the attempt that the job is in: else nothing. */
export async function saveIssueGroups(
  db: Queryable,
  { jobId, epoch, reporter, part }: RecordingAttempt & { readonly part: number },
  groups: readonly Omit<IssueGroup, 'part'>[],
): Promise<void> {
  await db.query(
    {
      name: 'save_issue_groups',
      text: `with gone as (delete from waybill.issue_groups i using waybill.jobs j where ${IS_RECORDING} and i.job_id = j.id and i.part = $4 and
       (i.code, i.field, i.severity) not in (
         select g ->> 'code', coalesce(g ->> 'field', ''), g ->> 'severity' from jsonb_array_elements($5::jsonb) g))
     insert into waybill.issue_groups (job_id, part, code, field, severity, count, examples)
     select j.id, $4, g ->> 'code', coalesce(g ->> 'field', ''), g ->> 'severity', (g ->> 'count')::bigint, g -> 'examples'
     from waybill.jobs j cross join jsonb_array_elements($5::jsonb) g
     where ${IS_RECORDING}
     on conflict (job_id, part, code, field, severity) do update set count = excluded.count, examples = excluded.examples`,
    },
    [jobId, epoch, reporter ?? null, part, renderJsonb(groups)],
  );
}

/** Takes the values out of the examples of a job that ended more than `keepMs` ago. */
export async function forgetExampleValues(db: Queryable, jobId: string, keepMs: number): Promise<void> {
  const groups = (await listIssueGroups(db, jobId)).map((group) => ({
    ...group,
    examples: group.examples.map(withoutValues),
  }));
  // A retried job may have written new ones since they were read: it is not ended, or has ended just now.
  await db.query(
    `update waybill.issue_groups g set examples = s.examples
     from jsonb_to_recordset($3::jsonb) s (part integer, code text, field text, severity text, examples jsonb), waybill.jobs j
     where j.id = $1 and j.finished_at < clock_timestamp() - $2::float8 * interval '1 millisecond' and g.job_id = j.id
       and (g.part, g.code, g.field, g.severity) = (s.part, s.code, coalesce(s.field, ''), s.severity)`,
    [jobId, keepMs, renderJsonb(groups)],
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
