/** A kick-off as a job: where the package lies, what is done with it, and when. */
import type { ImportOptions, JobKind } from '../../core/job.ts';
import type { JobRequest } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { checkBody } from '../egain/check-request.ts';
import { type Fault, fault, refuse } from '../egain/faults.ts';
import { renderId } from '../egain/progress.ts';
import type { WireRequest } from '../wire.ts';
import { type ImportBinding, MOST_RECORDS, sourceNamesOf } from './binding.ts';
import {
  type DataSource,
  IMPORT_CONTENT,
  type ImportContent,
  VALIDATE_CONTENT,
  type ValidateImportContent,
} from './import-content.ts';

/** Source: eGain's OpenAPI document, `scheduleTime`: at most seven days ahead. */
export const DAYS_AHEAD = 7;
const DAY_MS = 24 * 60 * 60 * 1000;

/** Of the engine's fetchers. */
const UNPACK = 'egain-package';
const SLOT = 'egain-import';

/** `import` adds what is new, `reimport` changes what is there. */
const MODES = { import: 'insert', reimport: 'update' } as const;

/** @throws Refusal for what is wrong with the body */
export function readImport(binding: ImportBinding, request: WireRequest): JobRequest {
  checkBody(IMPORT_CONTENT, request);
  const { dataSource, operation, scheduleTime } = request.body as ImportContent;
  const startAt = readTime('scheduleTime.date', scheduleTime?.date, request);
  const stopAt = readTime('scheduleTime.stopDate', scheduleTime?.stopDate, request);
  checkSchedule(startAt, stopAt, request);
  return {
    ...jobOf(binding, request, dataSource, { kind: 'import', mode: MODES[operation] }),
    facts: { operation },
    ...omitUndefined({ startAt: isAhead(startAt, request) ? startAt : undefined, stopAt }),
  };
}

/**
 * Nothing says whether what is checked shall be added or change what is there, so that both will do.
 *
 * @throws Refusal for what is wrong with the body
 */
export function readValidation(binding: ImportBinding, request: WireRequest): JobRequest {
  checkBody(VALIDATE_CONTENT, request);
  const { dataSource } = request.body as ValidateImportContent;
  return { ...jobOf(binding, request, dataSource, { kind: 'validation', mode: 'upsert' }), facts: {} };
}

function jobOf(
  { articles, logs, maxRecords = MOST_RECORDS, simultaneousJobs: most }: ImportBinding,
  request: WireRequest,
  dataSource: DataSource,
  { kind, mode }: { kind: JobKind; mode: ImportOptions['mode'] },
): Omit<JobRequest, 'facts'> {
  const location = dataSource.path.replace(/\/+$/, '');
  const { collection, scope } = articles;
  const source = { location, unpack: UNPACK };
  const sourceNames = sourceNamesOf({ articles });
  return {
    kind,
    parts: [{ collection, source, sourceNames, ...(scope && { scope }) }],
    // A job that has done its work has succeeded, with however many errors.
    options: { mode, maxRecords, allowNothingAccepted: true },
    description: `Content of ${location}`,
    log: { location: `${logs ?? logFolderOf(location)}/import-logs-${renderId(request.id)}.txt` },
    ...(most !== undefined && { slot: { name: SLOT, most } }),
  };
}

/** What 412-100 asks for when there are too many jobs. */
export const ENOUGH_HAVE_ENDED = 'an earlier import or validation job has ended';

/** `logs` at the root of the bucket or server, as in the vendor's examples; on a disk, beside the package. */
function logFolderOf(location: string): string {
  const [root] = /^[^/:]+:\/\/[^/]+/.exec(location) ?? [];
  return `${root ?? location.slice(0, Math.max(0, location.lastIndexOf('/')))}/logs`;
}

function readTime(
  attribute: string,
  text: string | null | undefined,
  request: WireRequest,
): Date | undefined {
  if (text === undefined || text === null) return undefined;
  const time = new Date(text);
  // 2026-02-30 is read as a day in March.
  if (!Number.isNaN(time.getTime()) && time.toISOString() === text) return time;
  throw refuse(invalid(attribute, 'a date and time such as 2024-03-02T01:00:00.000Z'), request);
}

function checkSchedule(startAt: Date | undefined, stopAt: Date | undefined, request: WireRequest): void {
  const attribute = 'scheduleTime.date';
  if (startAt !== undefined && startAt.getTime() > request.now.getTime() + DAYS_AHEAD * DAY_MS) {
    const limit = `${DAYS_AHEAD} days`;
    throw refuse(
      { ...fault('400-10424', attribute, limit), details: [{ key: attribute, value: limit }] },
      request,
    );
  }
  const begins = startAt !== undefined && isAhead(startAt, request) ? startAt : request.now;
  if (stopAt !== undefined && stopAt <= begins) {
    throw refuse(invalid('scheduleTime.stopDate', 'later than the start'), request);
  }
}

/** A time that is over means at once. */
function isAhead(time: Date | undefined, { now }: WireRequest): boolean {
  return time !== undefined && time > now;
}

function invalid(attribute: string, expected: string): Fault {
  return { ...fault('400-152', attribute), details: [{ key: attribute, value: expected }] };
}
