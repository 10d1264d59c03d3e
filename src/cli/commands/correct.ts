import type { Command } from 'commander';
import { action, addCommand, type Cli, type CommonOptions, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { finishJob } from '../finish-job.ts';
import { uploadSource } from '../open-source.ts';

export function registerCorrect(program: Command, cli: Cli): void {
  addCommand(program, 'correct <id> <file>', 'import the corrected failed rows of a job, as a new job')
    .option('--no-wait', 'do not wait for the job to end')
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
