/** The index pass: total, fields, and the records whose key another record has. Made once; its outcome is pinned with the part. */

import { existsSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Mapping } from '../../collections/mapping.ts';
import { matchFields } from '../../collections/match-fields.ts';
import { findRivals } from '../../collections/rival-fields.ts';
import { AppError } from '../../core/errors.ts';
import type { IgnoredField } from '../../core/job.ts';
import { isTable } from '../../formats/format.ts';
import { findPlaces } from '../../formats/xlsx/cell-locator.ts';
import { pinPart } from '../../store/jobs/parts.ts';
import type { Attempt } from '../attempt.ts';
import { SPOOL_FOLDER, type WorkerDependencies } from '../dependencies.ts';
import { ignoredOf } from './ignored-fields.ts';
import type { ImportDependencies, ImportPlan, PinnedSource } from './import-plan.ts';
import { readLimits } from './prepare.ts';
import { indexInThread } from './reading/reading.ts';
import { LOSERS_FILE, type ShapeTask, type SourceFacts, type SourceTask } from './reading/task.ts';

export type IndexedPlan = ImportPlan & { readonly index: SourceFacts };

export async function indexStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: ImportPlan,
): Promise<IndexedPlan> {
  try {
    return await makeIndex(deps, attempt, plan);
  } catch (error) {
    // What was found so far is shown, whatever became of it.
    const { dialect, mapping, seed, guesses = [], ignored } = plan;
    if (plan.unpinned !== undefined && !attempt.signal.aborted)
      await pin(deps, attempt, plan, { dialect, mapping, seed, guesses, ...(ignored && { ignored }) });
    throw error;
  }
}

function pin(
  deps: ImportDependencies,
  { job, epoch }: Attempt,
  { part: { part }, unpinned: targetFacts }: ImportPlan,
  sourceFacts: PinnedSource,
): Promise<void> {
  const pinned = { sourceFacts, ...(targetFacts !== undefined && { targetFacts }) };
  const total = sourceFacts.index?.records;
  return pinPart(deps.pool, {
    jobId: job.id,
    epoch,
    part,
    pinned,
    ...(total !== undefined && { total }),
  });
}

async function makeIndex(deps: ImportDependencies, attempt: Attempt, plan: ImportPlan): Promise<IndexedPlan> {
  // The pinned outcome stands; only the file of losers may have been lost with a machine.
  if (plan.index !== undefined && (plan.index.losers === 0 || existsSync(losersPath(plan)))) {
    // Later steps write into the folder, which a job that had ended has lost.
    await mkdir(plan.workDir, { recursive: true, mode: 0o700 });
    return { ...plan, index: plan.index };
  }
  attempt.enter('indexing', plan.upload.sizeBytes);
  const index = await indexInThread(
    deps.threads,
    {
      type: 'index',
      source: sourceTask(deps, plan),
      shape: shapeTask(deps, plan),
      workDir: plan.workDir,
      ...(plan.collection.key.length > 0 && {
        duplicates: { policy: plan.options.duplicates, seed: plan.seed },
      }),
    },
    { signal: attempt.boundary, onProgress: (doneBytes) => attempt.advance(doneBytes) },
  );
  if (index.records === 0 && plan.options.mode !== 'replace') {
    throw new AppError(
      'format.no_records',
      index.fields.length === 0
        ? 'The source has no records.'
        : `The source has a header (${index.fields.slice(0, 10).join(', ')}) but no records.`,
    );
  }
  const mapping = withLateFields(plan, index);
  const ignored = ignoredOf(findIgnored({ ...plan, mapping }, index));
  await noteIgnored(attempt, ignored);
  const { dialect, seed, guesses = [] } = plan;
  const cells = findPlaces(dialect, index.fields, mapping.fields);
  const pinned: PinnedSource = {
    dialect,
    mapping,
    seed,
    guesses,
    ...ignored,
    ...(cells && { cells }),
    index,
  };
  await pin(deps, attempt, plan, pinned);
  return { ...plan, ...ignored, mapping, index };
}

