import type { Command } from 'commander';
import { action, addCommand, type Cli } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { finishJob } from '../finish-job.ts';
import { addDialectOptions, addImportOptions, addJobOptions, type ImportFlags } from '../import-flags.ts';
import { uploadSource } from '../open-source.ts';
import { importBody, kickOffOf, namedSource } from './import.ts';

export function registerValidate(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    'validate [file]',
    'check a file as an import would, without writing anything',
  )
    .option('--into <collection>', 'collection to check the records against')
    .option('--effects', 'also count how many records would be created, updated or left unchanged')
    .option('--no-effects', 'do not count them, even for small files');
  addJobOptions(addImportOptions(addDialectOptions(command))).action(
    action<ImportFlags>(cli, async (flags, file) => {
      const request = kickOffOf(flags);
      const source = await namedSource(cli, file, flags);
      return withConnection(cli, flags, async (connection) => {
        const { client } = connection;
        // Asked first: a file should not travel for a collection that is not there.
        await client.getCollection(source.collection);
        const upload = await uploadSource(client, cli.cwd, source.file);
        const body = await importBody(client, { upload, collection: source.collection }, request, flags);
        const job = await client.startJob('validation', body, flags.idempotencyKey);
        return finishJob(cli, connection, job, flags);
      });
    }),
  );
}
