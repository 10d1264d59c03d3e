/** Options of jobs as they are accepted: the one place where defaults are applied and options are checked against the collection. */
import type { Collection } from '../../collections/collection.ts';
import { didYouMean } from '../../core/did-you-mean.ts';
import { AppError } from '../../core/errors.ts';
import { fillImportOptions, type ImportMode, type ImportOptions } from '../../core/import-options.ts';
import type { ExportOptions } from '../../core/job.ts';
import type { RequestedExportOptions } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { parseFilter } from './parse-filter.ts';
import { acceptResultOptions } from './result-options.ts';

/** What a mode does to records, in words of a message. */
const DONE: Readonly<Record<ImportMode, string>> = {
  insert: 'inserted',
  update: 'updated',
  upsert: 'upserted',
  delete: 'deleted',
  replace: 'replaced',
};

/** @throws AppError `request.invalid` when the mode needs a key that the collection lacks */
export function acceptImportOptions(request: Partial<ImportOptions>, collection: Collection): ImportOptions {
  const hasKey = collection.key.length > 0 || collection.keyIndex !== undefined;
  const mode = request.mode ?? (hasKey ? 'upsert' : 'insert');
  if (mode !== 'insert' && !hasKey) {
    throw invalid(
      `Collection "${collection.name}" has no key, so records can only be inserted, not ${DONE[mode]}.`,
    );
  }
  return fillImportOptions({ ...request, mode });
}

/** Names of export options in a request. */
const EXPORT_OPTION_NAMES = [
  'fields',
  'filter',
  'order',
  'format',
  'compression',
  'delimiter',
  'header',
  'headerLabels',
  'encoding',
  'fileName',
  'splitRecords',
  'splitBytes',
  'guardFormulas',
] as const satisfies readonly (keyof ExportOptions)[];

/** The export options among the members of a request. */
export function givenExportOptions(request: RequestedExportOptions): RequestedExportOptions {
  return Object.fromEntries(
    EXPORT_OPTION_NAMES.flatMap((name) => (request[name] === undefined ? [] : [[name, request[name]]])),
  );
}

/** Options for all parts of a job; the mode is `upsert` by default only where each collection has a key. @throws AppError as above */
export function sharedImportOptions(
  request: Partial<ImportOptions>,
  collections: readonly Collection[],
): ImportOptions {
  const [first, ...others] = collections.map((collection) => acceptImportOptions(request, collection));
  if (first === undefined) throw invalid('The request has no parts.');
  const keyless = others.find(({ mode }) => mode !== first.mode);
  return first.mode === 'insert' || keyless === undefined ? first : keyless;
}

/** @throws AppError `request.invalid` for fields that the collection lacks */
export function acceptExportOptions(
  request: RequestedExportOptions & { readonly collection: string },
  collection: Collection,
): ExportOptions {
  const names = collection.fields.map((field) => field.name);
  const { fields, order } = request;
  for (const name of [...(fields ?? []), ...(order ?? []).map((entry) => entry.field)]) {
    if (names.includes(name)) continue;
    throw invalid(`Collection "${collection.name}" has no field "${name}"${didYouMean(name, names)}.`);
  }
  const direction = 'asc' as const;
  return {
    ...acceptResultOptions(request, names),
    ...omitUndefined({
      fields,
      filter: request.filter === undefined ? undefined : parseFilter(request.filter, collection.fields),
      order: order?.map((entry) => ({ direction, ...entry })),
    }),
  };
}

/**
 * A scope's columns are not fields, so what type their values must have only the target's catalogue knows: the job says it.
 *
 * @throws AppError `request.invalid` unless the scope names exactly the collection's scope columns
 */
export function acceptScope(
  given: Readonly<Record<string, string>> | undefined,
  collection: Collection,
): Readonly<Record<string, string>> {
  const scope = given ?? {};
  const missing = collection.scope.filter((column) => !Object.hasOwn(scope, column));
  const unknown = Object.keys(scope).filter((column) => !collection.scope.includes(column));
  if (missing.length > 0) {
    throw invalid(
      `Collection "${collection.name}" needs a scope with ${missing.join(', ')} (such as {"${missing[0]}": "7"}).`,
    );
  }
  if (unknown.length > 0) {
    const has = collection.scope.length === 0 ? 'no scope' : `the scope ${collection.scope.join(', ')}`;
    throw invalid(`Collection "${collection.name}" has ${has}; ${unknown.join(', ')} is not part of it.`);
  }
  return Object.fromEntries(collection.scope.map((column) => [column, scope[column] ?? '']));
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}
