/** Bodies of kick-offs, after their schemas have checked them. */

import type { RequestedDialect } from '../../actions/start-job/requested-dialect.ts';
import type { Mapping } from '../../collections/mapping.ts';
import type { Destination } from '../../core/delivery.ts';
import type { ExportOptions, ImportOptions, LogRequest } from '../../core/job.ts';
import type { NotifyRequest } from '../../core/notification.ts';

export interface JobDescription {
  readonly description?: string;
  readonly labels?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly createdBy?: string;
  readonly priority?: number;
  readonly startAt?: string;
  readonly stopAt?: string;
  /** Id or number of the job that must have succeeded before. */
  readonly after?: string;
  readonly scope?: Readonly<Record<string, string>>;
  /** What the API's own requests leave out is `NOTIFY_DEFAULTS`. */
  /** The file that the log is written to. */
  readonly log?: LogRequest;
  readonly notify?: Pick<NotifyRequest, 'url'> & Partial<NotifyRequest>;
}

export type RequestedSource =
  | { readonly upload: string }
  | { readonly job: string }
  | { readonly records: readonly unknown[] }
  | { readonly location: string }
  | { readonly url: string };

/** An import or a validation of a file that comes with the request. */
export interface FileImportRequest extends JobDescription, Partial<ImportOptions> {
  readonly collection?: string;
  readonly dialect?: RequestedDialect;
  readonly mapping?: Pick<Mapping, 'fields'> & Partial<Pick<Mapping, 'ignore'>>;
}

export interface ImportRequest extends FileImportRequest {
  readonly source: RequestedSource;
}

/** One of several parts. */
export interface ImportPartRequest extends Pick<FileImportRequest, 'scope' | 'dialect' | 'mapping'> {
  readonly collection: string;
  readonly source: { readonly upload: string };
}

export interface PartedImportRequest extends Omit<JobDescription, 'scope'>, Partial<ImportOptions> {
  readonly parts: readonly ImportPartRequest[];
}

export interface ExportPartRequest
  extends Pick<ExportRequest, 'collection' | 'scope' | 'fields' | 'filter'> {}

export interface PartedExportRequest
  extends Omit<ExportRequest, 'collection' | 'scope' | 'fields' | 'filter' | 'order'> {
  readonly parts: readonly ExportPartRequest[];
}

export interface ExportRequest extends JobDescription, Omit<Partial<ExportOptions>, 'filter' | 'order'> {
  readonly collection: string;
  readonly filter?: unknown;
  readonly order?: readonly { readonly field: string; readonly direction?: 'asc' | 'desc' }[];
  readonly destination?: Destination;
}
