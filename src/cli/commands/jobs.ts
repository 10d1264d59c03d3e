import type { Command } from 'commander';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { action, addCommand, type Cli, type CommonOptions, printJson, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { collect, parseCount, parseMoment } from '../parse-values.ts';
import { renderJobDetails, renderJobTable } from '../render/job-details.ts';

interface JobsFlags extends CommonOptions {
  readonly state?: readonly string[];
  readonly kind?: string;
  readonly collection?: string;
  readonly label?: string;
  readonly since?: string;
  readonly limit?: string;
}

/** `jobs` and `job ID`. */
export function registerJobs(program: Command, cli: Cli): void {
  addCommand(program, 'jobs', 'list jobs, newest first')
    .option('--state <state>', 'only in this state (repeatable)', collect)
    .option('--kind <kind>', 'only import, validation or export')
    .option('--collection <name>', 'only on this collection')
    .option('--label <text>', 'only with this label')
    .option('--since <time>', 'only created since then')
    .option('--limit <n>', 'maximum number of jobs (default 50)')
    .action(
      action<JobsFlags>(cli, async (flags) => {
        const { state, kind, collection, label } = flags;
        const since = parseMoment('--since', flags.since);
        const limit = parseCount('--limit', flags.limit, 1);
        const filters = omitUndefined({ state, kind, collection, label, since, limit });
        return withConnection(cli, flags, async ({ client }) => {
          const page = await client.listJobs(filters);
          if (flags.json === true) printJson(cli.terminal, page);
          else if (page.jobs.length === 0) cli.terminal.out('No jobs found.\n');
          else cli.terminal.out(renderJobTable(page.jobs));
          return EXIT.done;
        });
      }),
    );

  addCommand(program, 'job <id>', 'show one job, by its id or number, with its timeline').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const job = await client.getJob(required(id));
        const timeline = await client.getTimeline(job.id);
        if (flags.json === true) printJson(cli.terminal, { ...job, timeline });
        else cli.terminal.out(renderJobDetails(job, timeline));
        return EXIT.done;
      }),
    ),
  );
}
