import type { WaitingReason } from '../../core/job.ts';
import { createRateMeter } from '../../core/progress.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { WireJob } from '../../sdk/wire.ts';
import type { Terminal } from '../terminal.ts';
import { renderAmount, renderCount, renderDuration } from './numbers.ts';
import { cutToWidth } from './table.ts';

/** Shows a job while it runs, on standard error. */
export interface ProgressDisplay {
  show(job: WireJob): void;
  /** Removes what is drawn, so that something else can be written. */
  clear(): void;
}

const BAR_COLUMNS = 24;
const LINE_EVERY_MS = 3000;
const SAME_LINE_EVERY_MS = 60_000;
/** Why a job that had begun is queued again; a person may be able to do something about it. */
const GIVEN_BACK: Readonly<Record<string, string>> = {
  disk_full: 'queued until there is space on the disk',
  lock_timeout: 'queued, since it did not get a lock',
  transient: 'queued to be tried again after a fault',
  worker_lost: 'queued, since its worker has died',
  database_restarted: 'queued, since the database was restarted',
};
/** Why a job has not begun, where it is no other job. */
const WAITING: Readonly<Record<WaitingReason, string>> = {
  prerequisite: 'waiting for another job',
  collection: 'waiting for another job',
  pause: 'queued to be tried again',
  workers_busy: 'waiting for a worker, since all are busy',
  no_worker: 'waiting for a worker to start',
};

/** One line that is redrawn for a person, plain lines every few seconds for a log. */
export function createProgressDisplay(terminal: Terminal, now: () => number = Date.now): ProgressDisplay {
  const meter = createRateMeter();
  let isDrawn = false;
  let lastLineAt = now();
  let lastLine = '';
  return {
    show(job) {
      meter.sample(job.progress.processed, now());
      if (terminal.isErrTty) {
        terminal.redraw(cutToWidth(renderBarLine(job, meter.rate(), now()), terminal.columns() - 1));
        isDrawn = true;
        return;
      }
      const sinceLine = now() - lastLineAt;
      if (sinceLine < LINE_EVERY_MS) return;
      const line = renderPlainLine(job, meter.rate(), now());
      // A job that stands still is worth a line now and then, to show that somebody still looks.
      if (line === lastLine && sinceLine < SAME_LINE_EVERY_MS) return;
      terminal.err(`waybill: ${line}\n`);
      lastLineAt = now();
      lastLine = line;
    },
    clear() {
      if (isDrawn) terminal.redraw('');
      isDrawn = false;
    },
  };
}

/** `writing  [██████████░░░░░░░░░░]  52 %  21,480 of 41,049  18,200/s  1.1 s left  3 rejected` */
export function renderBarLine(job: WireJob, rate: number | undefined, nowMs: number): string {
  const filled = Math.floor((job.progress.percentage * BAR_COLUMNS) / 100);
  const bar = `[${'█'.repeat(filled)}${'░'.repeat(BAR_COLUMNS - filled)}]`;
  return [activityOf(job).padEnd(10), bar, ...figures(job, rate, nowMs)].join('  ');
}

/** The same without the bar, for a log. */
export function renderPlainLine(job: WireJob, rate: number | undefined, nowMs: number): string {
  return `job ${job.number} ${activityOf(job)}: ${figures(job, rate, nowMs).join(', ')}`;
}

function activityOf(job: WireJob): string {
  if (job.waitingFor !== undefined) return `waiting for job ${job.waitingFor.number}`;
  const { waitsFor } = job.progress;
  if (waitsFor !== undefined) return `waiting for ${visibleText(waitsFor)}`;
  if (job.state === 'queued') {
    const given = GIVEN_BACK[job.reason ?? ''];
    return given ?? (job.waitingBecause === undefined ? job.state : WAITING[job.waitingBecause]);
  }
  return (job.state === 'running' ? job.progress.currentOperation : undefined) ?? job.state;
}

function figures(job: WireJob, rate: number | undefined, nowMs: number): string[] {
  const { processed, total, percentage, estimatedCompletion } = job.progress;
  const leftMs = estimatedCompletion === undefined ? undefined : Date.parse(estimatedCompletion) - nowMs;
  return [
    `${percentage} %`,
    total === undefined
      ? renderAmount(processed, 'record')
      : `${renderCount(processed)} of ${renderCount(total)}`,
    ...(rate === undefined || rate < 1 ? [] : [`${renderCount(Math.round(rate))}/s`]),
    ...(leftMs === undefined || leftMs <= 0 ? [] : [`${renderDuration(leftMs)} left`]),
    ...(job.outcomes.rejected === 0 ? [] : [`${renderCount(job.outcomes.rejected)} rejected`]),
  ];
}
