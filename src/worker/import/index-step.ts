/** The index pass: total, fields, and the records whose key another record has. Made once; its outcome is pinned with the part. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { matchFields } from '../../collections/match-fields.ts';
import { AppError } from '../../core/errors.ts';
import { pinPart } from '../../store/jobs/parts.ts';
import type { Attempt } from '../attempt.ts';
import { SPOOL_FOLDER, type WorkerDependencies } from '../dependencies.ts';
import type { ImportDependencies, ImportPlan, PinnedSource } from './import-plan.ts';
import { readLimits } from './prepare.ts';
import { indexInThread } from './reading/reading.ts';
import { LOSERS_FILE, type ShapeTask, type SourceFacts, type SourceTask } from './reading/task.ts';

const MAX_NOTED_FIELDS = 100;

export type IndexedPlan = ImportPlan & { readonly index: SourceFacts };

export async function indexStep(
  deps: ImportDependencies,
  attempt: Attempt,
  plan: ImportPlan,
): Promise<IndexedPlan> {
  const hasVerdicts = plan.collection.key.length === 0 || existsSync(losersPath(plan));
  // The pinned outcome stands; only the file of losers may have been lost with a machine.
  if (plan.index !== undefined && hasVerdicts) return { ...plan, index: plan.index };
  await attempt.enter('indexing', plan.upload.sizeBytes);
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
  checkLateFields(plan, index);
  await noteIgnoredFields(attempt, plan, index);
  const { dialect, mapping, seed, guesses = [] } = plan;
  const pinned: PinnedSource = { dialect, mapping, seed, guesses, index };
  await pinPart(deps.pool, {
    jobId: attempt.job.id,
    epoch: attempt.epoch,
    part: plan.part.part,
    pinned: { sourceFacts: pinned },
  });
  return { ...plan, index };
}

/** Names that came after the sample of a JSON source are known only now: what cannot run must say so before a row is written. */
function checkLateFields(plan: ImportPlan, index: SourceFacts): void {
  // Remarks have no fields.
  if (plan.dialect.format === 'csv' || index.records === (index.remarks ?? 0)) return;
  const { fields: mapped, ignore } = plan.mapping;
  const sourceFields = index.fields.filter((name) => !ignore.includes(name));
  const isThere = (field: unknown) =>
    mapped.some(
      (one) => one.field === field && (one.source === undefined || sourceFields.includes(one.source)),
    );
  const { errors } = matchFields({
    collection: plan.collection,
    sourceFields,
    isComplete: true,
    mode: plan.options.mode,
    facts: plan.facts.columns,
  });
  const missing = errors.find(
    ({ code, details }) => code === 'job.missing_key_field' && !isThere(details['field']),
  );
  if (missing !== undefined) throw missing;
}

/** Fields that the collection does not know are left out; the job's timeline says which, once. */
async function noteIgnoredFields(attempt: Attempt, plan: ImportPlan, index: SourceFacts): Promise<void> {
  const { collection, mapping, options } = plan;
  const match = { collection, sourceFields: index.fields, isComplete: true, mode: options.mode, mapping };
  const { unknownFields } = matchFields(match);
  if (collection.unknownFields === 'error' || unknownFields.length === 0) return;
  await attempt.note('fields_ignored', {
    count: unknownFields.length,
    fields: unknownFields.slice(0, MAX_NOTED_FIELDS),
  });
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
    maxDecompressedBytes: deps.settings.maxDecompressedBytes,
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
    mode: plan.options.mode,
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
