import type { Command } from 'commander';
import { action, addCommand, type Cli, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { finishJob } from '../finish-job.ts';
import { addDialectOptions, addImportOptions, addJobOptions, type ImportFlags } from '../import-flags.ts';
import { uploadSource } from '../open-source.ts';
import { collectionName, importBody } from './import.ts';

export function registerValidate(program: Command, cli: Cli): void {
  const command = addCommand(program, 'validate [file]', 'check a file as an import would, and write nothing')
    .option('--into <collection>', 'collection that the records are meant for')
    .option('--effects', 'also tell how many records would be created, updated, left unchanged')
    .option('--no-effects', 'do not, also for small files');
  addJobOptions(addImportOptions(addDialectOptions(command))).action(
    action<ImportFlags>(cli, (flags, file) =>
      withConnection(cli, flags, async (connection) => {
        const name = collectionName(file, flags);
        // Asked first: a file should not travel for a collection that is not there.
        await connection.client.getCollection(name);
        const upload = await uploadSource(connection.client, cli.cwd, required(file));
        const body = await importBody(connection.client, name, upload, flags);
        const job = await connection.client.startJob('validation', body, flags.idempotencyKey);
        return finishJob(cli, connection, job, flags);
      }),
    ),
  );
}
