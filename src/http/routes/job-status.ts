import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { awaitStatus, peekStatus, readStatus } from '../../actions/status/read-status.ts';
import { isResting, type ShownJob } from '../../actions/status/shown-job.ts';
import type { Departure } from '../../actions/status/wait-for-status.ts';
import { AppError } from '../../core/errors.ts';
import { isFinal } from '../../core/job-state.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { isKnown } from '../entity-tags.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { callerOf } from '../requests/caller.ts';
import { JOB } from '../schemas/job.ts';
import { answers, answersNothing, IF_NONE_MATCH, JOB_ID_PARAMS } from '../schemas/shared.ts';
import { eventId, JobEvents } from '../status/job-events.ts';
import { parsePreference } from '../status/preference.ts';
import { retryAfterSeconds } from '../status/retry-after.ts';
import { watchDepartures } from '../status/watch-departures.ts';

type JobRequest = FastifyRequest<{ Params: { id: string } }>;

const STATUS_HEADERS = {
  type: 'object',
  properties: {
    ...IF_NONE_MATCH.properties,
    prefer: {
      type: 'string',
      description: `\`wait=N\`: answer when the job changes, or after N seconds (at most ${HTTP_LIMITS.waitSeconds.value}).`,
    },
  },
} as const;

const EVENTS_HEADERS = {
  type: 'object',
  properties: {
    'last-event-id': { type: 'string', description: 'The `id` of the last event that the client has.' },
  },
} as const;

const EVENT_STREAM = {
  'content-type': 'text/event-stream',
  'cache-control': 'no-cache',
  'x-accel-buffering': 'no',
} as const;

const SHOWN_HEADERS = ['etag', 'cache-control', 'retry-after?', 'preference-applied?'] as const;

/** `GET /v1/jobs/:id` and `GET /v1/jobs/:id/events`: how a job stands, asked and told. */
export async function jobStatusRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const own: StatusDependencies = { ...deps, departureOf: watchDepartures(app) };

  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id',
    {
      schema: {
        operationId: 'getJob',
        summary: 'One job',
        description:
          'With `Prefer: wait=N` the answer waits for the next change: from the state that `If-None-Match` names, or else from the current one.',
        params: JOB_ID_PARAMS,
        headers: STATUS_HEADERS,
        errors: ['job.not_found'],
        response: {
          ...answers(200, JOB, { description: 'The job.', headers: SHOWN_HEADERS }),
          ...answersNothing(304, 'The job has not changed.', SHOWN_HEADERS),
        },
      },
    },
    (request, reply) => answerStatus(own, request, reply),
  );

  app.get<{ Params: { id: string } }>(
    '/v1/jobs/:id/events',
    {
      // A HEAD request that is answered as GET would start a stream.
      exposeHeadRoute: false,
      schema: {
        operationId: 'watchJob',
        summary: 'The states of a job as server-sent events',
        description:
          'Each event `job` contains the whole job; the stream ends with the final state. A client that already has that state and connects again gets 204.',
        params: JOB_ID_PARAMS,
        headers: EVENTS_HEADERS,
        errors: ['job.not_found', 'server.busy'],
        response: {
          200: {
            description: 'Events, until the job has ended.',
            headers: ['cache-control', 'x-accel-buffering'],
            content: { 'text/event-stream': { schema: { type: 'string' } } },
          },
          ...answersNothing(204, 'The job has ended, and the client knows how.'),
        },
      },
    },
    (request, reply) => sendEvents(own, request, reply),
  );

  app.head<{ Params: { id: string } }>(
    '/v1/jobs/:id/events',
    { schema: { params: JOB_ID_PARAMS } },
    async (request, reply) => {
      await readStatus(callerOf(request), deps, request.params.id, own.departureOf(reply).gone);
      return reply.headers(EVENT_STREAM).send();
    },
  );
}

interface StatusDependencies extends HttpDependencies {
  readonly departureOf: (reply: FastifyReply) => Departure;
}

/** What is known is told at once: a promise, and a signal that nobody would abort, cost such an answer as much again. */
function answerStatus(
  deps: StatusDependencies,
  request: JobRequest,
  reply: FastifyReply,
): undefined | Promise<FastifyReply> {
  const { waitSeconds } = parsePreference(request.headers['prefer']);
  const shown =
    waitSeconds === undefined ? peekStatus(callerOf(request), deps, request.params.id) : undefined;
  if (shown === undefined) return awaitAndSend(deps, request, reply, waitSeconds);
  sendStatus(shown, undefined, request, reply);
  return undefined;
}

async function awaitAndSend(
  deps: StatusDependencies,
  request: JobRequest,
  reply: FastifyReply,
  waitSeconds: number | undefined,
): Promise<FastifyReply> {
  const known = request.headers['if-none-match'];
  const departure = deps.departureOf(reply);
  const shown =
    waitSeconds === undefined
      ? await readStatus(callerOf(request), deps, request.params.id, departure.gone)
      : await awaitStatus(callerOf(request), deps, request.params.id, isNewerThan(known), {
          waitMs: waitSeconds * 1000,
          ...departure,
        });
  return sendStatus(shown, waitSeconds, request, reply);
}

function sendStatus(
  shown: ShownJob,
  waitSeconds: number | undefined,
  request: JobRequest,
  reply: FastifyReply,
): FastifyReply {
  const known = request.headers['if-none-match'];
  if (waitSeconds !== undefined) void reply.header('preference-applied', `wait=${waitSeconds}`);
  const retryAfter = retryAfterSeconds(shown.job, new Date());
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  void reply.header('etag', shown.etag).header('cache-control', 'no-cache');
  if (isKnown(known, shown.etag)) return reply.code(304).send();
  return reply.type('application/json; charset=utf-8').send(shown.body);
}

/**
 * Another state than the client has; than the first one, if it does not say. Nobody waits for a job that has ended, nor, without saying
 * what they know, for one that is paused.
 */
function isNewerThan(known: string | undefined): (shown: ShownJob) => boolean {
  let first: string | undefined;
  return (shown) => {
    if (known !== undefined) return !isKnown(known, shown.etag) || isFinal(shown.job.state);
    first ??= shown.etag;
    return shown.etag !== first || isResting(shown);
  };
}

async function sendEvents(
  deps: StatusDependencies,
  request: JobRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  if (deps.status.watchers >= HTTP_LIMITS.eventStreams.value) {
    throw new AppError(
      'server.busy',
      `This server has reached its limit of ${HTTP_LIMITS.eventStreams.value} event streams. Poll /v1/jobs/${request.params.id} instead, or try again.`,
      { isRetryable: true },
    );
  }
  const { leaving, gone } = deps.departureOf(reply);
  const shown = await readStatus(callerOf(request), deps, request.params.id, gone);
  const isKnown = request.headers['last-event-id'] === eventId(shown);
  // What tells an EventSource not to connect again.
  if (isKnown && isFinal(shown.job.state)) return reply.code(204).send();
  const events = new JobEvents(deps.status, shown, isKnown);
  leaving.addEventListener('abort', () => events.end(), { once: true });
  if (leaving.aborted) events.end();
  return reply.headers(EVENT_STREAM).send(events);
}
