/** A job that a dialect asks for, held against the collections that are there, and created. */
import { randomUUID } from 'node:crypto';
import type { Collection } from '../../collections/collection.ts';
import type { Mapping } from '../../collections/mapping.ts';
import { parseMapping } from '../../collections/parse-mapping.ts';
import { AppError, isAppError } from '../../core/errors.ts';
import type { ExportOptions, ImportOptions, Job } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { JobRequest, PartRequest } from '../../dialects/job-request.ts';
import { inTransaction } from '../../store/database.ts';
import type { NewJob, NewPart } from '../../store/jobs/create-job.ts';
import { authorize, type Caller } from '../caller.ts';
import { loadCollection } from '../collections/load-collection.ts';
import type { ActionDependencies } from '../dependencies.ts';
import { acceptJobWithin, acceptNotify, checkLocations, exclusiveKeyOf } from './accept-job.ts';
import { acceptExportOptions, acceptScope, importOptions, sharedImportOptions } from './options.ts';
import { parseFilter } from './parse-filter.ts';
import { acceptResultOptions } from './result-options.ts';

export interface DialectJob {
  readonly id: string;
  readonly dialect: string;
  readonly request: JobRequest;
  readonly traceparent?: string;
}

interface AcceptedPart {
  readonly part: NewPart;
  readonly collection: Collection;
}

/**
 * @throws AppError `config.invalid` when the binding does not fit the collections, `job.too_many_running`, `request.invalid` for values
 * that the fields do not take and for an address to tell that is none, `outgoing.refused_address`,
 * `source.unknown_location`, `destination.unknown_location`
 */
export async function startRequestedJob(
  caller: Caller,
  deps: ActionDependencies,
  asked: DialectJob,
): Promise<Job> {
  const { kind, parts } = asked.request;
  authorize(caller, 'jobs.start', { kind, collections: parts.map(({ collection }) => collection) });
  const { after } = asked.request;
  const first = after && (await prepareJob(deps, { ...asked, id: randomUUID(), request: after }));
  const prepared = await prepareJob(deps, asked);
  // Both or neither: nobody would be told of the first one alone.
  return inTransaction(deps.pool, async (db) => {
    if (first !== undefined) await acceptJobWithin(db, deps, first);
    const { job } = await acceptJobWithin(db, deps, { ...prepared, ...(first && { afterJob: first.id }) });
    return job;
  });
}

async function prepareJob(deps: ActionDependencies, asked: DialectJob): Promise<NewJob & { id: string }> {
  const { request } = asked;
  const parts = await Promise.all(request.parts.map((part) => acceptPart(deps, part, request)));
  const collections = parts.map(({ collection }) => collection);
  const options = acceptOptions(request, collections);
  const isWriting = request.kind === 'import' && !(options as ImportOptions).allowConcurrent;
  const job = {
    id: asked.id,
    kind: request.kind,
    options,
    parts: parts.map(({ part }) => part),
    origin: { dialect: asked.dialect, facts: request.facts },
    exclusiveKeys: [
      ...(isWriting ? parts.map(({ part }) => exclusiveKeyOf(part.collection, part.scope)) : []),
      ...(request.exclusiveKey === undefined ? [] : [request.exclusiveKey]),
    ],
    ...omitUndefined({
      description: request.description,
      destination: request.destination,
      log: request.log,
      startAt: request.startAt,
      stopAt: request.stopAt,
      slot: request.slot,
      notify: request.notify && acceptNotify(deps.outgoing, request.notify),
      traceparent: asked.traceparent,
    }),
  };
  checkLocations(deps.locations, job);
  return job;
}

async function acceptPart(
  { pool }: ActionDependencies,
  asked: PartRequest,
  { options }: JobRequest,
): Promise<AcceptedPart> {
  const { part, collection } = await bindPart(pool, asked, options);
  const filter = asked.filter && parseFilter(asked.filter, collection.fields);
  return { part: { ...part, ...(filter && { filter }) }, collection };
}

/** @throws AppError `config.invalid` */
async function bindPart(
  pool: ActionDependencies['pool'],
  asked: PartRequest,
  options: JobRequest['options'],
): Promise<AcceptedPart> {
  try {
    const { stored, collection } = await loadCollection(pool, asked.collection);
    const names = new Set(collection.fields.map(({ name }) => name));
    const ofAll = options !== undefined && 'fields' in options ? options.fields : undefined;
    const fields = asked.fields ?? ofAll ?? [];
    const missing = fields.filter((field) => !names.has(field));
    if (missing.length > 0) {
      throw misfit(`Collection "${asked.collection}" has no field ${missing.join(', ')}`);
    }
    const part = {
      collection: stored.name,
      collectionVersion: stored.version,
      scope: acceptScope(asked.scope, collection),
      ...omitUndefined({
        fields: asked.fields,
        source: asked.source,
        mapping: asked.sourceNames && mappingOf(asked.sourceNames, collection),
      }),
    };
    return { part, collection };
  } catch (error) {
    if (isAppError(error, 'collection.not_found') || isAppError(error, 'request.invalid')) {
      throw misfit(error.message);
    }
    throw error;
  }
}

function mappingOf(sourceNames: Readonly<Record<string, string>>, collection: Collection): Mapping {
  const fields = Object.entries(sourceNames).map(([field, source]) => ({ field, source }));
  return parseMapping({ fields }, collection);
}

/** What the configuration says is not what is there: no fault of the client. */
function misfit(problem: string): AppError {
  return new AppError('config.invalid', `The binding of the dialect does not fit: ${problem}`);
}

/** Without parts, where a request chose nothing that is there, a job does nothing and succeeds. */
function acceptOptions(
  { kind, options = {} }: JobRequest,
  collections: readonly Collection[],
): ImportOptions | ExportOptions {
  const [first] = collections;
  if (kind !== 'export') {
    const given = options as Partial<ImportOptions>;
    return first === undefined ? importOptions(given, 'upsert') : sharedImportOptions(given, collections);
  }
  const given = options as Partial<ExportOptions>;
  return first === undefined
    ? acceptResultOptions(given, [])
    : acceptExportOptions({ collection: first.name, ...given }, first);
}
