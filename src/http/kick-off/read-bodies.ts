/** What the native API is sent, as requests for jobs: the same whether it comes as JSON, in a form or in a query. */

import { givenExportOptions } from '../../actions/start-job/options.ts';
import { renderDialect } from '../../actions/start-job/requested-dialect.ts';
import { AppError } from '../../core/errors.ts';
import { givenImportOptions } from '../../core/import-options.ts';
import type { IncomingFile, JobRequest, PartRequest, RequestedSource } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type {
  ExportRequest,
  FileImportRequest,
  ImportRequest,
  JobDescription,
  PartedExportRequest,
  PartedImportRequest,
} from './bodies.ts';

/** They differ in their kind alone, so that their verdicts cannot differ. */
export type ImportKind = 'import' | 'validation';

/** @throws AppError `request.invalid` for members that contradict each other, `source.unsupported` for an address of the web */
export function readImport(kind: ImportKind, body: ImportRequest | PartedImportRequest): JobRequest {
  const shared = { kind, options: givenImportOptions(body), ...readDescription(body) };
  if ('parts' in body) {
    refuseBesideParts(body, ['collection', 'source', 'scope', 'mapping', 'dialect']);
    return { ...shared, parts: body.parts.map((part) => readPart(part, part.source)) };
  }
  const { source } = body;
  if ('url' in source) {
    throw new AppError(
      'source.unsupported',
      'A source cannot be fetched from a URL yet. Send the file itself, to /v1/uploads or with the kick-off.',
    );
  }
  return { ...shared, parts: [readPart(body, source)] };
}

/** The same of a file that comes with the request. @throws AppError `request.invalid` */
export function readImportOfFile(kind: ImportKind, body: FileImportRequest, file: IncomingFile): JobRequest {
  return {
    kind,
    options: givenImportOptions(body),
    ...readDescription(body),
    parts: [readPart(body, { file })],
  };
}

/** @throws AppError `request.invalid` */
export function readExport(body: ExportRequest | PartedExportRequest): JobRequest {
  const shared = {
    kind: 'export' as const,
    ...readDescription(body),
    ...omitUndefined({ destination: body.destination }),
  };
  if ('parts' in body) {
    refuseBesideParts(body, ['collection', 'scope', 'fields', 'filter', 'order']);
    return { ...shared, options: givenExportOptions(body), parts: body.parts };
  }
  const { collection, scope } = body;
  return {
    ...shared,
    options: givenExportOptions(body),
    parts: [{ collection, ...omitUndefined({ scope }) }],
  };
}

function readPart(
  {
    collection,
    scope,
    dialect,
    mapping,
  }: Pick<FileImportRequest, 'collection' | 'scope' | 'dialect' | 'mapping'>,
  source: RequestedSource,
): PartRequest {
  return { source, ...omitUndefined({ collection, scope, dialect: renderDialect(dialect), mapping }) };
}

/** @throws AppError `request.invalid` for members that each part has for itself */
function refuseBesideParts(request: object, members: readonly string[]): void {
  const [given] = members.filter((member) => member in request);
  if (given === undefined) return;
  throw new AppError(
    'request.invalid',
    `The request has "parts", so "${given}" belongs in each of the parts, if it is needed there.`,
  );
}

/** What every kick-off may say of its job. @throws AppError `request.invalid` when the job would have to stop before it starts */
function readDescription(body: Omit<JobDescription, 'scope'>): Omit<JobRequest, 'kind' | 'parts'> {
  const { description, labels, metadata, createdBy, priority, after: afterJob, log, notify } = body;
  const startAt = body.startAt === undefined ? undefined : new Date(body.startAt);
  const stopAt = body.stopAt === undefined ? undefined : new Date(body.stopAt);
  if (stopAt !== undefined && stopAt <= (startAt ?? new Date())) {
    throw new AppError(
      'request.invalid',
      `stopAt (${stopAt.toISOString()}) must be later than the start of the job.`,
    );
  }
  const given = { description, labels, metadata, createdBy, priority };
  return omitUndefined({ ...given, startAt, stopAt, afterJob, log, notify });
}
