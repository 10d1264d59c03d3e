/** What the main thread asks of the reading thread, and what comes back. Everything here is copied or transferred between threads. */
import type { ColumnFacts } from '../../../collections/collection.ts';
import type { Mapping } from '../../../collections/mapping.ts';
import type { ErrorDetails } from '../../../core/errors.ts';
import type { DuplicatePolicy, ImportMode } from '../../../core/job.ts';
import type { ByteRange, ReadLimits, ReadPosition, SourceDialect } from '../../../formats/format.ts';
import type { DecompressionLimits } from '../../../formats/source/decompression-limits.ts';
import type { SelfReferenceFacts } from '../../../targets/probes.ts';
import type { Chunk } from '../../../targets/target.ts';

/** The pinned source and how it is read. */
export interface SourceTask {
  readonly path: string;
  readonly sha256: string;
  readonly dialect: SourceDialect;
  /** Where the seekable form of a compressed or UTF-16 source lies. */
  readonly spoolDir: string;
  readonly limits: ReadLimits;
  readonly decompression: DecompressionLimits;
}

/** How records become rows. */
export interface ShapeTask {
  /** Canonical JSON of the collection (`renderCollection`). */
  readonly definition: unknown;
  /** Its name, for own code. */
  readonly collection: string;
  readonly facts: readonly ColumnFacts[];
  readonly mapping: Mapping;
  readonly mode: ImportMode;
  /** Paths of own modules, in order. */
  readonly transforms: readonly string[];
  readonly validators: readonly string[];
}

export interface IndexTask {
  readonly type: 'index';
  readonly source: SourceTask;
  readonly shape: ShapeTask;
  /** Where the losers go, as `LOSERS_FILE`; where there are none, there is no file. */
  readonly workDir: string;
  /** Absent: the collection has no key, so nothing can occur twice. */
  readonly duplicates?: { readonly policy: DuplicatePolicy; readonly seed: number };
}

export interface ReadTask {
  readonly type: 'read';
  readonly source: SourceTask;
  readonly shape: ShapeTask;
  /** Names of the source's fields, pinned by the index pass. */
  readonly sourceFields: readonly string[];
  readonly position: ReadPosition;
  /** Records of the source. Where all have been read, nothing is: the last one of a damaged file may have no end. */
  readonly records: number;
  /** False: chunks carry no rows, only their number. */
  readonly needsRows: boolean;
  /** Records whose key another record has, one file for each pass that has looked for them. */
  readonly losers?: { readonly paths: readonly string[]; readonly policy: DuplicatePolicy };
  /** Conflicts on unique indexes beside the key, found by an earlier pass. */
  readonly conflicts?: readonly ConflictFiles[];
  /** References to the target's own table that lead nowhere, found by an earlier pass. */
  readonly references?: ReferenceFile;
  /** Chunks carry of rejected records what can be read of these fields. Default: none. */
  readonly keepRejectedValues?: readonly string[];
}

/** What the reference pass found: each record with twice the position of the reference, and one more where it leads to a rejected record. */
export interface ReferenceFile {
  readonly path: string;
  readonly references: readonly SelfReferenceFacts[];
}

/** What the conflict pass found about one unique index or exclusion constraint: records that lose to another, and those whose value the target has. */
export interface ConflictFiles {
  readonly constraint: string;
  readonly isExclusion: boolean;
  readonly duplicatesPath: string;
  readonly takenPath: string;
}

/** Name of the file of records whose key another record has, in the work folder. */
export const LOSERS_FILE = 'losers';

export type ReadingTask = IndexTask | ReadTask;

/** What the index pass found; pinned with the part. */
export interface SourceFacts {
  readonly records: number;
  /** How many of those are remarks; absent: none. */
  readonly remarks?: number;
  readonly sizeBytes: number;
  readonly fields: readonly string[];
  /** Where the first record begins: what lies before it is the header. */
  readonly firstRecordByte: number;
  readonly losers: number;
  /** UTF-16 units of the longest key, all its fields together. Absent: no key, or not looked at. */
  readonly longestKey?: number;
  /** Columns without a name that have a value in some record; absent: none. */
  readonly valued?: readonly string[];
  /** Where the header stands; absent where there is none. */
  readonly header?: ByteRange;
}

export type ToReader =
  | { type: 'task'; task: ReadingTask }
  /** The main thread can take one more chunk, of at most this many records. */
  | { type: 'credit'; maxRecords: number }
  /** Memory of rows that are written, for the rows to come. */
  | { type: 'spare'; memory: ArrayBuffer[] };

/** `indexed`, `end` and `error` are the last message of a task: the thread is free for another. */
export type FromReader =
  | { type: 'progress'; doneBytes: number; totalBytes: number }
  | { type: 'chunk'; chunk: Chunk }
  | (LastWord & { keptBytes: number });

/** `keptBytes`: what the thread's heap and its buffers have then. */
export type LastWord =
  | { type: 'indexed'; facts: SourceFacts }
  | { type: 'end' }
  | { type: 'error'; error: ThreadError };

/** An error on its way between threads: classes do not survive the copy. */
export interface ThreadError {
  readonly message: string;
  readonly stack: string | undefined;
  /** Set for an `AppError`, or for a system error. */
  readonly code?: string;
  readonly isExpected: boolean;
  readonly details?: ErrorDetails;
  readonly isRetryable?: boolean;
}
