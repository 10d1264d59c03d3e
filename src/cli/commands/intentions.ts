import type { Command } from 'commander';
import type { Intention } from '../../sdk/client.ts';
import { action, addCommand, type Cli, printJson, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { leaveJob } from '../finish-job.ts';

const DESCRIPTIONS: Readonly<Record<Intention, string>> = {
  cancel: 'cancel a job at its next chunk; what was written stays',
  pause: 'pause a job at its next chunk',
  resume: 'resume a job that is paused, or that was stopped by its stop time',
  retry: 'put a failed job back into the queue; records that were written are not written again',
};

/** `cancel`, `pause`, `resume`, `retry`, `delete`. */
export function registerIntentions(program: Command, cli: Cli): void {
  for (const [verb, description] of Object.entries(DESCRIPTIONS)) {
    addCommand(program, `${verb} <id>`, description).action(
      action(cli, (flags, id) =>
        withConnection(cli, flags, async (connection) => {
          const job = await connection.client.intend(required(id), verb as Intention);
          return leaveJob(cli, connection, job, flags);
        }),
      ),
    );
  }

  addCommand(program, 'delete <id>', 'delete a job that has ended, with its files and issues').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const job = await client.getJob(required(id));
        await client.deleteJob(job.id);
        if (flags.json === true) printJson(cli.terminal, { id: job.id, number: job.number, deleted: true });
        else cli.terminal.out(`Job ${job.number} is deleted. The records that it wrote stay.\n`);
        return EXIT.done;
      }),
    ),
  );
}
