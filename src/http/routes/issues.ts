import type { FastifyInstance } from 'fastify';
import { type IssueQuery, renderIssue } from '../../actions/issues/list-issues.ts';
import { listIssueGroups, listIssues } from '../../actions/issues/read-issues.ts';
import type { Job } from '../../core/job.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { renderArtifact } from '../files/render-artifact.ts';
import { nextLink } from '../next-link.ts';
import { renderTime } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
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
      const { job, groups, isComplete } = await listIssueGroups(callerOf(request), deps, request.params.id);
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
    async (request) => {
      const { params, query, url } = request;
      const asked = { limit: DEFAULT_LIMIT, ...query };
      const { job, files, ...page } = await listIssues(callerOf(request), deps, params.id, asked);
      return {
        ...page,
        links: page.next === undefined ? {} : { next: nextLink(url, 'after', page.next) },
        files: files.map(renderArtifact),
        ...renderRemoval(job),
      };
    },
  );
}

/** Says when retention took the values out; an issue without one may also be of a sensitive field. */
function renderRemoval({ valuesDroppedAt }: Job): { valuesRemovedAt?: string } {
  return valuesDroppedAt === undefined ? {} : { valuesRemovedAt: renderTime(valuesDroppedAt) };
}
