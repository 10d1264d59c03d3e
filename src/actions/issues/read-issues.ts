/** What was wrong with the records of a job. */
import { AppError } from '../../core/errors.ts';
import type { IssueGroup } from '../../core/issue-groups.ts';
import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import { type Artifact, listArtifacts } from '../../store/artifacts.ts';
import { listIssueGroups as selectIssueGroups } from '../../store/issue-groups.ts';
import { authorize, type Caller } from '../caller.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { getJob } from '../jobs/find-job.ts';
import { findIssues, groupIssues, type IssuePage, type IssueQuery } from './list-issues.ts';

export interface ListedIssues extends IssuePage {
  readonly job: Job;
  /** Those that have all of them, where the job has ended. */
  readonly files: readonly Artifact[];
}

/** In record order, also while the job runs. @throws AppError `job.not_found`, `job.expired`, `request.invalid`, and as `findIssues` */
export async function listIssues(
  caller: Caller,
  deps: ActionDependencies,
  idOrNumber: string,
  query: IssueQuery,
): Promise<ListedIssues> {
  authorize(caller, 'issues.read', { job: idOrNumber });
  const job = await getJob(deps.pool, idOrNumber);
  checkHasIssues(job);
  const page = await findIssues(deps, job, query);
  const artifacts = await listArtifacts(deps.pool, job.id);
  const files = artifacts.filter(({ kind, deletedAt }) => kind === 'issues' && deletedAt === undefined);
  return { job, ...page, files: isFinal(job.state) ? files : [] };
}

export interface ListedGroups {
  readonly job: Job;
  readonly groups: readonly IssueGroup[];
  readonly isComplete: boolean;
}

/** By code and field, most frequent first, also while the job runs. @throws AppError `job.not_found`, and as `groupIssues` */
export async function listIssueGroups(
  caller: Caller,
  deps: ActionDependencies,
  idOrNumber: string,
): Promise<ListedGroups> {
  authorize(caller, 'issues.read', { job: idOrNumber });
  const job = await getJob(deps.pool, idOrNumber);
  return { job, ...(await findGroups(deps, job)) };
}

/** As the job has left them; of one that runs, or was stopped before it could, from its ledger. */
async function findGroups(
  deps: ActionDependencies,
  job: Job,
): Promise<{ readonly groups: readonly IssueGroup[]; readonly isComplete: boolean }> {
  if (job.kind === 'export') return { groups: [], isComplete: true };
  // What an earlier run has left is not what this one finds.
  const stored = isFinal(job.state) ? await selectIssueGroups(deps.pool, job.id) : [];
  const isAll =
    stored.length > 0 || (isFinal(job.state) && hadNone(job)) || job.ledgerDroppedAt !== undefined;
  if (isAll) return { groups: stored, isComplete: true };
  const { groups, hasAll } = await groupIssues(deps, job);
  return { groups, isComplete: hasAll && isFinal(job.state) };
}

/**
 * @throws AppError `request.invalid` for an export; `job.expired` where there were issues and retention has removed them: an empty list
 *   would be a lie
 */
function checkHasIssues(job: Job): void {
  if (job.kind === 'export')
    throw new AppError('request.invalid', `Job ${job.number} is an export, which has no issues.`);
  if (job.ledgerDroppedAt === undefined || hadNone(job)) return;
  const links = { groups: `/v1/jobs/${job.id}/issue-groups`, files: `/v1/jobs/${job.id}/artifacts` };
  throw new AppError(
    'job.expired',
    `The single issues of job ${job.number} were removed with its ledger at ${job.ledgerDroppedAt.toISOString()} (setting: retention.ledger). ` +
      `What is kept of them: groups at ${links.groups}, and the files that are listed at ${links.files}.`,
    { details: links },
  );
}

function hadNone({ parts }: Job): boolean {
  return parts.every(({ counts }) => counts.rejected === 0 && counts.warned === 0);
}
