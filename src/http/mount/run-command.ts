/** Carries out what a protocol asks for, on the same jobs and in the same ways as the native API. */
import { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { intend } from '../../actions/jobs/intend.ts';
import { readHealth } from '../../actions/server/read-health.ts';
import { startJob as startAnyJob } from '../../actions/start-job/start-job.ts';
import { peekStatus, readStatus } from '../../actions/status/read-status.ts';
import type { Departure } from '../../actions/status/wait-for-status.ts';
import { discardUploads } from '../../actions/uploads/discard-upload.ts';
import { splitFile } from '../../actions/uploads/split-file.ts';
import { AppError } from '../../core/errors.ts';
import type { Job, JobKind } from '../../core/job.ts';
import type { Command, JobName } from '../../protocols/protocol.ts';
import type { WireRequest } from '../../protocols/wire.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { parseOrigin } from '../kick-off/origin.ts';
import { callerOf } from '../requests/caller.ts';
import { sendAnswer } from './send-answer.ts';
import { sendDownload } from './send-download.ts';

export interface Running {
  readonly protocol: string;
  readonly wire: WireRequest;
  readonly request: FastifyRequest;
  readonly reply: FastifyReply;
  readonly departure: Departure;
}

/** @throws AppError, which the protocol puts into its own words */
export async function runCommand(
  deps: HttpDependencies,
  command: Command,
  running: Running,
): Promise<FastifyReply> {
  const { reply } = running;
  switch (command.do) {
    case 'answer':
      return sendAnswer(reply, command.answer);
    case 'start': {
      const job = await startJob(deps, command, running);
      return sendAnswer(reply, command.answer(job));
    }
    case 'split':
      return startSplit(deps, command, running);
    case 'show':
      return sendAnswer(reply, command.answer(await readJob(deps, command, running)));
    case 'cancel': {
      const job = await readJob(deps, command, running);
      command.check?.(job);
      const cancelled = await intend(callerOf(running.request), deps, 'cancel', job.id);
      return sendAnswer(reply, command.answer(cancelled.job));
    }
    case 'health':
      return sendAnswer(reply, command.answer(await readHealth(callerOf(running.request), deps)));
    case 'download': {
      const job = await readJob(deps, command, running);
      return sendDownload(deps, running.request, reply, { job, download: command.file(job) });
    }
  }
}

async function startSplit(
  deps: HttpDependencies,
  command: Extract<Command, { do: 'split' }>,
  running: Running,
): Promise<FastifyReply> {
  const split = await whileSilent(running, () => splitFile(callerOf(running.request), deps, command));
  try {
    return await runCommand(deps, command.next(split), running);
  } catch (error) {
    await discardUploads(
      deps,
      split.parts.map(({ upload }) => upload),
    );
    throw error;
  }
}

/** A large document is taken apart for longer than a connection may be silent, and meanwhile the silence is ours, not the client's. */
async function whileSilent<T>({ request }: Running, work: () => Promise<T>): Promise<T> {
  const { socket } = request.raw;
  // What is injected comes over no connection.
  if (!(socket instanceof Socket)) return work();
  const limitMs = socket.timeout ?? 0;
  socket.setTimeout(0);
  try {
    return await work();
  } finally {
    socket.setTimeout(limitMs);
  }
}

async function startJob(
  deps: HttpDependencies,
  command: Extract<Command, { do: 'start' }>,
  { protocol, wire, request }: Running,
): Promise<Job> {
  if (request.method === 'HEAD') {
    throw new AppError('request.method_not_allowed', 'HEAD does not start a job. Use the documented method.');
  }
  const { traceparent } = parseOrigin(request.headers);
  const { job } = await startAnyJob(callerOf(request), deps, {
    id: wire.id,
    protocol,
    request: command.job,
    ...(traceparent !== undefined && { traceparent }),
  });
  await deps.status.settle([job]);
  return job;
}

async function readJob(
  deps: HttpDependencies,
  { job: name, kinds }: { readonly job: JobName; readonly kinds: readonly JobKind[] },
  { request, departure }: Running,
): Promise<Job> {
  const id = nameOf(name);
  const caller = callerOf(request);
  const { job } = peekStatus(caller, deps, id) ?? (await readStatus(caller, deps, id, departure.gone));
  if (kinds.includes(job.kind)) return deps.seenAs?.(job, request) ?? job;
  throw notFound(id);
}

/** UUIDs come in upper case and without dashes, too. */
function nameOf(name: JobName): string {
  if ('number' in name) return String(name.number);
  const digits = name.id.replaceAll('-', '').toLowerCase();
  if (!/^[0-9a-f]{32}$/.test(digits)) throw notFound(name.id);
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function notFound(name: string): AppError {
  return new AppError('job.not_found', `There is no job ${name}.`, { details: { job: name } });
}
