import { hasReported } from '../sdk/wait-for-job.ts';
import type { WireJob } from '../sdk/wire.ts';
import type { Cli } from './command-line.ts';
import type { Connection } from './connect.ts';

/** A report is written within seconds, unless something keeps it; then the job is shown as it is. */
const LIMIT_MS = 60_000;

/** A job that was stopped is final before its files are there: waits for them. An own server writes them itself. */
export async function awaitReport(cli: Cli, { client, own }: Connection, job: WireJob): Promise<WireJob> {
  if (job.report?.state !== 'pending') return job;
  cli.terminal.err(`waybill: the report of job ${job.number} is being written\n`);
  const limit = AbortSignal.timeout(LIMIT_MS);
  const working = own?.runOnly(job.id);
  try {
    return await client.waitForJob(job.id, { until: hasReported, signal: limit });
  } catch (error) {
    if (!limit.aborted) throw error;
    return job;
  } finally {
    await working?.catch(() => undefined);
  }
}
