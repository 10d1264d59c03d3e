/**
 * The seam to where a collection's records live. `postgres/` is the one that Waybill is made for; own code
 * can be another. What a target cannot do is a capability that is false, and what is lost then is said here.
 */
import type { Collection, ColumnFacts } from '../collections/collection.ts';
import type { Counts } from '../core/counts.ts';
import type { Issue } from '../core/issue.ts';
import type { Atomicity, ExportOptions, ImportMode, JobKind } from '../core/job.ts';
import type { KeyProbe, MissingReference, SelfReferenceFacts, SequenceState, UniqueProbe } from './probes.ts';
import type { RejectionLimits } from './rejection-limits.ts';

export interface TargetCapabilities {
  /** Rows and ledger commit together. False: a chunk may be given to the target twice after a crash. */
  readonly isExactlyOnce: boolean;
  /** Can say before writing what it would refuse. False: a validation knows only the record rules. */
  readonly canJudge: boolean;
  /** Modes `replace` and atomicity `all`. */
  readonly canStage: boolean;
  readonly canExport: boolean;
}

/** What the target says about itself before a job starts; pinned for the job and compared when it resumes. */
export interface TargetFacts {
  readonly columns: readonly ColumnFacts[];
  /** Columns of the unique index that is the key; empty where the collection has no key, or no such index exists. */
  readonly keyColumns: readonly string[];
  /** True where only the database can tell which keys are the same: expressions, collations, types whose equal values have several texts. */
  readonly keyIsComputed: boolean;
  /** False for queries and views that cannot be written: export and validation only. */
  readonly isWritable: boolean;
  /** Unique indexes beside the key; where there are any, a file-wide pass looks for conflicts before writing. */
  readonly secondaryUniques: readonly string[];
  /** Exclusion constraints, which the same pass looks at. Absent in facts that earlier versions have pinned. */
  readonly exclusions?: readonly string[];
  /** Foreign keys of the table to itself that a pass over the file looks at. Absent: none. */
  readonly selfReferences?: readonly SelfReferenceFacts[];
  /** Changes whenever a change of the table could change a verdict. */
  readonly fingerprint: string;
}

/** A run of records as the reading thread hands it over: rows are COPY text, built once and never parsed again. */
export interface Chunk {
  readonly firstRecord: number;
  readonly lastRecord: number;
  readonly startByte: number;
  readonly endByte: number;
  /** Line of `endByte`, from 1: where the next chunk starts. */
  readonly endLine: number;
  readonly rowCount: number;
  /**
   * Lines of COPY text: record number, line, start byte, end byte, `warned` (t/f), absent field positions from 1 as an int[]
   * literal (\N for none), then one column per entry of `WriterOptions.fields`. UTF-8, in pieces of about 256 KiB, which need
   * not end with a line. `createCopyEncoder` (targets/postgres/copy-encoder.ts) makes them. They must stay unchanged until
   * `write` has returned: after a lost connection they are copied again.
   */
  readonly rows: readonly Uint8Array[];
  /** Records that ended before the target. Those that record rules rejected, by number, in order. */
  readonly rejectedRecords: readonly number[];
  /** How many were skipped: duplicates, and remarks. */
  readonly skipped: number;
  /** How many of those carry a warning. */
  readonly skippedWarned: number;
  /** Issues found so far, in record order. */
  readonly issues: readonly Issue[];
  /**
   * Keys of the rejected records, as canonical text by position in the collection's key, where they are known (duplicates
   * too). Mode `replace` never deletes them; a rejected record without its key here makes it refuse to delete at all.
   */
  readonly rejectedKeys?: readonly (readonly string[])[];
  /** Of the rejected records what can be read of the fields that were asked for: canonical texts by name. */
  readonly rejectedValues?: readonly Readonly<Record<string, string>>[];
}

export interface WriterOptions {
  readonly jobId: string;
  readonly epoch: number;
  readonly part: number;
  readonly kind: Exclude<JobKind, 'export'>;
  readonly mode: ImportMode;
  /** What becomes of each record; default: as the mode says. */
  readonly recordMode?: ImportMode;
  readonly atomicity: Atomicity;
  readonly collection: Collection;
  /** Names of the collection's fields that this source has, in the order of the rows' columns. */
  readonly fields: readonly string[];
  /** The collections that `collection.references` name, by name; a reference that is not among them is not checked. */
  readonly referenced?: Readonly<Record<string, Collection>>;
  /** Column = value pairs, forced on every write and part of every look-up. */
  readonly scope: Readonly<Record<string, string>>;
  /** UTF-16 units of the longest key of the source, all its fields together. Absent: not known. */
  readonly longestKey?: number;
  /** Fingerprint from when the job first ran; a different one now is `target.altered`. */
  readonly fingerprint: string;
  readonly lockTimeoutMs: number;
  /** Where the job stops for its rejected records; none by default. */
  readonly limits?: RejectionLimits;
  /**
   * validation: also tell created, updated, unchanged and deleted (compares every row). Without it an accepted record counts
   * as skipped: it was judged, and nothing else was found out.
   */
  readonly effects: boolean;
  readonly maxDeletes?: number;
  readonly replaceDespiteErrors: boolean;
  readonly replaceByNothing: boolean;
}

