/**
 * An export, aloud: one snapshot, its rows streamed into result files, each hashed, and a manifest that names them all. A snapshot cannot be
 * taken up again, so an export that is interrupted starts anew; nothing of the earlier attempt is shown. What is complete is carried to
 * the job's destination, if it has one, and is not made again for that.
 */

import type { Collection } from '../../collections/collection.ts';
import { parseStoredCollection } from '../../collections/parse-stored.ts';
import { NO_COUNTS } from '../../core/counts.ts';
import { GUARD_COLUMN } from '../../core/guard-column.ts';
import type { ExportOptions, Job, JobPart } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { CopyTextToCsv } from '../../formats/copy-text/copy-text-to-csv.ts';
import { createTextEncoder } from '../../formats/encode-text.ts';
import type { RecordWriter, ResultDialect } from '../../formats/format.ts';
import { RESULT_FORMATS } from '../../formats/formats.ts';
import { createFormulaGuard, type FormulaGuard } from '../../formats/guard-formulas.ts';
import { resultDialect } from '../../formats/result-dialect.ts';
import { type NewArtifact, recordPartArtifacts } from '../../store/artifacts.ts';
import { getCollection } from '../../store/collections.ts';
import type { StoredFile } from '../../store/files.ts';
import { ARTIFACT_FOLDER } from '../../store/files.ts';
import { settleCounts } from '../../store/jobs/claims.ts';
import { completePart, setPartTotal } from '../../store/jobs/parts.ts';
import type { TargetSnapshot } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import { deliverResult, startDelivery } from '../delivery/deliver-result.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { type Outcome, TURN_OVER } from '../outcome.ts';
import type { Pipeline } from '../run-job.ts';
import { watchTarget } from '../watched-target.ts';
import { createRowRenderer, textRenderers } from './field-values.ts';
import { resultFileBytes } from './result-file.ts';
import { type ResultNames, resultMediaType, resultNames } from './result-name.ts';
import { createTranscodedRows, createWrittenRows, type ResultRows } from './result-rows.ts';

interface ResultFile extends StoredFile {
  readonly name: string;
  readonly records: number;
}

export function createExportPipeline(deps: WorkerDependencies): Pipeline {
  return async (attempt) => {
    const { destination, state } = attempt.job;
    if (state !== 'delivering') {
      const exported = await makeResult(deps, attempt);
      if (exported.type !== 'succeeded' || destination === undefined) return exported;
      if (!(await startDelivery(deps, attempt))) return outcomeOfWish(attempt);
    }
    if (destination === undefined) throw new Error('a job without a destination is delivering');
    return deliverResult(deps, attempt, destination);
  };
}

async function makeResult(deps: WorkerDependencies, attempt: Attempt): Promise<Outcome> {
  try {
    await exportParts(deps, attempt);
    return { type: 'succeeded' };
  } catch (error) {
    if (attempt.signal.aborted || !attempt.boundary.aborted) throw error;
    return outcomeOfWish(attempt);
  }
}

function outcomeOfWish(attempt: Attempt): Outcome {
  switch (attempt.wish()) {
    case 'pause':
      return { type: 'paused' };
    case 'cancel':
      return { type: 'cancelled', kept: 'nothing: an export that is not complete leaves no files' };
    case 'begin_anew':
      return { type: 'given_back', reason: 'resumed', message: 'paused and resumed; the export starts anew' };
    case 'yield':
      return { type: 'given_back', reason: 'lane', message: `${TURN_OVER}; the export starts anew` };
    case 'give_back':
    case 'go_on':
      return {
        type: 'given_back',
        reason: 'shutdown',
        message: 'the worker was shut down; the export starts anew',
      };
  }
}

/** What is asked of one part: its own fields and filter go before the job's. */
function optionsOf({ options }: Job, { fields, filter }: JobPart): ExportOptions {
  return { ...(options as ExportOptions), ...omitUndefined({ fields, filter }) };
}

