import type { Counts } from './counts.ts';
import type { Delivery, Destination } from './delivery.ts';
import type { ImportOptions } from './import-options.ts';
import type { JobState } from './job-state.ts';
import type { NotificationStatus, NotifyRequest } from './notification.ts';
import type { ReportStatus } from './report.ts';

export {
  type Atomicity,
  type DuplicatePolicy,
  IMPORT_MODES,
  type ImportMode,
  type ImportOptions,
} from './import-options.ts';

/** What a job is asked to do. Stored with the job as plain JSON and never changed afterwards. */

export const JOB_KINDS = ['import', 'validation', 'export'] as const;
export type JobKind = (typeof JOB_KINDS)[number];

/** Values of a filter; a condition that needs none counts as one. Each is a setting of the export's transaction. */
export const MAX_FILTER_VALUES = 10_000;

export type FilterOperator = 'eq' | 'ne' | 'lt' | 'le' | 'gt' | 'ge' | 'in' | 'like' | 'is_null' | 'not_null';

export type Filter =
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | { readonly field: string; readonly op: FilterOperator; readonly value?: string | readonly string[] };

export interface ExportOptions {
  /** Names of fields, in order; default all. */
  readonly fields?: readonly string[];
  readonly filter?: Filter;
  /** Default: the key. */
  readonly order?: readonly { readonly field: string; readonly direction: 'asc' | 'desc' }[];
  readonly format: 'csv' | 'jsonl' | 'json' | 'xlsx';
  readonly compression: 'none' | 'gzip' | 'zstd' | 'zip';
  readonly delimiter?: string;
  readonly header?: boolean;
  /** Texts of the header (CSV, XLSX) by field; the others have their names. Default: names. */
  readonly headerLabels?: Readonly<Record<string, string>>;
  readonly encoding?: 'utf-8' | 'utf-8-bom' | 'utf-16le' | 'windows-1252';
  /** A new result file after this many records, or this many bytes before compression. */
  readonly splitRecords?: number;
  readonly splitBytes?: number;
  /** Name of the result file without extension. Default: the collection's. */
  readonly fileName?: string;
  /** CSV: put an apostrophe before text that a spreadsheet would take for a formula, and say where in a column of its own. Default false. */
  readonly guardFormulas?: boolean;
}

