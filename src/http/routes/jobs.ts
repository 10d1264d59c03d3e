import type { FastifyInstance } from 'fastify';
import { INTENTION_NAMES, intend } from '../../actions/jobs/intend.ts';
import { listJobs } from '../../actions/jobs/list-jobs.ts';
import { readTimeline } from '../../actions/jobs/read-timeline.ts';
import { JOB_KINDS, type JobKind } from '../../core/job.ts';
import { JOB_STATES, type JobState } from '../../core/job-state.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { nextLink } from '../next-link.ts';
import { renderJob, renderTime } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
import { JOB } from '../schemas/job.ts';
import {
  ANYTHING,
  answers,
  JOB_ID_PARAMS,
  listOf,
  named,
  objectOf,
  PAGE_LINKS,
  TIME,
} from '../schemas/shared.ts';

interface JobListQuery {
  readonly state?: JobState[];
  readonly kind?: JobKind;
  readonly collection?: string;
  readonly label?: string;
  readonly createdBy?: string;
  readonly parentId?: string;
  readonly since?: string;
  readonly before?: number;
  readonly limit?: number;
}

const LIST_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    state: { type: 'array', items: { enum: JOB_STATES }, description: 'In one of these states.' },
    kind: { enum: JOB_KINDS, description: 'Of this kind.' },
    collection: { type: 'string', description: 'On this collection.' },
    label: { type: 'string', description: 'With this label.' },
    createdBy: { type: 'string', description: 'Started by this client.' },
    parentId: { type: 'string', format: 'uuid', description: 'Corrections of this job.' },
    since: { ...TIME, description: 'Accepted at this time or later.' },
    before: {
      type: 'integer',
      minimum: 1,
      description: 'Only jobs before this number: the `next` of a page.',
    },
    limit: {
      type: 'integer',
      minimum: 1,
      maximum: HTTP_LIMITS.jobsPerPage.value,
      description: 'Jobs in the answer. Default 50.',
    },
  },
} as const;

const DEFAULT_LIMIT = 50;

const JOB_PAGE = objectOf(
  {
    jobs: listOf(JOB),
    next: { type: 'integer', description: '`before` of the next page; absent on the last.' },
    links: PAGE_LINKS,
  },
  ['next'],
);

const TIMELINE = named(
  'Timeline',
  objectOf({
    entries: listOf(
      objectOf(
        {
          at: TIME,
          event: { type: 'string' },
          from: { enum: JOB_STATES },
          to: { enum: JOB_STATES },
          attempt: { type: 'integer' },
          detail: ANYTHING,
        },
        ['from', 'to'],
      ),
    ),
  }),
);

export async function jobRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Querystring: JobListQuery }>(
    '/v1/jobs',
    {
      schema: {
        operationId: 'listJobs',
        summary: 'List jobs, newest first',
        querystring: LIST_QUERY,
        response: answers(200, JOB_PAGE, { description: 'A page of jobs.' }),
      },
    },
    async (request) => {
      const { query, url } = request;
      const { before, since, limit = DEFAULT_LIMIT, ...filters } = query;
      const page = await listJobs(callerOf(request), deps, {
        ...omitUndefined({
          ...filters,
          beforeNumber: before,
          since: since === undefined ? undefined : new Date(since),
        }),
        limit,
      });
      const next = page.last?.number;
      return {
        jobs: page.items.map((job) => renderJob(job)),
        ...(next !== undefined && { next }),
        links: next === undefined ? {} : { next: nextLink(url, 'before', next) },
      };
    },
  );

  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/timeline',
    {
      schema: {
        operationId: 'getTimeline',
        errors: ['job.not_found'],
        summary: 'What happened to a job, and when',
        params: JOB_ID_PARAMS,
        response: answers(200, TIMELINE, { description: 'Oldest first.' }),
      },
    },
    async (request) => {
      const entries = await readTimeline(callerOf(request), deps, request.params.id);
      return {
        entries: entries.map(({ at, epoch, ...entry }) => ({ at: renderTime(at), attempt: epoch, ...entry })),
      };
    },
  );

  for (const verb of INTENTION_NAMES) {
    app.post<{ Params: { id: string } }>(
      `/v1/jobs/:id/${verb}`,
      {
        schema: {
          operationId: `${verb}Job`,
          summary: `Ask a job to ${verb}`,
          params: JOB_ID_PARAMS,
          errors: ['job.not_found', 'job.invalid_transition', 'job.expired', 'job.too_many_running'],
          response: answers(200, JOB, { description: 'The job as it is now.' }),
        },
      },
      async (request) => {
        const { job, surroundings } = await intend(callerOf(request), deps, verb, request.params.id);
        return renderJob(job, surroundings);
      },
    );
  }
}
