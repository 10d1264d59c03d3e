import type { Command } from 'commander';
import { action, addCommand, type Cli, type CommonOptions, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { finishJob } from '../finish-job.ts';
import { uploadSource } from '../open-source.ts';

export function registerCorrect(program: Command, cli: Cli): void {
  addCommand(program, 'correct <id> <file>', 'send the repaired failed rows of a job, as a job of its own')
    .option('--no-wait', 'print the job and return')
    .action(
      action<CommonOptions & { wait: boolean }>(cli, (flags, id, file) =>
        withConnection(cli, flags, async (connection) => {
          const parent = await connection.client.getJob(required(id));
          const upload = await uploadSource(connection.client, cli.cwd, required(file));
          const job = await connection.client.correct(parent.id, upload.id);
          return finishJob(cli, connection, job, flags);
        }),
      ),
    );
}
