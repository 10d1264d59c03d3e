/** The three forms of a kick-off, one code behind: a description in JSON, a form, or the file itself with its options in the query. */
import { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { type Accepted, nameKeyed } from '../../actions/start-job/idempotency.ts';
import type { KickOff, Origin } from '../../actions/start-job/kick-off.ts';
import { startJob } from '../../actions/start-job/start-job.ts';
import { AppError } from '../../core/errors.ts';
import type { IncomingFile, JobRequest } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { isForm, openBody, openFormFile } from '../receive/incoming-file.ts';
import { callerOf } from '../requests/caller.ts';
import { checkStorable } from '../requests/refuse-unstorable.ts';
import type { FileImportRequest, ImportRequest, PartedImportRequest } from './bodies.ts';
import { parseOrigin } from './origin.ts';
import { parseBody } from './parse-body.ts';
import { type ImportKind, readImport, readImportOfFile } from './read-bodies.ts';

/** The part of a form that is the description of the job. */
export const JOB_PART = 'job';

/** Checks a description as the body of a kick-off is checked. */
export type DescriptionCheck = (value: unknown) => true | { readonly error: AppError };

/** True when the body is the file: a kick-off in another form has no query. */
export function hasOptions(query: unknown): boolean {
  return Object.keys(query as object).length > 0;
}

/** @throws AppError `request.invalid` for options without the file that they are for: the schema would miss a description */
export async function requireFile({ query, body }: FastifyRequest): Promise<void> {
  if (!hasOptions(query) || body instanceof Readable) return;
  throw invalid('The file is missing: when the options are in the query, the body must be the file.');
}

/**
 * Accepts an import or a validation in whichever form it comes.
 *
 * @param check for the description in a form, which the route's schema does not see
 */
export async function acceptRequest(
  deps: HttpDependencies,
  kind: ImportKind,
  request: FastifyRequest,
  check: DescriptionCheck,
): Promise<Accepted> {
  const origin = parseOrigin(request.headers);
  const isFile = request.body instanceof Readable;
  if (!isFile && !hasOptions(request.query)) {
    const body = request.body as ImportRequest | PartedImportRequest;
    const job = readImport(kind, body);
    return startJob(callerOf(request), deps, kickOff(kind, body, job, origin));
  }
  const { description, file } = isForm(request)
    ? await openForm(request, check)
    : openFile(request, deps.settings.uploadBytes);
  try {
    const job = readImportOfFile(kind, description, file);
    return await startJob(callerOf(request), deps, kickOff(kind, description, job, origin));
  } finally {
    file.release();
  }
}

/** @param body what was sent of the job, before it was read */
function kickOff(kind: ImportKind, body: unknown, request: JobRequest, origin: Origin): KickOff {
  const { idempotencyKey, traceparent } = origin;
  return { request, ...omitUndefined({ named: nameKeyed(`${kind}s`, body, idempotencyKey), traceparent }) };
}

interface Opened {
  readonly description: FileImportRequest;
  readonly file: IncomingFile;
}

async function openForm(request: FastifyRequest, check: DescriptionCheck): Promise<Opened> {
  if (hasOptions(request.query)) {
    throw invalid(`A form has its options in the part "${JOB_PART}", not in the query.`);
  }
  const { fields, ...file } = await openFormFile(request, [JOB_PART]);
  try {
    return { description: parseDescription(fields.get(JOB_PART), check), file };
  } catch (error) {
    file.release();
    throw error;
  }
}

function parseDescription(text: string | undefined, check: DescriptionCheck): FileImportRequest {
  if (text === undefined) {
    throw invalid(
      `There is no part "${JOB_PART}" before the file. Send the description of the job first, so that the server knows what the file is for.`,
    );
  }
  const description = parseBody(text, `part "${JOB_PART}" of the form`);
  checkStorable(description, JOB_PART);
  const checked = check(description);
  if (checked !== true) throw checked.error;
  return description as FileImportRequest;
}

function openFile(request: FastifyRequest, maxBytes: number): Opened {
  const { name, ...options } = request.query as Readonly<Record<string, unknown>>;
  if (!hasOptions(options)) {
    throw invalid(
      `The body is a file (${request.headers['content-type'] ?? 'without a content type'}), so its options belong in the query, such as ?collection=people. ` +
        'A description in JSON needs the content type application/json.',
    );
  }
  const named = typeof name === 'string' ? { name } : {};
  return { description: nest(options), file: openBody(request, { ...named, maxBytes }) };
}

/** `dialect.delimiter` becomes a member of `dialect`; `label` is the singular of `labels`. */
function nest({ label, ...options }: Readonly<Record<string, unknown>>): FileImportRequest {
  const groups = Map.groupBy(Object.entries(options), ([name]) =>
    name.includes('.') ? name.slice(0, name.indexOf('.')) : '',
  );
  const plain = groups.get('') ?? [];
  groups.delete('');
  const nested = [...groups].map(([group, members]) => [
    group,
    Object.fromEntries(members.map(([name, value]) => [name.slice(group.length + 1), value])),
  ]);
  return { ...Object.fromEntries([...plain, ...nested]), ...(label !== undefined && { labels: label }) };
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
