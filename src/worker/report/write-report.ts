/**
 * The finish of an import or validation: what the ledger knows becomes counts, groups, issue files and failed rows. It only reads the
 * ledger and the pinned source, so an attempt that repeats it makes the same files.
 */
import type { Issue } from '../../core/issue.ts';
import { createIssueGrouper } from '../../core/issue-groups.ts';
import type { SourceDialect } from '../../formats/format.ts';
import { type ArtifactKind, type NewArtifact, recordArtifacts } from '../../store/artifacts.ts';
import { ARTIFACT_FOLDER } from '../../store/files.ts';
import { saveIssueGroups } from '../../store/issue-groups.ts';
import type { Target } from '../../targets/target.ts';
import type { Attempt } from '../attempt.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import { encodePieces } from './byte-stream.ts';
import {
  createFailedRowsForm,
  type FailedRowsForm,
  type RejectedRecord,
  rejectedRecords,
} from './failed-rows.ts';
import { ISSUE_FILES } from './issue-files.ts';

/** The source, as far as failed rows need it. */
export interface ReportSource {
  readonly dialect: SourceDialect;
  readonly fields: readonly string[];
  readonly firstRecordByte: number;
  /** Bytes of the seekable source, from `start` up to `end`. */
  readRange(start: number, end: number): Promise<Buffer>;
}

export interface ReportOptions {
  readonly deps: WorkerDependencies;
  readonly attempt: Attempt;
  readonly target: Target;
  readonly part: number;
  /** False: the job has one part, so its files need no number. */
  readonly isOneOfMany: boolean;
  readonly source: ReportSource;
}

export async function writeReport(options: ReportOptions): Promise<void> {
  const { deps, attempt, part } = options;
  const grouper = createIssueGrouper();
  let count = 0;
  let rejections = 0;
  let unreadable = 0;
  for await (const rejected of rejectedRecords(
    tap(readIssues(options), (issue) => {
      grouper.add(issue);
      count += 1;
    }),
  )) {
    if (rejected.isReadable) rejections += 1;
    else unreadable += 1;
  }
  await saveIssueGroups(deps.pool, attempt.job.id, part, grouper.groups());
  const files: NewArtifact[] = [];
  for (const file of count === 0 ? [] : ISSUE_FILES) {
    const saved = await save(options, {
      kind: 'issues',
      name: file.name,
      mediaType: file.mediaType,
      keepMs: deps.settings.keepMs.issueFiles,
      records: Math.min(count, deps.settings.issuesPerJob),
      bytes: encodePieces(file.lines(readIssues(options), deps.settings.issuesPerJob)),
    });
    files.push(saved);
  }
  if (rejections > 0) files.push(await saveFailedRows(options, rejections));
  if (unreadable > 0) files.push(await saveUnreadableRows(options, unreadable));
  await recordArtifacts(
    deps.pool,
    { jobId: attempt.job.id, epoch: attempt.epoch, part },
    ['issues', 'failed_rows', 'unreadable_rows'],
    files,
  );
}

async function* readIssues({ target, attempt, part }: ReportOptions): AsyncIterable<Issue> {
  for await (const segment of target.issueSegments({ jobId: attempt.job.id, part })) yield* segment.issues;
}

async function* tap<T>(items: AsyncIterable<T>, look: (item: T) => void): AsyncIterable<T> {
  for await (const item of items) {
    look(item);
    yield item;
  }
}

async function saveFailedRows(options: ReportOptions, records: number): Promise<NewArtifact> {
  const { source, attempt } = options;
  const bytes = await source.readRange(0, source.dialect.format === 'csv' ? source.firstRecordByte : 0);
  const form = createFailedRowsForm(source.dialect, attempt.job.number, { bytes, fields: source.fields });
  return save(options, {
    kind: 'failed_rows',
    name: `failed.${form.extension}`,
    mediaType: form.mediaType,
    keepMs: options.deps.settings.keepMs.failedRows,
    records,
    bytes: inSourceEncoding(source.dialect, failedRows(options, form)),
  });
}

async function* failedRows(options: ReportOptions, form: FailedRowsForm): AsyncIterable<Buffer> {
  yield form.begin();
  let index = 0;
  for await (const rejected of rejectedRecords(readIssues(options))) {
    if (!rejected.isReadable) continue;
    yield form.record(rejected, await rawRecord(options.source, rejected), index);
    index += 1;
  }
  yield form.end();
}

function saveUnreadableRows(options: ReportOptions, records: number): Promise<NewArtifact> {
  return save(options, {
    kind: 'unreadable_rows',
    name: 'unreadable.bin',
    mediaType: 'application/octet-stream',
    keepMs: options.deps.settings.keepMs.failedRows,
    records,
    bytes: unreadableRows(options),
  });
}

async function* unreadableRows(options: ReportOptions): AsyncIterable<Buffer> {
  for await (const rejected of rejectedRecords(readIssues(options))) {
    if (!rejected.isReadable) yield* rawPieces(options.source, rejected);
  }
}

const RAW_PIECE_BYTES = 1024 * 1024;

function rawRecord(source: ReportSource, { byteOffset, byteLength }: RejectedRecord): Promise<Buffer> {
  return source.readRange(byteOffset, byteOffset + byteLength);
}

/** An unreadable record may be as large as the file: it is copied in pieces. */
async function* rawPieces(
  source: ReportSource,
  { byteOffset, byteLength }: RejectedRecord,
): AsyncIterable<Buffer> {
  const end = byteOffset + byteLength;
  for (let start = byteOffset; start < end; start += RAW_PIECE_BYTES) {
    yield await source.readRange(start, Math.min(end, start + RAW_PIECE_BYTES));
  }
}

/** The seekable form of a UTF-16 source is UTF-8; what goes back is what came. */
async function* inSourceEncoding(
  dialect: SourceDialect,
  pieces: AsyncIterable<Buffer>,
): AsyncIterable<Buffer> {
  if (dialect.encoding !== 'utf-16le' && dialect.encoding !== 'utf-16be') {
    yield* pieces;
    return;
  }
  yield encodeUtf16('\ufeff', dialect.encoding);
  for await (const piece of pieces)
    yield encodeUtf16(piece.toString().replace(/^\ufeff/, ''), dialect.encoding);
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
