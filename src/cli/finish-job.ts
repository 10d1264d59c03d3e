import { isFinal } from '../core/job-state.ts';
import type { WireJob } from '../sdk/wire.ts';
import { awaitReport } from './await-report.ts';
import { type Cli, type CommonOptions, printJson } from './command-line.ts';
import type { Connection } from './connect.ts';
import { EXIT, exitCodeOfJob } from './exit-codes.ts';
import { followJob } from './follow-job.ts';
import { renderResult } from './render/job.ts';

export interface FinishOptions extends CommonOptions {
  readonly wait: boolean;
  /** The collection that was created for this job. */
  readonly created?: string;
}

/** What follows a kick-off: wait and show the result, or with `--no-wait` the job as it is. Gives the exit code. */
export async function finishJob(
  cli: Cli,
  connection: Connection,
  started: WireJob,
  options: FinishOptions,
): Promise<number> {
  const { terminal } = cli;
  const earlier = started.sameContentAs;
  if (earlier !== undefined) {
    terminal.err(
      `waybill: this file was already imported into ${started.collection} by job ${earlier.number}\n`,
    );
  }
  if (!options.wait || started.state === 'scheduled') return leaveJob(cli, connection, started, options);
  const followed = await followJob(cli, connection, started, { onInterrupt: 'cancel' });
  const job = await awaitReport(cli, connection, followed);
  if (options.created !== undefined && (job.state === 'failed' || job.state === 'cancelled')) {
    terminal.err(
      `waybill: collection "${options.created}" was created for this import and stays; "waybill collections drop ${options.created}" removes it\n`,
    );
  }
  return showResult(cli, connection, job, options);
}

/** Prints a job that has ended, or was paused. */
export async function showResult(
  cli: Cli,
  { client }: Connection,
  job: WireJob,
  options: CommonOptions,
): Promise<number> {
  if (options.json === true) printJson(cli.terminal, job);
  else {
    const [groups, artifacts, timeline, isWritable] = await Promise.all([
      job.kind === 'export' ? [] : client.listIssueGroups(job.id),
      client.listArtifacts(job.id),
      client.getTimeline(job.id),
      canBeImported(client, job),
    ]);
    cli.terminal.out(renderResult(job, { groups, artifacts, timeline, isWritable }));
  }
  return exitCodeOfJob(job);
}

/** What was checked against a query can go nowhere. Asked only where an import would be proposed. */
async function canBeImported(client: Connection['client'], job: WireJob): Promise<boolean> {
  const [part] = job.parts;
  const isProposed = job.kind === 'validation' && job.state === 'succeeded' && job.outcomes.rejected === 0;
  if (!isProposed || part === undefined) return true;
  const { definition } = await client.getVersion(part.collection, part.collectionVersion);
  const target = definition?.['target'];
  return typeof target !== 'object' || target === null || !('query' in target);
}

/** Prints a job that somebody else will do, and says who. */
export function leaveJob(cli: Cli, { own }: Connection, job: WireJob, options: CommonOptions): number {
  if (options.json === true) printJson(cli.terminal, job);
  else cli.terminal.out(`Job ${job.number} is ${job.state}.\n`);
  if (own !== undefined && !isFinal(job.state) && job.state !== 'paused') {
    cli.terminal.err(
      `waybill: no server is running on this data folder, so job ${job.number} waits; "waybill serve" will run it\n`,
    );
  }
  return EXIT.done;
}
