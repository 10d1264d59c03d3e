/**
 * The finish of an import or validation: what the ledger knows becomes counts, groups, issue files and failed rows. It only reads the
 * ledger and the pinned source, so an attempt that repeats it makes the same files.
 */

import type { ArtifactKind } from '../../core/artifact-kind.ts';
import { type AppError, isAppError } from '../../core/errors.ts';
import type { Issue } from '../../core/issue.ts';
import { createIssueGrouper } from '../../core/issue-groups.ts';
import type { Job } from '../../core/job.ts';
import { type ByteRange, isTable, type SourceDialect } from '../../formats/format.ts';
import { createCellLocator } from '../../formats/xlsx/cell-locator.ts';
import { type NewArtifact, recordArtifacts } from '../../store/artifacts.ts';
import { ARTIFACT_FOLDER } from '../../store/files.ts';
import { saveIssueGroups } from '../../store/issue-groups.ts';
import { readPinnedPart } from '../../store/jobs/parts.ts';
import type { Target } from '../../targets/target.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { encodePieces } from './byte-stream.ts';
import { createFailedRowsForm, rejectedRecords } from './failed-rows.ts';
import type { FailedRowsForm, RejectedRecord } from './failed-rows-form.ts';
import { ISSUE_FILES } from './issue-files.ts';
import { createUnreadableRows } from './unreadable-rows.ts';

/** The source, as far as failed rows need it. */
export interface ReportSource {
  readonly dialect: SourceDialect;
  readonly fields: readonly string[];
  readonly header: ByteRange;
  /** Bytes of the seekable source, from `start` up to `end`. */
  readRange(start: number, end: number): Promise<Buffer>;
  close(): Promise<void>;
}

/** Whose report it is: an attempt's that is about to end, or a worker's that has claimed what a stopped job owes. */
export interface ReportedAttempt {
  readonly job: Pick<Job, 'id' | 'number' | 'options'>;
  readonly epoch: number;
  /** Set after the end of the job. */
  readonly reporter?: string;
  /** Aborted when the report is to be left; it is made again from the beginning. */
  readonly signal: AbortSignal;
}

export interface ReportOptions {
  readonly deps: WorkerDependencies;
  readonly attempt: ReportedAttempt;
  readonly target: Target;
  readonly part: number;
  /** False: the job has one part, so its files need no number. */
  readonly isOneOfMany: boolean;
  /** Opened only where records were rejected. */
  readonly openSource: () => Promise<ReportSource>;
}

/** @throws AppError why rejected records could not be taken out of the source; the rest of the report is there then */
export async function writeReport(options: ReportOptions): Promise<void> {
  const { deps, attempt, part } = options;
  const recorder = { jobId: attempt.job.id, epoch: attempt.epoch, reporter: attempt.reporter, part };
  const grouper = createIssueGrouper();
  let count = 0;
  let rejections = 0;
  let unreadable = 0;
  let hasCells = false;
  for await (const rejected of rejectedRecords(
    tap(readIssues(options), (issue) => {
      grouper.add(issue);
      count += 1;
      hasCells ||= issue.cell !== undefined;
    }),
  )) {
    if (rejected.isReadable) rejections += 1;
    else unreadable += 1;
  }
  await saveIssueGroups(deps.pool, recorder, grouper.groups());
  const files: NewArtifact[] = [];
  for (const file of count === 0 ? [] : ISSUE_FILES) {
    const saved = await save(options, {
      kind: 'issues',
      name: file.name,
      mediaType: file.mediaType,
      keepMs: deps.settings.keepMs.issueFiles,
      records: Math.min(count, deps.settings.issuesPerJob),
      bytes: encodePieces(
        file.lines(readIssues(options), deps.settings.issuesPerJob, {
          isGuarded: isGuarded(attempt),
          hasCells,
        }),
      ),
    });
    files.push(saved);
  }
  const given = await saveRejected(options, { rejections, unreadable });
  await recordArtifacts(
    deps.pool,
    recorder,
    ['issues', 'failed_rows', 'unreadable_rows'],
    [...files, ...given.files],
  );
  if (given.error !== undefined) throw given.error;
}

function isGuarded({ job }: ReportedAttempt): boolean {
  return job.options.guardFormulas === true;
}

/** A source that is gone keeps nobody from what was found in it. */
async function saveRejected(
  options: ReportOptions,
  { rejections, unreadable }: { rejections: number; unreadable: number },
): Promise<{ files: readonly NewArtifact[]; error?: AppError }> {
  const files: NewArtifact[] = [];
  if (rejections + unreadable === 0) return { files };
  let source: ReportSource | undefined;
  try {
    source = await options.openSource();
    const opened = { ...options, source };
    if (rejections > 0) files.push(await saveFailedRows(opened, rejections));
    if (unreadable > 0) files.push(await saveUnreadableRows(opened, unreadable));
    return { files };
  } catch (error) {
    if (!isAppError(error) || error.isRetryable) throw error;
    return { files, error };
  } finally {
    await source?.close();
  }
}

async function* readIssues({ deps, target, attempt, part }: ReportOptions): AsyncIterable<Issue> {
  const { sourceFacts } = await readPinnedPart(deps.pool, attempt.job.id, part);
  const locate = createCellLocator(sourceFacts);
  for await (const segment of target.issueSegments({ jobId: attempt.job.id, part })) {
    attempt.signal.throwIfAborted();
    yield* segment.issues.map(locate);
  }
}

