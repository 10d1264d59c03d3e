import type { WaitingReason } from '../../core/job.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { WireJob, WireTimelineEntry } from '../../sdk/wire.ts';
import { renderCollections, renderCounts, renderHeadline } from './job.ts';
import { timeOf } from './job-time.ts';
import { renderCount, renderDuration } from './numbers.ts';
import { type Column, renderTable } from './table.ts';

const JOB_COLUMNS: readonly Column[] = [
  { title: 'job', align: 'right' },
  { title: 'kind' },
  { title: 'state' },
  { title: 'collection' },
  { title: 'records', align: 'right' },
  { title: 'rejected', align: 'right' },
  { title: 'created at' },
  { title: 'took', align: 'right' },
];

const WAITS_FOR: Readonly<Record<WaitingReason, string>> = {
  prerequisite: 'another job',
  collection: 'another job',
  pause: 'the next try after a fault',
  workers_busy: 'a free worker (all are busy)',
  no_worker: 'a worker (none is running)',
};

export function renderJobTable(jobs: readonly WireJob[]): string {
  const rows = jobs.map((job) => {
    const ms = timeOf(job).workedMs;
    return [
      String(job.number),
      job.kind,
      job.state === 'running' ? `running ${job.progress.percentage} %` : job.state,
      renderCollections(job),
      renderCount(job.progress.processed),
      renderCount(job.outcomes.rejected),
      renderMoment(job.createdAt),
      ms === undefined ? '' : renderDuration(ms),
    ];
  });
  return renderTable(JOB_COLUMNS, rows);
}

function renderProgress({ progress }: WireJob): string {
  const activity = progress.currentOperation === undefined ? '' : ` (${progress.currentOperation})`;
  return `${progress.percentage} %${activity}`;
}

function waitsFor({ waitingFor, waitingBecause }: WireJob): string | undefined {
  if (waitingFor !== undefined) return `job ${waitingFor.number}`;
  return waitingBecause && WAITS_FOR[waitingBecause];
}

/** One job: what it is, where it is, and what happened when. */
export function renderJobDetails(job: WireJob, timeline: readonly WireTimelineEntry[]): string {
  const facts: [string, string | undefined][] = [
    ['id', job.id],
    ['records', renderCounts(job)],
    ['progress', renderProgress(job)],
    ['waiting for', waitsFor(job)],
    ['waits for', job.progress.waitsFor && visibleText(job.progress.waitsFor)],
    ['reason', job.reason],
    ['failure', job.failure && `${job.failure.message} (${job.failure.code})`],
    ['description', job.description],
    ['labels', job.labels.length === 0 ? undefined : job.labels.join(', ')],
    ['created by', job.createdBy],
    ['protocol', job.protocol],
    ['correction of', job.parentId],
    ['comes after', job.after],
    ['starts at', job.startAt],
    ['stops at', job.stopAt],
    ['options', JSON.stringify(job.options)],
  ];
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`  ${name.padEnd(14)}${visibleText(value)}`],
  );
  return `${[renderHeadline(job, timeline), ...known, '', ''].join('\n')}${renderTimeline(timeline)}`;
}

function renderTimeline(timeline: readonly WireTimelineEntry[]): string {
  const rows = timeline.map((entry) => {
    const arrow =
      entry.to === undefined ? '' : entry.from === undefined ? entry.to : `${entry.from} → ${entry.to}`;
    const detail = Object.keys(entry.detail).length === 0 ? '' : JSON.stringify(entry.detail);
    return [
      renderMoment(entry.at, true),
      entry.event,
      arrow,
      entry.attempt === 0 ? '' : String(entry.attempt),
      detail,
    ];
  });
  const columns = [
    { title: 'when' },
    { title: 'event' },
    { title: 'state' },
    { title: 'attempt' },
    { title: 'detail' },
  ];
  return renderTable(columns, rows, '  ');
}

/** `2025-03-01 12:00:05Z`: short, and still the same moment everywhere. */
function renderMoment(time: string, withMs = false): string {
  return `${time.slice(0, 10)} ${time.slice(11, withMs ? 23 : 19)}Z`;
}