/** A part whose snapshot is taken. */
interface PartExport {
  readonly attempt: Attempt;
  readonly part: JobPart;
  readonly collection: Collection;
  readonly snapshot: TargetSnapshot;
  readonly options: ExportOptions;
}

/** What a part has come to. */
interface ExportedPart {
  readonly part: number;
  readonly records: number;
  readonly artifacts: readonly NewArtifact[];
}

/** Every snapshot is taken before the first row is read, so that all parts show about the same instant, and the total is known. */
async function exportParts(deps: WorkerDependencies, attempt: Attempt): Promise<void> {
  attempt.enter('preparing');
  const open = new Set<PartExport>();
  try {
    for (const part of attempt.job.parts) {
      const run = await openPart(deps, attempt, part);
      open.add(run);
      const { total } = run.snapshot;
      attempt.expect(part.part, total);
      await setPartTotal(deps.pool, { jobId: attempt.job.id, epoch: attempt.epoch, part: part.part, total });
    }
    const exported: ExportedPart[] = [];
    for (const run of open) {
      exported.push(await exportPart(deps, run));
      open.delete(run);
      await run.snapshot.close();
    }
    await recordParts(deps, attempt, exported);
  } finally {
    for (const { snapshot } of open) await snapshot.close();
  }
}

async function openPart(deps: WorkerDependencies, attempt: Attempt, part: JobPart): Promise<PartExport> {
  const options = optionsOf(attempt.job, part);
  const stored = await getCollection(deps.pool, part.collection, part.collectionVersion);
  const collection = parseStoredCollection(stored.definition);
  const snapshot = await watchTarget(attempt, deps.targetOf(collection)).openSnapshot({
    collection,
    scope: part.scope,
    options,
    jobId: attempt.job.id,
    epoch: attempt.epoch,
  });
  return { attempt, part, collection, snapshot, options };
}

async function exportPart(deps: WorkerDependencies, run: PartExport): Promise<ExportedPart> {
  const { attempt, part, snapshot, options } = run;
  attempt.enter('exporting', snapshot.total);
  const files = await writeFiles(deps, run);
  attempt.enter('finishing');
  const manifest = await writeManifest(deps, { attempt, part, snapshot, options, files });
  const mediaType = resultMediaType(options, RESULT_FORMATS[options.format]);
  const keepMs = deps.settings.keepMs.results;
  return {
    part: part.part,
    records: files.reduce((sum, file) => sum + file.records, 0),
    artifacts: [
      ...files.map((file) => ({ ...file, kind: 'result' as const, mediaType, keepMs })),
      { ...manifest, kind: 'manifest', mediaType: 'application/json', keepMs },
    ],
  };
}

/** All at once and last: a part of a result would pass for the whole. */
async function recordParts(
  deps: WorkerDependencies,
  { job, epoch }: Attempt,
  exported: readonly ExportedPart[],
): Promise<void> {
  await recordPartArtifacts(deps.pool, { jobId: job.id, epoch }, ['result', 'manifest'], exported);
  for (const { part, records } of exported) {
    const held = { jobId: job.id, epoch, part };
    await settleCounts(deps.pool, { ...held, counts: { ...NO_COUNTS, unchanged: records }, total: records });
    await completePart(deps.pool, held);
  }
}

