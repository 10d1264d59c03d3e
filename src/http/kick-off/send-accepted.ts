import type { FastifyReply, FastifyRequest } from 'fastify';
import { findSurroundings } from '../../actions/jobs/find-job.ts';
import type { Accepted } from '../../actions/start-job/idempotency.ts';
import { awaitStatus } from '../../actions/status/read-status.ts';
import type { Departure } from '../../actions/status/wait-for-status.ts';
import { isFinal } from '../../core/job-state.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { jobEtag, renderJob } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
import { parsePreference } from '../status/preference.ts';
import { retryAfterSeconds } from '../status/retry-after.ts';

/** Answers a kick-off: 202 with the job; 200 if the client was ready to wait for its end (`Prefer: wait=N`) and it came. */
export async function sendAccepted(
  deps: HttpDependencies & { readonly departureOf: (reply: FastifyReply) => Departure },
  request: FastifyRequest,
  reply: FastifyReply,
  accepted: Accepted,
): Promise<FastifyReply> {
  const { waitSeconds } = parsePreference(request.headers['prefer']);
  let { job } = accepted;
  if (waitSeconds === undefined) {
    // The same idempotency key may have brought a job that is older.
    await deps.status.settle([job]);
  } else {
    void reply.header('preference-applied', `wait=${waitSeconds}`);
    const wait = { waitMs: waitSeconds * 1000, ...deps.departureOf(reply) };
    const waited = awaitStatus(callerOf(request), deps, job.id, (shown) => isFinal(shown.job.state), wait);
    // Whatever keeps its status from being read, the job was accepted, and the client has to be told.
    ({ job } = await waited.catch(() => accepted));
  }
  const surroundings = { ...accepted.surroundings, ...(await findSurroundings(deps.pool, job)) };
  const retryAfter = retryAfterSeconds(job, new Date());
  if (retryAfter !== undefined) void reply.header('retry-after', retryAfter);
  return reply
    .code(isFinal(job.state) && waitSeconds !== undefined ? 200 : 202)
    .header('location', `/v1/jobs/${job.id}`)
    .header('etag', jobEtag(job, surroundings))
    .send(renderJob(job, surroundings));
}
