/** Answers of the native API, as JSON. Times are RFC 3339 texts. */
import type { DeliveryState, Destination } from '../core/delivery.ts';
import type { Issue } from '../core/issue.ts';
import type {
  DialectGuess,
  ExportOptions,
  IgnoredField,
  IgnoredFields,
  ImportOptions,
  JobFailure,
  JobKind,
  LogRequest,
  PartSource,
  WaitingReason,
} from '../core/job.ts';
import type { JobState } from '../core/job-state.ts';
import type { NotificationState } from '../core/notification.ts';
import type { ReportStatus } from '../core/report.ts';

export interface WireOutcomes {
  readonly created: number;
  readonly updated: number;
  readonly unchanged: number;
  readonly deleted: number;
  readonly skipped: number;
  readonly rejected: number;
  /** What mode `replace` deleted from the target. */
  readonly removed: number;
}

export interface WireResults {
  readonly successful: number;
  readonly warnings: number;
  readonly errors: number;
}

export interface WireDelivery {
  readonly state: DeliveryState;
  readonly attempts: number;
  readonly startedAt?: string;
  readonly nextAttemptAt?: string;
  readonly lastError?: string;
}

export interface WirePart {
  readonly part: number;
  readonly collection: string;
  readonly collectionVersion: number;
  readonly scope: Readonly<Record<string, string>>;
  readonly source?: PartSource;
  /** export: what this part takes, in place of what the options say. */
  readonly fields?: ExportOptions['fields'];
  readonly filter?: ExportOptions['filter'];
  /** How the source is read where neither the request nor the file itself settles it. */
  readonly guesses?: readonly DialectGuess[];
  /** What the source has and the collection does not; it is left out. */
  readonly ignored?: IgnoredFields;
  readonly total?: number;
  /** Nothing is left to do for this part. */
  readonly isComplete: boolean;
  readonly processed: number;
  readonly results: WireResults;
  readonly outcomes: WireOutcomes;
}

export interface WireNotification {
  /** The server that is told: the address without its path. */
  readonly to: string;
  readonly state: 'waiting' | NotificationState;
  readonly attempts: number;
  readonly lastError?: string;
}

export interface WireJob {
  readonly id: string;
  readonly number: number;
  readonly kind: JobKind;
  readonly state: JobState;
  readonly reason?: string;
  readonly failure?: JobFailure;
  /** Of an import or validation that has ended: how the files that it leaves stand. */
  readonly report?: ReportStatus;
  readonly completeness?: 'all' | 'some' | 'none';
  /** Why a queued job has not begun; absent when it is about to. */
  readonly waitingBecause?: WaitingReason;
  readonly waitingFor?: { readonly number: number };
  readonly collection?: string;
  readonly options: ImportOptions | ExportOptions;
  readonly destination?: Destination;
  readonly log?: LogRequest;
  readonly delivery?: WireDelivery;
  readonly description?: string;
  readonly labels: readonly string[];
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Absent where nobody is told of the job. */
  readonly notification?: WireNotification;
  readonly createdBy?: string;
  /** Name of the protocol that the job was asked for in; absent: the native API. */
  readonly protocol?: string;
  readonly parentId?: string;
  /** Id of the job that must have succeeded before this one begins. */
  readonly after?: string;
  readonly priority: number;
  /** How often a worker has taken the job. */
  readonly attempt: number;
  readonly progress: {
    readonly processed: number;
    /** Of those: accepted, and written with the final merge. */
    readonly staged?: number;
    readonly total?: number;
    readonly percentage: number;
    /** What the worker is doing; absent once the job has ended. */
    readonly currentOperation?: string;
    /** What others hold that the job waits for: `a lock on contacts`. */
    readonly waitsFor?: string;
    readonly estimatedCompletion?: string;
  };
  readonly results: WireResults;
  readonly outcomes: WireOutcomes;
  readonly parts: readonly WirePart[];
  readonly createdAt: string;
  readonly startAt?: string;
  readonly stopAt?: string;
  readonly startedAt?: string;
  readonly finishedAt?: string;
  readonly updatedAt: string;
  /** Only in the answer to a kick-off: an earlier import of the same bytes. */
  readonly sameContentAs?: { readonly id: string; readonly number: number };
  readonly links: Readonly<Record<string, string>>;
}

