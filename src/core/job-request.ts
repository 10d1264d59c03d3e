/**
 * The normal form of a kick-off: what every door (the API in its three forms, corrections, wire protocols) makes of what it is sent, and
 * `startJob` takes. Collections and fields are named as the door was told; `startJob` checks them against what is there.
 */
import type { Destination } from './delivery.ts';
import type { ExportOptions, ImportOptions, JobKind, LogRequest, PartSource } from './job.ts';
import type { NotifyRequest } from './notification.ts';

/** A file that a request brings, before it is read. */
export interface IncomingFile {
  readonly fileName?: string;
  /** In hex, where the request announces it: known before the file is read. */
  readonly sha256?: string;
  readonly pieces: AsyncIterable<Uint8Array>;
  /** Gives up what has not been read; call it when the request is done with. */
  readonly release: () => void;
}

/** Where a part gets its records. A job: what that validation has checked, read in the same way into the same version. */
export type RequestedSource =
  | PartSource
  | { readonly job: string }
  | { readonly records: readonly unknown[] }
  | { readonly file: IncomingFile };

export interface PartRequest {
  /** May be left out where the source is a job, which has one. */
  readonly collection?: string;
  readonly scope?: Readonly<Record<string, string>>;
  /** export: in place of the job's. */
  readonly fields?: readonly string[];
  /** As it was written; `parse-filter.ts` reads it. */
  readonly filter?: unknown;
  /** import, validation. */
  readonly source?: RequestedSource;
  /** import, validation: members of `SourceDialect` that are said; the others are found out. */
  readonly dialect?: unknown;
  /** import, validation: which field is read from which name of the source. Default: fields are matched by name. */
  readonly mapping?: unknown;
  /** The same where its other members are left out: names in the source by field. */
  readonly sourceNames?: Readonly<Record<string, string>>;
  /** The same two as another job has pinned them: they are taken as they are. */
  readonly pinned?: { readonly dialect?: unknown; readonly mapping?: unknown };
}

/** Of an export, with a filter and an order as they were written. */
export type RequestedExportOptions = Omit<Partial<ExportOptions>, 'filter' | 'order'> & {
  readonly filter?: unknown;
  readonly order?: readonly { readonly field: string; readonly direction?: 'asc' | 'desc' }[];
};

export interface JobRequest {
  readonly kind: JobKind;
  /** Without parts, where a request chose nothing that is there, a job does nothing and succeeds. */
  readonly parts: readonly PartRequest[];
  /** Defaults are the engine's. */
  readonly options?: RequestedExportOptions | Partial<ImportOptions>;
  readonly description?: string;
  readonly labels?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly createdBy?: string;
  readonly priority?: number;
  /** The job that it corrects. */
  readonly parentId?: string;
  /** export: where the files are carried once they are complete. An address that is mapped nowhere is `destination.unknown_location`. */
  readonly destination?: Destination;
  readonly startAt?: Date;
  readonly stopAt?: Date;
  /** Id or number of the job that must have succeeded before this one begins. */
  readonly afterJob?: string;
  /** A job that is started as well, and must have succeeded before this one begins: its id is `job.afterJob`. */
  readonly after?: JobRequest;
  /** Address of the file that the log is written to. */
  readonly log?: LogRequest;
  /** Whom to tell, in words of the protocol's `renderNotification` or of the API. Default: when the job is final, with five retries a minute apart. */
  readonly notify?: Pick<NotifyRequest, 'url'> & Partial<NotifyRequest>;
  /** Of a wire protocol: kept with the job and given back with it as `job.origin.facts`: what answers repeat. Plain JSON, never a credential. */
  readonly facts?: Readonly<Record<string, unknown>>;
  /** Jobs with the same key are done one after another: the next one waits, queued, while another runs. */
  readonly exclusiveKey?: string;
  /** How many jobs of this name may be under way at once; one more is `job.too_many_running`. */
  readonly slot?: { readonly name: string; readonly most: number };
}
