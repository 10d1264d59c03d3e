/** Jobs that tell somebody, and who is told: a real server. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Pool } from 'pg';
import type { Job } from '../../src/core/job.ts';
import type { JobEvent } from '../../src/core/job-state.ts';
import { NOTIFY_DEFAULTS, type NotifyRequest } from '../../src/core/notification.ts';
import { createJob } from '../../src/store/jobs/create-job.ts';
import { moveJob } from '../../src/store/jobs/move-job.ts';

export interface Received {
  readonly headers: Readonly<Record<string, unknown>>;
  readonly body: Record<string, unknown>;
}

/** Somebody who is told; answers with each status in turn, the last one for ever; 0 never answers. */
export async function startReceiver(statuses: readonly number[] = [204], location?: string) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    let body = '';
    request.setEncoding('utf8').on('data', (piece: string) => (body += piece));
    request.on('end', () => {
      const status = statuses[Math.min(received.length, statuses.length - 1)] ?? 204;
      received.push({ headers: request.headers, body: JSON.parse(body) as Received['body'] });
      if (status !== 0) response.writeHead(status, location === undefined ? {} : { location }).end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook?key=secret`;
  return { received, url, stop: () => server.close().closeAllConnections() };
}

/** A job that a worker holds, and that tells somebody. Its retries wait for nothing. */
export async function createRunningJob(
  pool: Pool,
  url: string,
  notify: Partial<NotifyRequest> = {},
  protocol?: string,
): Promise<Job> {
  const { job } = await createJob(pool, {
    kind: 'export',
    destination: { location: 's3://there/' },
    options: { format: 'csv', compression: 'none' },
    parts: [],
    notify: { ...NOTIFY_DEFAULTS, everyMs: 0, url, ...notify },
    ...(protocol !== undefined && { origin: { protocol, facts: {} } }),
  });
  return moveAlong(pool, job.id, 'claimed');
}

export async function moveAlong(pool: Pool, jobId: string, event: JobEvent): Promise<Job> {
  const failure = { code: 'job.stopped', message: 'stopped', retryable: true };
  const moved = await moveJob(pool, {
    jobId,
    event,
    ...(event === 'failed' && { failure }),
    ...(event === 'claimed' && { workerId: randomUUID() }),
  });
  assert.ok(moved, event);
  return moved;
}
