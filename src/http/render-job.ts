import type { JobSurroundings } from '../actions/jobs/find-job.ts';
import type { JobRenderer } from '../actions/status/shown-job.ts';
import {
  acceptedRecords,
  addCounts,
  type Counts,
  judgedRecords,
  NO_COUNTS,
  processedRecords,
  resultFigures,
} from '../core/counts.ts';
import type { Delivery } from '../core/delivery.ts';
import type { Job, JobPart, Waiting } from '../core/job.ts';
import { isFinal } from '../core/job-state.ts';
import { omitUndefined } from '../core/omit-undefined.ts';

/** RFC 3339, UTC, milliseconds. */
export function renderTime(date: Date): string {
  return date.toISOString();
}

/** A job as the native API shows it. */
export function renderJob(job: Job, surroundings: JobSurroundings = {}): Record<string, unknown> {
  const counts = job.parts.map((part) => part.counts).reduce(addCounts, NO_COUNTS);
  const staged = job.parts.reduce((sum, part) => sum + (part.staged ?? 0), 0);
  const totals = job.parts.map((part) => part.total);
  const total = totals.includes(undefined)
    ? undefined
    : totals.reduce<number>((sum, one) => sum + (one ?? 0), 0);
  return omitUndefined({
    id: job.id,
    number: job.number,
    kind: job.kind,
    state: job.state,
    reason: job.reason,
    failure: job.failure,
    report: job.report,
    completeness: completenessOf(job, counts),
    ...renderWaiting(surroundings.waiting),
    collection: job.parts.length === 1 ? job.parts[0]?.collection : undefined,
    options: job.options,
    destination: job.destination,
    log: job.log,
    delivery: job.delivery && renderDelivery(job.delivery),
    description: job.description,
    labels: job.labels,
    metadata: job.metadata,
    notification: renderNotification(job),
    createdBy: job.createdBy,
    protocol: job.origin?.protocol,
    parentId: job.parentId,
    after: job.afterJob,
    priority: job.priority,
    attempt: job.epoch,
    progress: omitUndefined({
      processed: processedRecords(counts) + staged,
      staged: staged > 0 ? staged : undefined,
      total,
      percentage: job.percentage,
      // A job that has ended does nothing any more.
      currentOperation: isFinal(job.state) ? undefined : job.phase,
      waitsFor: job.waitsFor,
      estimatedCompletion: job.estimatedCompletion && renderTime(job.estimatedCompletion),
    }),
    results: resultFigures(counts),
    outcomes: renderOutcomes(counts),
    parts: job.parts.map(renderPart),
    ...renderTimes(job),
    sameContentAs: surroundings.sameContentAs,
    links: renderLinks(job),
  });
}

/** Changes whenever `renderJob` gives something else. */
export function jobEtag(job: Job, surroundings: JobSurroundings = {}): string {
  const { waiting } = surroundings;
  return `"${[job.version, waiting?.because, waiting?.number].filter((part) => part !== undefined).join('-')}"`;
}

/** How statuses are shown to those who poll them. */
export const NATIVE_RENDERER: JobRenderer = {
  etagOf: jobEtag,
  bodyOf: (job, surroundings) => JSON.stringify(renderJob(job, surroundings)),
};

function renderWaiting(waiting: Waiting | undefined): Record<string, unknown> {
  if (waiting === undefined) return {};
  const { because, number } = waiting;
  return { waitingBecause: because, waitingFor: number === undefined ? undefined : { number } };
}

function renderDelivery({ startedAt, nextAttemptAt, ...delivery }: Delivery): Record<string, unknown> {
  return omitUndefined({
    ...delivery,
    startedAt: startedAt && renderTime(startedAt),
    nextAttemptAt: nextAttemptAt && renderTime(nextAttemptAt),
  });
}

function renderTimes(job: Job): Record<string, string | undefined> {
  const { createdAt, startAt, stopAt, startedAt, finishedAt, updatedAt } = job;
  const times = { createdAt, startAt, stopAt, startedAt, finishedAt, updatedAt };
  return Object.fromEntries(Object.entries(times).map(([name, time]) => [name, time && renderTime(time)]));
}

function renderPart(part: JobPart): Record<string, unknown> {
  return omitUndefined({
    part: part.part,
    collection: part.collection,
    collectionVersion: part.collectionVersion,
    scope: part.scope,
    source: part.source,
    fields: part.fields,
    filter: part.filter,
    guesses: part.guesses,
    ignored: part.ignored,
    total: part.total,
    isComplete: part.isComplete,
    processed: judgedRecords(part),
    staged: part.staged,
    results: resultFigures(part.counts),
    outcomes: renderOutcomes(part.counts),
  });
}

/** As a job shows it; `waiting`: there is nothing to tell yet. */
export const NOTIFICATION_STATES = ['waiting', 'pending', 'sent', 'given_up'] as const;

/** Without the path of the address, which is often all that keeps strangers from it. */
function renderNotification({ notify, notification }: Job): Record<string, unknown> | undefined {
  if (notify === undefined) return undefined;
  return { to: new URL(notify.url).origin, state: 'waiting', attempts: 0, ...notification };
}

function renderOutcomes(counts: Counts): Omit<Counts, 'warned'> {
  const { created, updated, unchanged, deleted, skipped, rejected, removed } = counts;
  return { created, updated, unchanged, deleted, skipped, rejected, removed };
}

/** How much of what came was accepted; only a finished job can say. */
function completenessOf(job: Job, counts: Counts): 'all' | 'some' | 'none' | undefined {
  if (!isFinal(job.state)) return undefined;
  if (job.state === 'succeeded' && counts.rejected === 0) return 'all';
  return acceptedRecords(counts) === 0 ? 'none' : 'some';
}

function renderLinks(job: Job): Record<string, string> {
  const self = `/v1/jobs/${job.id}`;
  const files = { timeline: `${self}/timeline`, artifacts: `${self}/artifacts` };
  if (job.kind === 'export') return { self, ...files };
  return {
    self,
    ...files,
    issues: `${self}/issues`,
    issueGroups: `${self}/issue-groups`,
    failedRows: `${self}/failed-rows`,
  };
}
