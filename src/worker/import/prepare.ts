/** The first step: collection, target, source, mapping; with what an earlier attempt pinned, or found out and pinned now. */

import { randomInt } from 'node:crypto';
import type { Collection } from '../../collections/collection.ts';
import { recordModeOf } from '../../collections/filled-by-target.ts';
import type { Mapping } from '../../collections/mapping.ts';
import { matchFields } from '../../collections/match-fields.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import { planColumns } from '../../collections/plan-columns.ts';
import { createRecognition } from '../../collections/recognition.ts';
import { AppError } from '../../core/errors.ts';
import { explainErrors } from '../../core/explain-errors.ts';
import type { DialectGuess, ImportOptions, JobPart } from '../../core/job.ts';
import { FINDINGS_FIELD } from '../../formats/findings.ts';
import { isTable, type ReadLimits, type RecordReader, type SourceDialect } from '../../formats/format.ts';
import { formatByName } from '../../formats/formats.ts';
import { type SniffOverrides, sniffSource } from '../../formats/sniff/sniff-source.ts';
import { openSeekableSource } from '../../formats/source/open-seekable-source.ts';
import { getCollection } from '../../store/collections.ts';
import { pinPart, readPinnedPart } from '../../store/jobs/parts.ts';
import type { Upload } from '../../store/uploads.ts';
import type { TargetFacts } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import { SPOOL_FOLDER, WORK_FOLDER, type WorkerDependencies } from '../dependencies.ts';

import { findUpload } from './find-upload.ts';
import { ignoredOf } from './ignored-fields.ts';
import type { ImportDependencies, ImportPlan, PinnedSource } from './import-plan.ts';

/** What is pinned of the target: the facts themselves are asked for by every attempt. */
interface PinnedFacts extends Pick<TargetFacts, 'fingerprint'> {
  /** Of the key, where the table is not one that Waybill makes: whoever asks for issues by a key needs to know how values compare. */
  readonly columns?: TargetFacts['columns'];
}

function pinnedFacts(facts: TargetFacts, { key, fields, target }: Collection): PinnedFacts {
  const { fingerprint } = facts;
  if (target.kind === 'managed' || key.length === 0) return { fingerprint };
  const names = fields.filter(({ name }) => key.includes(name)).map(({ column }) => column);
  return { fingerprint, columns: facts.columns.filter(({ column }) => names.includes(column)) };
}

const QUICK_BYTES = 1024 * 1024;

/** Bytes read for the names of the fields, where the source is JSON: names that come later are found by the index pass. */
const SAMPLE_BYTES = 256 * 1024;

/** @throws AppError for whatever is wrong with collection, target or source, before a record is read */
export async function prepare(
  deps: ImportDependencies,
  attempt: Attempt,
  part: JobPart,
): Promise<ImportPlan> {
  const options = attempt.job.options as ImportOptions;
  const { collection, definition, facts, target } = await deps.collections.get(attempt, part);
  const pinned = await readPinnedPart(deps.pool, attempt.job.id, part.part);
  checkTarget(collection, attempt, facts, pinned.targetFacts as PinnedFacts | undefined);
  const upload = await findUpload(deps, part);
  const path = deps.files.path(upload.storageKey);
  const pin = (sourceFacts: object) =>
    pinPart(deps.pool, {
      jobId: attempt.job.id,
      epoch: attempt.epoch,
      part: part.part,
      pinned: { targetFacts: pinnedFacts(facts, collection), sourceFacts },
    });
  const source =
    findPinned(pinned.sourceFacts) ??
    (await inspectSource(deps, {
      collection,
      facts,
      options,
      path,
      upload,
      pinned,
      keepGuesses: (guesses) => pin({ guesses }),
      signal: attempt.boundary,
    }));
  // What is read in a moment is pinned with what the index pass finds.
  const isQuick = source.index === undefined && upload.sizeBytes <= QUICK_BYTES;
  if (!isQuick) await pin(source);
  return {
    part,
    options,
    recordMode: recordModeOf(options.mode, collection, facts.columns),
    collection,
    definition,
    referenced: await findReferenced(deps, collection),
    target,
    facts,
    upload,
    path,
    ...source,
    hasOwnMapping: pinned.mapping !== undefined,
    index: source.index,
    ...(isQuick && { unpinned: pinnedFacts(facts, collection) }),
    fields: source.mapping.fields.map((mapped) => mapped.field),
    workDir: deps.files.path(`${WORK_FOLDER}/${attempt.job.id}/${part.part}`),
  };
}

/** What an attempt found out that got so far; one that failed before has left no more than its guesses. */
function findPinned(facts: unknown): PinnedSource | undefined {
  const pinned = facts as Partial<PinnedSource> | undefined;
  return pinned?.dialect === undefined ? undefined : (pinned as PinnedSource);
}

export function readLimits(deps: WorkerDependencies): ReadLimits {
  const { maxRecordBytes, maxDepth, maxFields } = deps.settings;
  return { maxRecordBytes, maxDepth, maxFields };
}

function checkTarget(
  collection: Collection,
  attempt: Attempt,
  facts: TargetFacts,
  pinned: PinnedFacts | undefined,
): void {
  if (pinned !== undefined && pinned.fingerprint !== facts.fingerprint) {
    throw new AppError(
      'target.altered',
      `The table of "${collection.name}" was changed while the job was running: its columns, keys or rules differ. Start a new job.`,
    );
  }
  if (attempt.job.kind === 'import' && !facts.isWritable) {
    throw new AppError(
      'target.unsupported',
      `The target of "${collection.name}" cannot be written: it is a view or query. It can be exported and validated against.`,
    );
  }
}

