import type { Command } from 'commander';
import { isFinal } from '../../core/job-state.ts';
import { action, addCommand, type Cli, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { leaveJob, showResult } from '../finish-job.ts';
import { followJob } from '../follow-job.ts';

export function registerWatch(program: Command, cli: Cli): void {
  addCommand(program, 'watch <id>', 'follow a job to its end; Ctrl-C stops watching, not the job').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async (connection) => {
        const job = await connection.client.getJob(required(id));
        if (isFinal(job.state)) return showResult(cli, connection, job, flags);
        // A server of our own has just been started for the question and ends with it: nothing would ever change.
        if (connection.own !== undefined) {
          leaveJob(cli, connection, job, flags);
          return EXIT.failed;
        }
        const seen = await followJob(cli, connection, job, { onInterrupt: 'leave' });
        return isFinal(seen.state) || seen.state === 'paused'
          ? showResult(cli, connection, seen, flags)
          : leaveJob(cli, connection, seen, flags);
      }),
    ),
  );
}
