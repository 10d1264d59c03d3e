import type { Job } from '../core/job.ts';
import type { NotificationEvent } from '../core/notification.ts';
import { renderJob } from './render-job.ts';

/** A job as others are told of it in the words of this API: the body is that of `GET /v1/jobs/:id`. */
export function renderNotification({
  event,
  job,
}: {
  readonly event: NotificationEvent;
  readonly job: Job;
}): {
  readonly body: string;
  readonly headers: Readonly<Record<string, string>>;
} {
  return { body: JSON.stringify(renderJob(job)), headers: { 'waybill-event': `job.${event}` } };
}
