/** The status of an export, and back. */
import type { Job } from '../../core/job.ts';
import type { JobState } from '../../core/job-state.ts';
import { type StatusView, type StatusViewState, wireWord } from '../status-view.ts';
import type { WireAnswer } from '../wire.ts';
import { failure, REPLIES, success } from './envelope.ts';
import { EXPORTS, type ExportName } from './exports.ts';
import { readViennaTime, renderViennaTime } from './vienna-time.ts';

/** What is kept with a job. */
export interface ExportFacts {
  readonly export: ExportName;
  readonly method: 'local' | 'ftp' | 'sftp';
  readonly fileName: string;
  readonly ftpHost?: string;
  readonly ftpDir?: string;
}

export const STATUS_WORDS = ['scheduled', 'in progress', 'ready', 'done', 'error'] as const;
type StatusWord = (typeof STATUS_WORDS)[number];

/** Source: SEED4. A new state of ours does not compile until it has a word. */
const STATUS_OF: Readonly<Record<JobState, StatusWord>> = {
  scheduled: 'scheduled',
  queued: 'scheduled',
  running: 'in progress',
  pausing: 'in progress',
  paused: 'in progress',
  cancelling: 'in progress',
  delivering: 'ready',
  succeeded: 'done',
  failed: 'error',
  cancelled: 'error',
};

const VIEW_OF: Readonly<Record<StatusWord, StatusViewState>> = {
  scheduled: 'scheduled',
  'in progress': 'running',
  ready: 'delivering',
  done: 'succeeded',
  error: 'failed',
};

/** `type` of an export that was asked for elsewhere. */
export const OTHER_TYPE = 'Export';

/** Facts of a job that was asked for here; undefined for any other. */
export function factsOf({ origin }: Job): ExportFacts | undefined {
  return origin?.protocol === 'emarsys' ? (origin.facts as unknown as ExportFacts) : undefined;
}

/** What imports is no export, wherever it was asked for; an export of another protocol is one, without a file of ours. */
export function renderStatus(job: Job): WireAnswer {
  if (job.kind !== 'export') return failure(REPLIES.invalidExportType);
  const status = STATUS_OF[job.state];
  const facts = factsOf(job);
  return success({
    id: String(job.number),
    created: renderViennaTime(job.createdAt),
    status,
    type: EXPORTS.find(({ name }) => name === facts?.export)?.type ?? OTHER_TYPE,
    file_name: status === 'done' ? (facts?.fileName ?? null) : null,
    ftp_host: facts?.ftpHost ?? null,
    ftp_dir: facts?.ftpDir ?? null,
  });
}

export function projectStatus(job: Job): StatusView {
  const wire = STATUS_OF[job.state];
  return viewOf(wire, renderViennaTime(job.createdAt));
}

export function readStatus(body: unknown): StatusView {
  const { data } = (body ?? {}) as { data?: unknown };
  const { status, created } = (data ?? {}) as { status?: unknown; created?: unknown };
  if (isStatusWord(status)) return viewOf(status, typeof created === 'string' ? created : '');
  return { state: 'unknown', wire: wireWord(status), raw: body };
}

function viewOf(wire: StatusWord, created: string): StatusView {
  const createdAt = readViennaTime(created);
  return { state: VIEW_OF[wire], wire, ...(createdAt !== undefined && { createdAt }) };
}

function isStatusWord(value: unknown): value is StatusWord {
  return (STATUS_WORDS as readonly unknown[]).includes(value);
}