/**
 * Names that came after the sample of a JSON source are known only now: what cannot run must say so before a row is written, and a field
 * that was awaited under its own name may have come under a similar one.
 */
function withLateFields(plan: ImportPlan, index: SourceFacts): Mapping {
  // Remarks have no fields.
  if (isTable(plan.dialect) || index.records === (index.remarks ?? 0)) return plan.mapping;
  const { fields: mapped, ignore } = plan.mapping;
  const sourceFields = index.fields.filter((name) => !ignore.includes(name));
  const isThere = (field: unknown) =>
    mapped.some(
      (one) => one.field === field && (one.source === undefined || sourceFields.includes(one.source)),
    );
  const { errors, matches } = matchFields({
    collection: plan.collection,
    sourceFields,
    isComplete: true,
    mode: plan.recordMode,
    facts: plan.facts.columns,
  });
  const missing = errors.find(
    ({ code, details }) => code === 'job.missing_key_field' && !isThere(details['field']),
  );
  if (missing !== undefined) throw missing;
  if (plan.hasOwnMapping) return plan.mapping;
  const [rivals] = findRivals(plan.collection, sourceFields, undefined, matches);
  if (rivals !== undefined) throw rivals;
  const fields = mapped.map((one) => {
    if (sourceFields.includes(one.source ?? '') || plan.collection.key.includes(one.field)) return one;
    const late = matches.find(({ field }) => field === one.field);
    return late?.source === undefined ? one : { ...one, source: late.source };
  });
  return { ...plan.mapping, fields };
}

/** Fields that the collection does not know are left out. A column without a name is one of them only where it has a value. */
function findIgnored(plan: ImportPlan, index: SourceFacts): readonly IgnoredField[] {
  const { collection, mapping, recordMode: mode } = plan;
  const { nameless = [], ...named } = mapping;
  const empty = nameless.filter((name) => !index.valued?.includes(name));
  const { ignoredFields } = matchFields({
    collection,
    sourceFields: index.fields,
    isComplete: true,
    mode,
    mapping: { ...named, ignore: [...named.ignore, ...empty] },
  });
  if (collection.unknownFields === 'ignore') return ignoredFields;
  return ignoredFields.filter(({ because }) => because !== undefined);
}

/** The job shows them as they are; its timeline says when that was known. */
async function noteIgnored(attempt: Attempt, { ignored }: ReturnType<typeof ignoredOf>): Promise<void> {
  if (ignored === undefined) return;
  const { count, fields } = ignored;
  await attempt.note('fields_ignored', { count, fields: fields.map(({ name }) => name) });
}

export function losersPath(plan: Pick<ImportPlan, 'workDir'>): string {
  return join(plan.workDir, LOSERS_FILE);
}

export function sourceTask(deps: WorkerDependencies, plan: ImportPlan): SourceTask {
  return {
    path: plan.path,
    sha256: plan.upload.sha256,
    dialect: plan.dialect,
    spoolDir: deps.files.path(SPOOL_FOLDER),
    limits: readLimits(deps),
    decompression: deps.settings.decompression,
  };
}

/** @throws AppError `module.invalid` when the configuration does not name a module of the collection */
export function shapeTask(deps: WorkerDependencies, plan: ImportPlan): ShapeTask {
  const { transforms, validators } = deps.settings;
  return {
    definition: plan.definition,
    collection: plan.collection.name,
    facts: plan.facts.columns,
    mapping: plan.mapping,
    mode: plan.recordMode,
    transforms: plan.collection.transforms.map((name) => modulePath(transforms, name, 'modules.transforms')),
    validators: plan.collection.validators.map((name) => modulePath(validators, name, 'modules.validators')),
  };
}

function modulePath(paths: Readonly<Record<string, string>>, name: string, setting: string): string {
  const path = paths[name];
  if (path !== undefined) return path;
  throw new AppError(
    'module.invalid',
    `The collection names the module "${name}", which the configuration does not have under ${setting}. It has: ${Object.keys(paths).join(', ') || 'none'}.`,
  );
}
