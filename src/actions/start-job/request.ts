/** Bodies of kick-offs, after their schemas have checked them. */
import type { Mapping } from '../../collections/mapping.ts';
import type { Destination } from '../../core/delivery.ts';
import { AppError } from '../../core/errors.ts';
import type { ExportOptions, ImportOptions, LogRequest } from '../../core/job.ts';
import type { NotifyRequest } from '../../core/notification.ts';
import type { Compression, Encoding, FormatName } from '../../formats/format.ts';

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

/** What is said of the request itself, beside the job that it asks for. */
export interface Origin {
  readonly idempotencyKey?: string;
  /** W3C trace context; kept with the job for the log lines of whoever works on it. */
  readonly traceparent?: string;
}

/** How to read the source; what is absent is found out. */
export interface RequestedDialect {
  readonly format?: FormatName;
  readonly encoding?: Encoding;
  readonly compression?: Compression;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  readonly header?: boolean;
  /** Line with the names, from 1. */
  readonly headerRow?: number;
  readonly skipLines?: number;
  readonly comment?: string;
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

/** As the formats name it. @throws AppError `request.invalid` where members contradict each other */
export function renderDialect(dialect: RequestedDialect | undefined): unknown {
  if (dialect === undefined) return undefined;
  const { header, headerRow, ...members } = dialect;
  if (headerRow !== undefined) {
    const other =
      header === false ? 'header: false' : members.skipLines === undefined ? undefined : 'skipLines';
    if (other !== undefined) {
      throw new AppError(
        'request.invalid',
        `The dialect has headerRow and ${other}, which contradict each other. headerRow: ${headerRow} alone says that the header is on line ${headerRow}.`,
      );
    }
    return { ...members, hasHeader: true, skipLines: headerRow - 1 };
  }
  return header === undefined ? members : { ...members, hasHeader: header };
}
