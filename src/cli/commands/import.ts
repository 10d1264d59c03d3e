import type { Command } from 'commander';
import type { Client } from '../../sdk/client.ts';
import type { WireUpload } from '../../sdk/wire.ts';
import { action, addCommand, type Cli, required, wrongUsage } from '../command-line.ts';
import { type Connection, withConnection } from '../connect.ts';
import { finishJob } from '../finish-job.ts';
import {
  addDialectOptions,
  addImportOptions,
  addJobOptions,
  describeJob,
  dialectOf,
  type ImportFlags,
  importOptionsOf,
} from '../import-flags.ts';
import { uploadSource } from '../open-source.ts';
import { parseNames, parsePairs } from '../parse-values.ts';
import { createInferred, findCollection } from '../prepare-collection.ts';

export function registerImport(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    'import [file]',
    'import a file (or - for standard input) into a collection',
  )
    .option(
      '--into <collection>',
      'collection; inferred from the file and created if there is none of that name',
    )
    .option('--checked <job>', 'instead of a file: import what this validation has checked')
    .option('--key <fields>', 'key of a collection that is inferred: a,b');
  addJobOptions(addImportOptions(addDialectOptions(command))).action(
    action<ImportFlags>(cli, (flags, file) =>
      withConnection(cli, flags, async (connection) => {
        const body =
          flags.checked === undefined
            ? await fileBody(cli, connection, file, flags)
            : await checkedBody(connection, file, flags);
        const job = await connection.client.startJob('import', body, flags.idempotencyKey);
        return finishJob(cli, connection, job, flags);
      }),
    ),
  );
}

async function fileBody(
  cli: Cli,
  { client }: Connection,
  file: string | undefined,
  flags: ImportFlags,
): Promise<object> {
  const name = collectionName(file, flags);
  const upload = await uploadSource(client, cli.cwd, required(file));
  const dialect = dialectOf(flags);
  if ((await findCollection(client, name)) === undefined) {
    const key = parseNames(flags.key);
    await createInferred(client, cli.terminal, {
      name,
      uploadId: upload.id,
      ...(dialect !== undefined && { dialect }),
      ...(key !== undefined && { key }),
    });
  }
  return importBody(client, name, upload, flags);
}

async function checkedBody(
  { client }: Connection,
  file: string | undefined,
  flags: ImportFlags,
): Promise<object> {
  if (file !== undefined) throw wrongUsage('give a file or --checked, not both');
  const validation = await client.getJob(flags.checked ?? '');
  return { source: { job: validation.id }, ...importOptionsOf(flags), ...describeJob(flags) };
}

/** `--into`, which the command needs beside its file. */
export function collectionName(file: string | undefined, flags: ImportFlags): string {
  if (file === undefined) throw wrongUsage('name a file, or - for standard input');
  if (flags.into === undefined) throw wrongUsage('--into COLLECTION is missing: where the records should go');
  return flags.into;
}

/** The body of an import or a validation of an upload. */
export async function importBody(
  client: Client,
  collection: string,
  upload: WireUpload,
  flags: ImportFlags,
): Promise<object> {
  const dialect = dialectOf(flags);
  const mapping = await mappingOf(client, collection, upload, flags);
  return {
    collection,
    source: { upload: upload.id },
    ...importOptionsOf(flags),
    ...describeJob(flags),
    ...(dialect !== undefined && { dialect }),
    ...(mapping !== undefined && { mapping }),
  };
}

/** `--map` changes single fields; the others stay as they would be without it. */
async function mappingOf(
  client: Client,
  collection: string,
  upload: WireUpload,
  flags: ImportFlags,
): Promise<object | undefined> {
  if (flags.map === undefined) return undefined;
  const dialect = dialectOf(flags);
  const given = Object.entries(parsePairs('--map', flags.map)).map(([source, field]) => ({ field, source }));
  const { mapping } = await client.inspect(upload.id, {
    collection,
    ...(dialect !== undefined && { dialect }),
  });
  const kept = (mapping?.fields ?? []).filter(
    (guess) => !given.some(({ field, source }) => field === guess.field || source === guess.source),
  );
  return { fields: [...given, ...kept.map(({ field, source }) => ({ field, source: source ?? field }))] };
}