type OpenedOptions = ReportOptions & { readonly source: ReportSource };

async function* tap<T>(items: AsyncIterable<T>, look: (item: T) => void): AsyncIterable<T> {
  for await (const item of items) {
    look(item);
    yield item;
  }
}

async function saveFailedRows(options: OpenedOptions, records: number): Promise<NewArtifact> {
  const { source, attempt } = options;
  const { startByte, endByte } = source.header;
  const hasHeader = isTable(source.dialect) && source.dialect.hasHeader;
  const bytes = hasHeader ? await source.readRange(startByte, endByte) : Buffer.alloc(0);
  const header = { bytes, fields: source.fields };
  const form = createFailedRowsForm(source.dialect, attempt.job.number, header, {
    isGuarded: isGuarded(attempt),
  });
  return save(options, {
    kind: 'failed_rows',
    name: `failed.${form.extension}`,
    mediaType: form.mediaType,
    keepMs: options.deps.settings.keepMs.failedRows,
    records,
    bytes: inSourceEncoding(source.dialect, failedRows(options, form)),
  });
}

function failedRows(options: OpenedOptions, form: FailedRowsForm): AsyncIterable<Uint8Array> {
  const records = readableRejected(options);
  return form.sheets === undefined
    ? writtenRows(options, form, records)
    : form.sheets.pack(failedSheets(options, form, form.sheets.maxRecords, records));
}

async function* readableRejected(options: OpenedOptions): AsyncGenerator<RejectedRecord, undefined> {
  for await (const rejected of rejectedRecords(readIssues(options))) if (rejected.isReadable) yield rejected;
}

/** A sheet that is full is followed by another. */
async function* failedSheets(
  options: OpenedOptions,
  form: FailedRowsForm,
  maxRecords: number,
  records: AsyncGenerator<RejectedRecord, undefined>,
): AsyncIterable<AsyncIterable<Uint8Array>> {
  let next = await records.next();
  async function* some() {
    for (let left = maxRecords; left > 0 && next.done !== true; left -= 1) {
      yield next.value;
      next = await records.next();
    }
  }
  do yield writtenRows(options, form, some());
  while (next.done !== true);
}

async function* writtenRows(
  options: OpenedOptions,
  form: FailedRowsForm,
  records: AsyncIterable<RejectedRecord>,
): AsyncIterable<Buffer> {
  yield form.begin();
  let index = 0;
  for await (const rejected of records) {
    yield form.record(rejected, await rawRecord(options.source, rejected), index);
    index += 1;
  }
  yield form.end();
}

async function saveUnreadableRows(options: OpenedOptions, records: number): Promise<NewArtifact> {
  const { keepMs, unreadableBytes } = options.deps.settings;
  const rows = createUnreadableRows(options.source, unreadableRecords(options), unreadableBytes);
  const saved = await save(options, {
    kind: 'unreadable_rows',
    name: 'unreadable.bin',
    mediaType: 'application/octet-stream',
    keepMs: keepMs.failedRows,
    records,
    bytes: rows.bytes,
  });
  const cutFromBytes = rows.cutFromBytes();
  return cutFromBytes === undefined ? saved : { ...saved, cutFromBytes };
}

async function* unreadableRecords(options: OpenedOptions): AsyncIterable<RejectedRecord> {
  for await (const rejected of rejectedRecords(readIssues(options))) if (!rejected.isReadable) yield rejected;
}

function rawRecord(source: ReportSource, { byteOffset, byteLength }: RejectedRecord): Promise<Buffer> {
  return source.readRange(byteOffset, byteOffset + byteLength);
}

/** The seekable form of a UTF-16 source is UTF-8; what goes back is what came. */
async function* inSourceEncoding(
  dialect: SourceDialect,
  pieces: AsyncIterable<Uint8Array>,
): AsyncIterable<Uint8Array> {
  if (dialect.encoding !== 'utf-16le' && dialect.encoding !== 'utf-16be') {
    yield* pieces;
    return;
  }
  yield encodeUtf16('\ufeff', dialect.encoding);
  for await (const piece of pieces)
    yield encodeUtf16(
      Buffer.from(piece)
        .toString()
        .replace(/^\ufeff/, ''),
      dialect.encoding,
    );
}

function encodeUtf16(text: string, encoding: 'utf-16le' | 'utf-16be'): Buffer {
  const bytes = Buffer.from(text, 'utf16le');
  return encoding === 'utf-16be' ? bytes.swap16() : bytes;
}

async function save(
  { deps, attempt, part, isOneOfMany }: ReportOptions,
  file: {
    kind: ArtifactKind;
    name: string;
    mediaType: string;
    keepMs: number;
    records: number;
    bytes: AsyncIterable<Uint8Array>;
  },
): Promise<NewArtifact> {
  const { job, epoch, signal } = attempt;
  const name = isOneOfMany ? `part-${part + 1}-${file.name}` : file.name;
  // The epoch keeps the files of an attempt that was overtaken apart from those of its successor.
  const storageKey = `${ARTIFACT_FOLDER}/${job.id}/${epoch}-${name}`;
  const stored = await deps.files.save(storageKey, file.bytes, { signal });
  const { kind, mediaType, records, keepMs } = file;
  return { ...stored, kind, name, mediaType, records, keepMs };
}