export interface WireUpload {
  readonly id: string;
  readonly fileName?: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly createdAt: string;
  readonly expiresAt?: string;
}

/** Where a field lives in the target. */
export interface WireColumn {
  readonly field: string;
  readonly column: string;
  /** Absent while a bound target cannot be asked. */
  readonly sqlType?: string;
}

export interface WireCollection {
  readonly name: string;
  readonly version: number;
  readonly definition: Readonly<Record<string, unknown>>;
  readonly createdAt: string;
  readonly updatedAt: string;
  /** Only of one collection, not in lists. */
  readonly columns?: readonly WireColumn[];
  readonly records?: number;
}

export interface WireVersion {
  readonly name: string;
  readonly version: number;
  readonly createdAt: string;
  /** The collection has not been changed or dropped since. */
  readonly isCurrent: boolean;
  /** Only of one version, not in lists. */
  readonly definition?: Readonly<Record<string, unknown>>;
}

export interface WirePlan {
  readonly name: string;
  readonly version?: number;
  readonly isChanged: boolean;
  readonly isDryRun: boolean;
  readonly steps: readonly { readonly text: string; readonly destructive: boolean }[];
  readonly columns: readonly WireColumn[];
}

export interface WireIssue extends Issue {
  readonly part: number;
  /** In English. */
  readonly message: string;
}

export interface WireIssueGroup {
  readonly part: number;
  readonly code: Issue['code'];
  readonly field?: string;
  readonly severity: Issue['severity'];
  readonly count: number;
  readonly examples: readonly WireIssue[];
}

export interface WireTimelineEntry {
  readonly at: string;
  readonly event: string;
  readonly from?: JobState;
  readonly to?: JobState;
  readonly attempt: number;
  readonly detail: Readonly<Record<string, unknown>>;
}

export interface WireArtifact {
  readonly name: string;
  readonly kind: 'result' | 'manifest' | 'issues' | 'failed_rows' | 'unreadable_rows';
  readonly part?: number;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly records?: number;
  /** Bytes that the file would have, had it not been cut at a limit. */
  readonly cutFromBytes?: number;
  readonly createdAt: string;
  readonly expiresAt?: string;
  readonly removedAt?: string;
  readonly deliveredAt?: string;
  /** Its address at the job's destination. */
  readonly deliveredTo?: string;
  readonly url: string;
}

/** How an upload would be read and what is in it. */
export interface WireInspection {
  readonly dialect: Readonly<Record<string, unknown>>;
  /** Why, in words, by the member of the dialect. */
  readonly evidence: Readonly<Record<string, string>>;
  /** What of it the file leaves open. */
  readonly guesses: readonly DialectGuess[];
  readonly fields: readonly string[];
  readonly sample: readonly Readonly<Record<string, unknown>>[];
  /** A collection that fits the sample. */
  readonly inferred?: {
    readonly definition: Readonly<Record<string, unknown>>;
    readonly fields: readonly {
      readonly name: string;
      readonly type: string;
      /** Goes behind "because". */
      readonly reason: string;
      readonly values: number;
      readonly nulls: number;
      readonly distinct: number;
      readonly examples: readonly string[];
      readonly minimum?: string;
      readonly maximum?: string;
    }[];
    /** A sentence. */
    readonly keyReason: string;
    readonly sampledRecords: number;
  };
  /** How its fields would become those of the collection that was named. */
  readonly mapping?: {
    readonly fields: readonly { readonly field: string; readonly source?: string; readonly by: string }[];
    readonly unknownFields: readonly string[];
    /** The same, with the field that each may have been meant for. */
    readonly ignored: readonly IgnoredField[];
    readonly problems: readonly string[];
    /** Goes into a kick-off as its `mapping`. */
    readonly suggestion: {
      readonly fields: readonly { readonly field: string; readonly source?: string }[];
      readonly ignore: readonly string[];
    };
  };
}
