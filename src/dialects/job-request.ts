/** What a dialect asks of the engine. Collections and fields are named as the binding names them; the mount holds them against what is there. */
import type { Destination } from '../core/delivery.ts';
import type { ExportOptions, Filter, ImportOptions, JobKind, LogRequest, PartSource } from '../core/job.ts';
import type { NotifyRequest } from '../core/notification.ts';

export interface PartRequest {
  readonly collection: string;
  readonly scope?: Readonly<Record<string, string>>;
  /** export: in place of the job's. */
  readonly fields?: readonly string[];
  readonly filter?: Filter;
  /** import, validation: a file that came with the request, or one that lies at a place. */
  readonly source?: PartSource;
  /** import, validation: names in the source by field; its other members are left out. Default: fields are matched by name. */
  readonly sourceNames?: Readonly<Record<string, string>>;
}

export interface JobRequest {
  readonly kind: JobKind;
  readonly parts: readonly PartRequest[];
  /** Defaults are the engine's. */
  readonly options?: Partial<ExportOptions> | Partial<ImportOptions>;
  readonly description?: string;
  /** export: where the files are carried once they are complete. An address that is mapped nowhere is `destination.unknown_location`. */
  readonly destination?: Destination;
  readonly startAt?: Date;
  readonly stopAt?: Date;
  /** A job that is started as well, and must have succeeded before this one begins: its id is `job.afterJob`. */
  readonly after?: JobRequest;
  /** Address of the file that the log is written to. */
  readonly log?: LogRequest;
  /** Whom to tell, in words of the dialect's `renderNotification`. Default: when the job is final, with five retries a minute apart. */
  readonly notify?: Pick<NotifyRequest, 'url'> & Partial<NotifyRequest>;
  /** Kept with the job and given back with it as `job.origin.facts`: what answers repeat. Plain JSON, never a credential. */
  readonly facts: Readonly<Record<string, unknown>>;
  /** Jobs with the same key are done one after another: the next one waits, queued, while another runs. */
  readonly exclusiveKey?: string;
  /** How many jobs of this name may be under way at once; one more is `job.too_many_running`. */
  readonly slot?: { readonly name: string; readonly most: number };
}
