import type { Figures } from '../../store/figures.ts';
import type { Metric } from './exposition.ts';
import { gauge } from './process-metrics.ts';

/** What the database knows: the same in each process, so that one of them is enough to scrape. */
export function renderFigures(figures: Figures): Metric[] {
  const { jobs, records } = figures;
  const ended = jobs.filter(({ endedLately }) => endedLately > 0);
  const one = (value: number) => [{ value }];
  return [
    gauge(
      'waybill_jobs',
      'Jobs that are kept, by kind and state.',
      jobs.map(({ kind, state, count }) => ({ labels: { kind, state }, value: count })),
    ),
    gauge(
      'waybill_jobs_ended_last_hour',
      'Jobs that ended within the last hour, by kind and state.',
      ended.map(({ kind, state, endedLately }) => ({ labels: { kind, state }, value: endedLately })),
    ),
    gauge(
      'waybill_records',
      'Records of the jobs that are kept, by outcome.',
      Object.entries(records).map(([outcome, value]) => ({ labels: { outcome }, value })),
    ),
    gauge(
      'waybill_queue_oldest_seconds',
      'Since the oldest queued job was accepted, or due.',
      one(figures.oldestQueuedSeconds),
    ),
    gauge('waybill_attempts_running', 'Jobs that a worker holds.', one(figures.attempts)),
    gauge('waybill_workers_alive', 'Worker processes that live.', one(figures.workers)),
    gauge(
      'waybill_worker_lease_age_seconds',
      'Since the live worker that was silent longest has shown itself.',
      one(figures.leaseAgeSeconds),
    ),
    gauge('waybill_uploads_bytes', 'Uploads that are kept.', one(figures.uploadBytes)),
    gauge('waybill_artifacts_bytes', 'Files of jobs that are kept.', one(figures.artifactBytes)),
  ];
}
