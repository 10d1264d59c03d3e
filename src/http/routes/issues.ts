import type { FastifyInstance } from 'fastify';
import { groupIssues, type IssueQuery, listIssues, renderIssue } from '../../actions/issues/list-issues.ts';
import { getJob } from '../../actions/jobs/find-job.ts';
import { AppError } from '../../core/errors.ts';
import type { IssueGroup } from '../../core/issue-groups.ts';
import type { Job } from '../../core/job.ts';
import { isFinal } from '../../core/job-state.ts';
import { listArtifacts } from '../../store/artifacts.ts';
import { listIssueGroups } from '../../store/issue-groups.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { renderArtifact } from '../files/render-artifact.ts';
import { nextLink } from '../next-link.ts';
import { renderTime } from '../render-job.ts';
import { GROUP_LIST, ISSUE_PAGE, ISSUE_QUERY } from '../schemas/issue.ts';
import { answers, JOB_ID_PARAMS } from '../schemas/shared.ts';

const DEFAULT_LIMIT = 100;

/** What may keep the ledger from being read. */
const LEDGER_ERRORS = [
  'collection.not_found',
  'target.not_found',
  'module.invalid',
  'module.failed',
] as const;

export async function issueRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/issue-groups',
    {
      schema: {
        operationId: 'listIssueGroups',
        errors: ['job.not_found', ...LEDGER_ERRORS],
        summary: 'Issues by code and field, most frequent first, also while the job runs',
        params: JOB_ID_PARAMS,
        response: answers(200, GROUP_LIST, {
          description: 'The groups, each with its first examples.',
        }),
      },
    },
    async (request) => {
      const job = await getJob(deps.pool, request.params.id);
      const { groups, isComplete } = await findGroups(deps, job);
      return {
        groups: groups.map((group) => ({
          ...group,
          examples: group.examples.map((example) => renderIssue(group.part, example)),
        })),
        isComplete,
        ...renderRemoval(job),
      };
    },
  );

  app.get<{ Params: { id: string }; Querystring: Omit<IssueQuery, 'limit'> & { limit?: number } }>(
    '/v1/jobs/:id/issues',
    {
      schema: {
        operationId: 'listIssues',
        errors: ['job.not_found', 'job.expired', ...LEDGER_ERRORS],
        summary: 'Issues in the order of the records, also while the job runs',
        params: JOB_ID_PARAMS,
        querystring: ISSUE_QUERY,
        response: answers(200, ISSUE_PAGE, { description: 'A page of issues.' }),
      },
    },
    async ({ params, query, url }) => {
      const job = await getJob(deps.pool, params.id);
      checkHasIssues(job);
      const page = await listIssues(deps, job, { limit: DEFAULT_LIMIT, ...query });
      const artifacts = await listArtifacts(deps.pool, job.id);
      const files = artifacts.filter(({ kind, deletedAt }) => kind === 'issues' && deletedAt === undefined);
      return {
        ...page,
        links: page.next === undefined ? {} : { next: nextLink(url, 'after', page.next) },
        files: isFinal(job.state) ? files.map(renderArtifact) : [],
        ...renderRemoval(job),
      };
    },
  );
}

/** As the job has left them; of one that runs, or was stopped before it could, from its ledger. */
async function findGroups(
  deps: HttpDependencies,
  job: Job,
): Promise<{ readonly groups: readonly IssueGroup[]; readonly isComplete: boolean }> {
  if (job.kind === 'export') return { groups: [], isComplete: true };
  // What an earlier run has left is not what this one finds.
  const stored = isFinal(job.state) ? await listIssueGroups(deps.pool, job.id) : [];
  const isAll =
    stored.length > 0 || (isFinal(job.state) && hadNone(job)) || job.ledgerDroppedAt !== undefined;
  if (isAll) return { groups: stored, isComplete: true };
  const { groups, hasAll } = await groupIssues(deps, job);
  return { groups, isComplete: hasAll && isFinal(job.state) };
}

/** Says when retention took the values out; an issue without one may also be of a sensitive field. */
function renderRemoval({ valuesDroppedAt }: Job): { valuesRemovedAt?: string } {
  return valuesDroppedAt === undefined ? {} : { valuesRemovedAt: renderTime(valuesDroppedAt) };
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
    `The single issues of job ${job.number} were removed with its ledger at ${renderTime(job.ledgerDroppedAt)} (setting: retention.ledger). ` +
      `What is kept of them: groups at ${links.groups}, and the files that are listed at ${links.files}.`,
    { details: links },
  );
}

function hadNone({ parts }: Job): boolean {
  return parts.every(({ counts }) => counts.rejected === 0 && counts.warned === 0);
}