/** Why a job is final, in a form that people and programs can act on. */
export interface JobFailure {
  readonly code: string;
  readonly message: string;
  readonly retryable: boolean;
  /** Figures and names of the message, for programs. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** What the worker is doing: shown as `currentOperation`. */
export const PHASES = [
  'waiting',
  'preparing',
  'fetching',
  'indexing',
  'checking',
  'writing',
  'committing',
  'exporting',
  'finishing',
  'delivering',
] as const;
export type Phase = (typeof PHASES)[number];

/** Where a part of a job gets its records. */
export type PartSource = { readonly upload: string } | SourceByReference;

/** What lies at a place, and is fetched as an upload when the job begins. */
export interface SourceByReference {
  readonly location: string;
  /** Name of what makes one file of what is there; default: it is one. */
  readonly unpack?: string;
  /** Once it has been fetched: from then on the place is not read again. */
  readonly upload?: string;
}

/** How a source is read where nobody has said it and the file leaves it open. */
export interface DialectGuess {
  readonly what: 'encoding' | 'delimiter' | 'quote' | 'header' | 'skipLines' | 'sheet';
  readonly value: string | boolean | number;
  /** In words; goes behind "because". */
  readonly because: string;
}

/** How the target fills a column that nobody can write. */
export type FilledBy = 'generated' | 'identity';

/** A field of the source that leads nowhere. */
export interface IgnoredField {
  readonly name: string;
  /** The collection has it, and only the target fills its column; absent where the collection has no such field. */
  readonly because?: FilledBy;
  /** The field of the collection that it may have been meant for. */
  readonly closest?: string;
}

export interface IgnoredFields {
  readonly count: number;
  /** The first of them. */
  readonly fields: readonly IgnoredField[];
}

/** One collection with one source, or one result. Counters are sums over the ledger. */
export interface JobPart {
  readonly part: number;
  readonly collection: string;
  readonly collectionVersion: number;
  /** Column = value pairs that every record of the part carries. */
  readonly scope: Readonly<Record<string, string>>;
  readonly source?: PartSource;
  /** export: what this part takes, in place of what `ExportOptions` says for all parts. */
  readonly fields?: ExportOptions['fields'];
  readonly filter?: ExportOptions['filter'];
  /** Known once the source has been looked at; absent when nothing had to be guessed. */
  readonly guesses?: readonly DialectGuess[];
  /** What the source has and the collection does not: absent where it is nothing. */
  readonly ignored?: IgnoredFields;
  /** Records in the source, or rows of the snapshot; absent until known. */
  readonly total?: number;
  /** Nothing is left to do for it; false, once the job has ended, for parts that it did not come to or stopped in, and where it came to nothing. */
  readonly isComplete: boolean;
  readonly counts: Counts;
  /** Accepted records that lie in staging and have no outcome before the final merge; absent: none. */
  readonly staged?: number;
}

/** The wire protocol that a job was asked for in; absent: the native API. */
export interface JobOrigin {
  /** Its name. */
  readonly protocol: string;
  /** What of the request its answers repeat or depend on: plain JSON whose shape belongs to the protocol. Never a credential. */
  readonly facts: Readonly<Record<string, unknown>>;
}

/** Where a job keeps a log for people. */
export interface LogRequest {
  /** Address of a file, below one of the prefixes of the setting `locations`. */
  readonly location: string;
}

/**
 * Why a queued job has not begun. prerequisite: the job that it comes after has not succeeded yet. collection: another job has the same
 * collection and scope, or gets it first. pause: it is tried again a while after a fault. workers_busy: each worker has a job. no_worker:
 * no worker runs.
 */
export const WAITING_REASONS = ['prerequisite', 'collection', 'pause', 'workers_busy', 'no_worker'] as const;
export type WaitingReason = (typeof WAITING_REASONS)[number];

/** What a queued job waits for. */
export interface Waiting {
  readonly because: WaitingReason;
  /** The job that it waits for, where it waits for one. */
  readonly number?: number;
}

/** A job as everybody sees it: a projection of its row, never of a worker's memory. */
export interface Job {
  readonly id: string;
  readonly number: number;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly options: ImportOptions | ExportOptions;
  /** export: where its result is carried; absent: it stays to be downloaded. */
  readonly destination?: Destination;
  /** How that stands; exactly where there is a destination. */
  readonly delivery?: Delivery;
  /** The file that its log is written to. */
  readonly log?: LogRequest;
  readonly parts: readonly JobPart[];
  readonly description?: string;
  readonly labels: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly createdBy?: string;
  readonly origin?: JobOrigin;
  /** Whom it tells of itself. */
  readonly notify?: NotifyRequest;
  /** Absent until there is something to tell. */
  readonly notification?: NotificationStatus;
  /** W3C trace context of the kick-off, for the log. */
  readonly traceparent?: string;
  readonly parentId?: string;
  /** The job that must have succeeded before this one begins. */
  readonly afterJob?: string;
  readonly priority: number;
  /** Of all uploads that it reads; absent: not known. */
  readonly sourceBytes?: number;
  /** How often its turn in the lane was over before it was. Default 0. */
  readonly laneTurns?: number;
  readonly startAt?: Date;
  readonly stopAt?: Date;
  readonly epoch: number;
  readonly reason?: string;
  readonly failure?: JobFailure;
  /** How its files of issues and rejected records stand; exactly where an import or validation has ended. */
  readonly report?: ReportStatus;
  readonly phase: Phase;
  /** 0 to 100; never falls within a run; at most 99 before the end. */
  readonly percentage: number;
  readonly estimatedCompletion?: Date;
  /** What others hold that it waits for, in words: `a lock on contacts`. */
  readonly waitsFor?: string;
  readonly createdAt: Date;
  readonly startedAt?: Date;
  readonly finishedAt?: Date;
  /** Retention: single issues are gone since then, groups and counts stay. */
  readonly ledgerDroppedAt?: Date;
  /** Retention: what was found until then has no values of records any more. */
  readonly valuesDroppedAt?: Date;
  readonly updatedAt: Date;
  /** Grows with every change: the ETag. */
  readonly version: number;
}