async function writeFiles(deps: WorkerDependencies, run: PartExport): Promise<ResultFile[]> {
  const { attempt, part, snapshot, options } = run;
  const dialect = resultDialect(options);
  const format = RESULT_FORMATS[options.format];
  const labels = snapshot.fields.map((field) => options.headerLabels?.[field] ?? field);
  const guard = options.guardFormulas && dialect.format === 'csv' ? createFormulaGuard(labels) : undefined;
  const writer = format.createWriter({
    dialect,
    fields: guard === undefined ? snapshot.fields : [...snapshot.fields, GUARD_COLUMN],
    header: guard?.header ?? labels,
  });
  const encode = createTextEncoder(dialect.encoding);
  const others = new Set<string>();
  const onOther = (field: string) => void others.add(field);
  const rows = openRows(run, { dialect, writer, encode, guard, onOther });
  const names = namesOf(run);
  const { sheets } = format;
  const files: ResultFile[] = [];
  let exported = 0;
  do {
    let records = 0;
    const { name, plainName } = names.result(files.length);
    const storageKey = `${ARTIFACT_FOLDER}/${attempt.job.id}/${attempt.epoch}-${name}`;
    const bytes = resultFileBytes({
      rows,
      writer,
      encode,
      ...(sheets !== undefined && { sheets: { ...sheets, maxRecords: sheets.maxRecords(dialect) } }),
      title: part.collection,
      plainName,
      compression: options.compression,
      limits: options,
      onRows: (count) => {
        records += count;
        exported += count;
        attempt.count(
          part.part,
          { ...NO_COUNTS, unchanged: exported },
          { processed: exported, total: snapshot.total },
        );
      },
    });
    const file = await deps.files.save(storageKey, bytes, { signal: attempt.boundary });
    files.push({ ...file, name, records });
  } while (await rows.hasMore());
  if (others.size > 0) await attempt.note('other_notation', { part: part.part, fields: [...others] });
  return files;
}

/** How rows become bytes. */
interface Written {
  readonly dialect: ResultDialect;
  readonly writer: RecordWriter;
  readonly encode: (text: string) => Uint8Array;
  readonly guard: FormulaGuard | undefined;
  readonly onOther: (field: string) => void;
}

function openRows(
  { attempt, collection, snapshot }: PartExport,
  { dialect, writer, encode, guard, onOther }: Written,
): ResultRows {
  const pieces = snapshot.rows(attempt.boundary);
  if (dialect.format === 'csv' && dialect.encoding === 'utf-8' && isAscii(dialect.delimiter)) {
    const csv = new CopyTextToCsv({
      ...dialect,
      columnCount: snapshot.fields.length,
      renderers: textRenderers(collection, snapshot.fields, guard, onOther),
      ...(guard !== undefined && { added: guard }),
      ...(writer.headerAgain && { headerAgain: writer.headerAgain }),
    });
    return createTranscodedRows(pieces, csv);
  }
  const { isTyped } = RESULT_FORMATS[dialect.format];
  const renderRow = createRowRenderer(collection, snapshot.fields, { isTyped, guard, onOther });
  return createWrittenRows(pieces, { writer, renderRow, encode });
}

function isAscii(character: string): boolean {
  return character.length === 1 && character.charCodeAt(0) < 0x80;
}

function namesOf({ attempt, part, options }: Pick<PartExport, 'attempt' | 'part' | 'options'>): ResultNames {
  const { collection } = part;
  const place = { part: part.part, collection, parts: attempt.job.parts.length };
  return resultNames(place, options, RESULT_FORMATS[options.format]);
}

async function writeManifest(
  deps: WorkerDependencies,
  run: Pick<PartExport, 'attempt' | 'part' | 'snapshot' | 'options'> & { files: readonly ResultFile[] },
): Promise<StoredFile & { readonly name: string }> {
  const { attempt, part, snapshot, files } = run;
  const manifest = {
    job: attempt.job.id,
    collection: part.collection,
    collectionVersion: part.collectionVersion,
    snapshotTakenAt: snapshot.takenAt.toISOString(),
    fields: snapshot.fields,
    records: files.reduce((sum, file) => sum + file.records, 0),
    files: files.map(({ name, records, sizeBytes, sha256 }) => ({ name, records, sizeBytes, sha256 })),
  };
  const name = namesOf(run).manifest;
  const storageKey = `${ARTIFACT_FOLDER}/${attempt.job.id}/${attempt.epoch}-${name}`;
  const bytes = Buffer.from(`${JSON.stringify(manifest, undefined, 2)}\n`);
  return { ...(await deps.files.save(storageKey, toIterable(bytes))), name };
}

async function* toIterable(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes;
}
