import type { FastifyInstance } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { describeIssue, type Issue } from '../../core/issue.ts';
import type { Job } from '../../core/job.ts';
import { listIssueGroups } from '../../store/issue-groups.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { getJob } from '../find-job.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { loadCollection } from '../load-collection.ts';
import { renderTime } from '../render-job.ts';
import { ANYTHING, answers, JOB_ID_PARAMS, listOf, named, objectOf, TIME } from '../schemas/shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;

const ISSUE = named(
  'Issue',
  objectOf(
    {
      part: COUNT,
      record: COUNT,
      line: COUNT,
      byteOffset: COUNT,
      byteLength: COUNT,
      severity: { enum: ['warning', 'error'] },
      code: { type: 'string' },
      params: { ...ANYTHING, description: 'What the code is about; docs/issues.md has both.' },
      field: { type: 'string' },
      value: { type: 'string' },
      message: { type: 'string', description: 'The issue in English, from its code and parameters.' },
    },
    ['field', 'value'],
  ),
);

const GROUP = named(
  'IssueGroup',
  objectOf(
    {
      part: COUNT,
      code: { type: 'string' },
      field: { type: 'string' },
      severity: { enum: ['warning', 'error'] },
      count: COUNT,
      examples: listOf(ISSUE),
    },
    ['field'],
  ),
);

interface IssueQuery {
  readonly after?: string;
  readonly code?: string;
  readonly field?: string;
  readonly severity?: 'warning' | 'error';
  readonly limit?: number;
}

const QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    after: {
      type: 'string',
      pattern: '^[0-9]+(-[0-9]+-[0-9]+)?$',
      description: 'Issues after the record with this number, or the `next` of a page.',
    },
    code: { type: 'string', description: 'With this code.' },
    field: { type: 'string', description: 'On this field.' },
    severity: { enum: ['warning', 'error'], description: 'Of this severity.' },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: HTTP_LIMITS.issuesPerPage.value,
      description: 'Issues in the answer. Default 100.',
    },
  },
} as const;

const DEFAULT_LIMIT = 100;

const VALUES_REMOVED_AT = {
  ...TIME,
  description: 'Since then the issues that were found before have no values of records any more.',
} as const;

const GROUP_LIST = objectOf({ groups: listOf(GROUP), valuesRemovedAt: VALUES_REMOVED_AT }, [
  'valuesRemovedAt',
]);

const ISSUE_PAGE = objectOf(
  {
    issues: listOf(ISSUE),
    next: { type: 'string', description: '`after` of the next page; absent on the last.' },
    valuesRemovedAt: VALUES_REMOVED_AT,
  },
  ['next', 'valuesRemovedAt'],
);

export async function issueRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/issue-groups',
    {
      schema: {
        operationId: 'listIssueGroups',
        errors: ['job.not_found'],
        summary: 'Issues by code and field, most frequent first',
        params: JOB_ID_PARAMS,
        response: answers(200, GROUP_LIST, {
          description: 'The groups, each with its first examples.',
        }),
      },
    },
    async (request) => {
      const job = await getJob(deps.pool, request.params.id);
      const groups = await listIssueGroups(deps.pool, job.id);
      return {
        groups: groups.map((group) => ({
          ...group,
          examples: group.examples.map((example) => renderIssue(group.part, example)),
        })),
        ...renderRemoval(job),
      };
    },
  );

  app.get<{ Params: { id: string }; Querystring: IssueQuery }>(
    '/v1/jobs/:id/issues',
    {
      schema: {
        operationId: 'listIssues',
        errors: [
          'job.not_found',
          'job.expired',
          'collection.not_found',
          'target.not_found',
          'module.invalid',
          'module.failed',
        ],
        summary: 'Issues in the order of the records, also while the job runs',
        params: JOB_ID_PARAMS,
        querystring: QUERY,
        response: answers(200, ISSUE_PAGE, { description: 'A page of issues.' }),
      },
    },
    async (request) => {
      const job = await getJob(deps.pool, request.params.id);
      checkKept(job);
      return { ...(await listIssues(deps, job, request.query)), ...renderRemoval(job) };
    },
  );
}

/** Says when retention took the values out; an issue without one may also be of a sensitive field. */
function renderRemoval({ valuesDroppedAt }: Job): { valuesRemovedAt?: string } {
  return valuesDroppedAt === undefined ? {} : { valuesRemovedAt: renderTime(valuesDroppedAt) };
}

/** @throws AppError `job.expired` where there were issues and retention has removed them: an empty list would be a lie */
function checkKept(job: Job): void {
  const hadNone = job.parts.every(({ counts }) => counts.rejected === 0 && counts.warned === 0);
  if (job.ledgerDroppedAt === undefined || hadNone) return;
  const links = { groups: `/v1/jobs/${job.id}/issue-groups`, files: `/v1/jobs/${job.id}/artifacts` };
  throw new AppError(
    'job.expired',
    `The single issues of job ${job.number} were removed with its ledger at ${renderTime(job.ledgerDroppedAt)} (setting: retention.ledger). ` +
      `What is kept of them: groups at ${links.groups}, and the files that are listed at ${links.files}.`,
    { details: links },
  );
}

/** Where a page starts: behind a record, in the chunks after one that was read to its end. */
interface Cursor {
  readonly part: number;
  readonly afterChunk?: number;
  readonly afterRecord: number;
}

function parseCursor(after: string | undefined): Cursor {
  const [first = '0', chunk, record] = (after ?? '0').split('-');
  if (chunk === undefined) return { part: 0, afterRecord: Number(first) };
  // Chunks count from 0; `0` in a cursor stands for "before the first".
  const afterChunk = Number(chunk) - 1;
  return { part: Number(first), afterRecord: Number(record), ...(afterChunk >= 0 && { afterChunk }) };
}

async function listIssues(deps: HttpDependencies, job: Job, query: IssueQuery): Promise<object> {
  if (job.kind === 'export')
    throw new AppError('request.invalid', `Job ${job.number} is an export, which has no issues.`);
  const limit = query.limit ?? DEFAULT_LIMIT;
  const cursor = parseCursor(query.after);
  const issues: object[] = [];
  for (const part of job.parts.filter((one) => one.part >= cursor.part)) {
    const { collection } = await loadCollection(deps.pool, part.collection, part.collectionVersion);
    const isFirst = part.part === cursor.part;
    const afterRecord = isFirst ? cursor.afterRecord : 0;
    const afterChunk = isFirst ? cursor.afterChunk : undefined;
    const segments = deps.targets.issueSegments({
      collection,
      jobId: job.id,
      part: part.part,
      ...(afterChunk !== undefined && { afterChunk }),
    });
    let lastRecord = 0;
    for await (const segment of segments) {
      for (const issue of segment.issues) {
        if (issue.record <= afterRecord || !matches(issue, query)) continue;
        // A page ends between two records, so that one number says where the next begins.
        if (issues.length >= limit && issue.record !== lastRecord) {
          return { issues, next: `${part.part}-${segment.chunk}-${lastRecord}` };
        }
        issues.push(renderIssue(part.part, issue));
        lastRecord = issue.record;
      }
    }
  }
  return { issues };
}

function matches(issue: Issue, query: IssueQuery): boolean {
  return (
    (query.code === undefined || issue.code === query.code) &&
    (query.field === undefined || issue.field === query.field) &&
    (query.severity === undefined || issue.severity === query.severity)
  );
}

function renderIssue(part: number, issue: Issue): object {
  return { part, ...issue, message: describeIssue(issue) };
}