async function inspectSource(
  deps: WorkerDependencies,
  source: {
    collection: Collection;
    facts: TargetFacts;
    options: ImportOptions;
    path: string;
    upload: Upload;
    pinned: { dialect?: unknown; mapping?: unknown };
    /** A failure that rests on a guess shows it: the job has it, whatever becomes of the attempt. */
    keepGuesses: (guesses: readonly DialectGuess[]) => Promise<void>;
    signal: AbortSignal;
  },
): Promise<PinnedSource> {
  const { collection, facts, options } = source;
  const mode = recordModeOf(options.mode, collection, facts.columns);
  const overrides = (source.pinned.dialect ?? {}) as SniffOverrides;
  const mayBeEmpty = options.mode === 'replace' && options.replaceByNothing;
  const sniffed = await sniffSource(
    source.path,
    { ...overrides, mayBeEmpty },
    {
      recognise: createRecognition(collection, source.pinned.mapping as Mapping | undefined),
      signal: source.signal,
      decompression: deps.settings.decompression,
    },
  );
  const { dialect } = sniffed;
  const ownFields = 'hasFindings' in dialect ? [FINDINGS_FIELD] : [];
  const names = await readNames(deps, source, dialect);
  const sourceFields = names.fields.filter((name) => !ownFields.includes(name));
  const given = source.pinned.mapping as Mapping | undefined;
  const matched = matchFields({
    collection,
    sourceFields,
    headerCells: names.headerCells,
    isComplete: isTable(dialect),
    mode,
    facts: facts.columns,
    ...(given !== undefined && { mapping: given }),
  });
  const found = matched.matches.filter(
    (match) => match.source !== undefined && match.by !== 'awaited',
  ).length;
  const guesses = sniffed.guesses.filter((guess) => !isProven(guess, dialect, found));
  if (matched.errors.length > 0) {
    await source.keepGuesses(guesses);
    throw explainErrors(matched.errors, guesses);
  }
  const fields = matched.mapping.fields.map((mapped) => mapped.field);
  planColumns({ collection, facts: facts.columns, fields, mode });
  return {
    dialect,
    mapping: { ...matched.mapping, ignore: [...matched.mapping.ignore, ...ownFields] },
    seed: randomInt(2 ** 32),
    guesses,
    ...(isTable(dialect) && ignoredOf(matched.ignoredFields)),
  };
}

/** A header that fields were found in is one, and two fields of it stand apart only where the delimiter is the right one. */
function isProven({ what }: DialectGuess, dialect: SourceDialect, foundFields: number): boolean {
  if (!isTable(dialect) || !dialect.hasHeader) return false;
  return (what === 'header' && foundFields > 0) || (what === 'delimiter' && foundFields > 1);
}

/** The header of a CSV source, or the names in the first records of a JSON one. */
async function readNames(
  deps: WorkerDependencies,
  source: { path: string; upload: Upload; signal: AbortSignal },
  dialect: SourceDialect,
): Promise<Pick<RecordReader, 'fields' | 'headerCells'>> {
  const seekable = await openSeekableSource({
    path: source.path,
    dialect,
    hash: source.upload.sha256,
    spoolDir: deps.files.path(SPOOL_FOLDER),
    decompression: deps.settings.decompression,
    signal: source.signal,
  });
  try {
    const limits = readLimits(deps);
    const reader = formatByName(dialect.format).createReader({ dialect, limits });
    const hasColumns = isTable(dialect);
    // A header ends somewhere, or the reader says why it cannot be one; only the first record of a file without names may be passed over.
    const enoughBytes = hasColumns ? limits.maxRecordBytes + SAMPLE_BYTES : SAMPLE_BYTES;
    let readBytes = 0;
    for await (const piece of seekable.read(0, source.signal)) {
      reader.push(piece);
      readBytes += piece.byteLength;
      const isEnough = readBytes >= enoughBytes;
      if (hasColumns && isEnough && reader.fields.length === 0) throw noFields(limits.maxRecordBytes);
      if (isEnough || (hasColumns && reader.fields.length > 0)) return namesOf(reader);
    }
    reader.end();
    return namesOf(reader);
  } finally {
    await seekable.close();
  }
}

function namesOf({ fields, headerCells }: RecordReader): Pick<RecordReader, 'fields' | 'headerCells'> {
  return { fields: [...fields], headerCells };
}

function noFields(maxRecordBytes: number): AppError {
  return new AppError(
    'format.limit_exceeded',
    `The first record of the source does not end within ${maxRecordBytes} bytes (limit: limits.recordBytes), so its fields are unknown. Check delimiter, quotes and line ends.`,
    { details: { limit: 'limits.recordBytes', maximum: maxRecordBytes } },
  );
}

async function findReferenced(
  deps: WorkerDependencies,
  collection: Collection,
): Promise<Readonly<Record<string, Collection>>> {
  const referenced: Record<string, Collection> = {};
  for (const { collection: name } of collection.references) {
    referenced[name] = parseStoredCollection((await getCollection(deps.pool, name)).definition);
  }
  return referenced;
}