/** Where the ledger says that the job is. */
export interface LedgerSummary {
  readonly chunks: number;
  readonly lastRecord: number;
  readonly endByte: number;
  readonly endLine: number;
  readonly counts: Counts;
  readonly issueCount: number;
  /** Records that lie in durable staging (`all`, `replace`) and have no outcome yet. */
  readonly staged: number;
  /** True when the final merge of `all` or `replace` has been committed. */
  readonly isCommitted: boolean;
}

/**
 * What became of a chunk: exact, because it is what the ledger row says. With atomicity `all` and mode `replace` the accepted
 * records have no outcome before `commit`, so only rejected and skipped ones are counted.
 */
export interface ChunkOutcome {
  readonly counts: Counts;
  /** All issues of the chunk, those it came with included, in record order. */
  readonly issues: readonly Issue[];
  /**
   * Set when `limits` end the job inside this chunk: nothing of it was written. It must be read again so that it ends with this
   * record, and be written by another writer. What the database refuses while writing is not foreseen: it is counted afterwards.
   */
  readonly cutAt?: number;
}

/** A chunk that lies in the session's temporary table and has not been written. */
export interface StagedChunk {
  readonly chunk: Chunk;
}

export interface TargetWriter {
  readonly summary: LedgerSummary;
  /** False: what becomes of a chunk does not depend on its rows, so `Chunk.rows` may be empty (`rowCount` counts). */
  readonly needsRows: boolean;
  /** Copies the chunk beside a `write` that is under way: at most two chunks are open at once. */
  stage(chunk: Chunk, signal: AbortSignal): Promise<StagedChunk>;
  /**
   * Judges the rows against the target, writes the accepted ones, and records the ledger row with its issues, in one fenced
   * transaction (for a validation: judges and records only). Chunks are written in the order in which they were staged, and
   * each begins at the record after the one before.
   * After a transient fault the same staged chunk may be written again: it is staged anew if its connection is gone, and a
   * chunk whose commit was unclear is looked up in the ledger first.
   * @throws AppError `target.fenced` when a later epoch has taken over; transient faults as `isTransient` errors.
   */
  write(staged: StagedChunk, signal: AbortSignal): Promise<ChunkOutcome>;
  /** Probes the key's index and forgets the rows; writes nothing. */
  probeKeys(staged: StagedChunk, signal: AbortSignal): Promise<readonly KeyProbe[]>;
  /** Probes the unique indexes beside the key and forgets the rows; writes nothing. */
  probeUniques(staged: StagedChunk, signal: AbortSignal): Promise<readonly UniqueProbe[]>;
  /**
   * After the last chunk: records whose value in a unique index or exclusion constraint the target has and keeps, where that depends on the whole
   * file. In order, those behind `after`, as many as fit into memory.
   */
  takenUniques?(unique: number, after: number, signal: AbortSignal): Promise<readonly number[]>;
  /** Remembers what the chunk's records refer to in their own table, and what they give, and forgets the rows. Writes nothing. */
  probeReferences?(staged: StagedChunk, signal: AbortSignal): Promise<void>;
  /** After the last chunk: by record, in order, at most as many as fit into memory. @param after record of the last one that is known */
  missingReferences?(after: number, signal: AbortSignal): Promise<readonly MissingReference[]>;
  /** Records may have to wait for later ones, and are then staged until `commit`, although the job writes chunk by chunk. */
  readonly mayHoldBack?: boolean;
  /**
   * The final merge of atomicity `all` and mode `replace`, as one transaction. Idempotent: after a crash it is called again.
   * Returns the counts of the whole part. If records were rejected (here or before) and that forbids the merge, nothing is
   * applied, the ledger says so (accepted records count as skipped), and it throws.
   * @throws AppError `job.not_all_accepted`, `job.replace_refused`, `target.fenced`
   */
  commit(signal: AbortSignal): Promise<Counts>;
  /**
   * After a `commit` of mode `replace`: rows that no record names and that are there all the same, because a trigger or a policy kept them
   * from being deleted.
   */
  countKept?(): Promise<number>;
  /** What the ledger says now: after a refused `commit` it alone knows the counts. */
  readLedger(): Promise<LedgerSummary>;
  /**
   * Removes staging tables; the ledger stays until retention drops it. A writer that is opened afterwards, for a job that is
   * retried or resumed, starts at the first record again unless the merge was applied.
   */
  discard(): Promise<void>;
  /** Ends a running statement: first by cancel, after `graceMs` by terminating the session. */
  interrupt(graceMs: number): Promise<void>;
  close(): Promise<void>;
}

/** On whose behalf a target is asked, and until when. */
export interface TargetCall {
  readonly jobId: string;
  readonly epoch: number;
  /** Aborted: what is under way is interrupted, and the call rejects with the signal's reason. Only where nothing is kept of it. */
  readonly signal: AbortSignal;
}

export interface SnapshotOptions {
  readonly collection: Collection;
  readonly scope: Readonly<Record<string, string>>;
  readonly options: Pick<ExportOptions, 'fields' | 'filter' | 'order'>;
  readonly jobId: string;
  readonly epoch: number;
  /** Aborted: taking the snapshot is interrupted. */
  readonly signal?: AbortSignal;
}

/** One read-only repeatable-read snapshot. */
export interface TargetSnapshot {
  /** Fields of the rows, in order. */
  readonly fields: readonly string[];
  readonly takenAt: Date;
  /** Exact, counted in the same snapshot. */
  readonly total: number;
  /** COPY text of the rows (tab-separated, `\N` for null), as it comes from the server; ends with the last row. */
  rows(signal: AbortSignal): AsyncIterable<Uint8Array>;
  close(): Promise<void>;
}

/** Which chunks' issues are wanted. */
export interface SegmentQuery {
  readonly jobId: string;
  readonly part: number;
  /** Leaves out this chunk and all before it. */
  readonly afterChunk?: number;
  /** Only chunks that may have issues of these records, both included; other records come with them. */
  readonly records?: { readonly from: number; readonly to: number };
}

/** One chunk's issues as they lie in the ledger. */
export interface IssueSegment {
  readonly chunk: number;
  readonly firstRecord: number;
  readonly lastRecord: number;
  readonly issues: readonly Issue[];
}

export interface Target {
  readonly capabilities: TargetCapabilities;
  /** Reads the catalogue. @throws AppError `target.not_found`, `target.unsupported`, `target.permission_denied` */
  describe(collection: Collection, call?: TargetCall): Promise<TargetFacts>;
  /** Bumps the fence, ends the sessions of earlier epochs, reads the ledger. */
  openWriter(options: WriterOptions, signal?: AbortSignal): Promise<TargetWriter>;
  openSnapshot(options: SnapshotOptions): Promise<TargetSnapshot>;
  /** What a statement of this attempt waits for that others hold, in words (`a lock on contacts`); undefined: for nothing. */
  findWait?(attempt: { readonly jobId: string; readonly epoch: number }): Promise<string | undefined>;
  /** How many records the collection has in this scope. @throws AppError `target.unsupported` where nothing can be read */
  count(collection: Collection, scope: Readonly<Record<string, string>>): Promise<number>;
  /**
   * Which sequences of these columns stand behind what is there now, and with `advance` makes them stand behind no more: never backwards,
   * and beside others who insert. Idempotent. Absent where a target has no sequences.
   */
  settleSequences?(
    options: {
      readonly collection: Collection;
      readonly columns: readonly string[];
      readonly advance: boolean;
    },
    call: TargetCall,
  ): Promise<readonly SequenceState[]>;
  /** The issues of one part in record order, a segment at a time. */
  issueSegments(query: SegmentQuery): AsyncIterable<IssueSegment>;
  /**
   * Ends an attempt whose worker is dead: from now on nothing writes for it or for an earlier one, so what the ledger says is final until
   * the next claim. Gives the ledger of each part, by number. `discard` removes the staging of a job that does not go on.
   */
  endAttempt(attempt: {
    jobId: string;
    epoch: number;
    parts: readonly number[];
    discard: boolean;
  }): Promise<ReadonlyMap<number, LedgerSummary>>;
  /** Retention: takes the values of records out of a job's issues; codes and positions stay. Idempotent. */
  forgetValues(jobId: string): Promise<void>;
  /** Retention: removes ledger rows, fence and staging of these jobs, at once. */
  forget(jobIds: readonly string[]): Promise<void>;
  close(): Promise<void>;
}
