import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import type { Client } from '../../sdk/client.ts';
import type { WireUpload } from '../../sdk/wire.ts';
import { action, addCommand, type Cli, wrongUsage } from '../command-line.ts';
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
  inferenceOf,
} from '../import-flags.ts';
import { checkSource, uploadSource } from '../open-source.ts';
import { parsePairs } from '../parse-values.ts';
import { findCollection, withInferred } from '../prepare-collection.ts';

export function registerImport(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    'import [file]',
    'import a file (or - for standard input) into a collection',
  )
    .option(
      '--into <collection>',
      'collection; if it does not exist, it is inferred from the file and created',
    )
    .option('--checked <job>', 'instead of a file: import the file that this validation checked')
    .option('--key <fields>', 'key of an inferred collection: a,b');
  addJobOptions(addImportOptions(addDialectOptions(command))).action(
    action<ImportFlags>(cli, async (flags, file) => {
      // Before a server is started: most mistakes show themselves here.
      const request = kickOffOf(flags);
      const source =
        flags.checked === undefined ? await namedSource(cli, file, flags) : checkedJob(file, flags.checked);
      return withConnection(cli, flags, async (connection) => {
        const { client } = connection;
        if (typeof source !== 'string') return importFile(cli, connection, source, request, flags);
        const body = { ...request, source: { job: (await client.getJob(source)).id } };
        const job = await client.startJob('import', body, flags.idempotencyKey);
        return finishJob(cli, connection, job, flags);
      });
    }),
  );
}

/** A file and the collection that it is meant for. */
export interface NamedSource {
  readonly file: string;
  readonly collection: string;
}

/** A file that has been sent, and its collection, which exists. */
export interface SentSource {
  readonly upload: WireUpload;
  readonly collection: string;
}

/** @throws AppError `usage.invalid`, `source.not_found`, `source.is_directory` */
export async function namedSource(
  cli: Cli,
  file: string | undefined,
  flags: ImportFlags,
): Promise<NamedSource> {
  if (file === undefined) throw wrongUsage('name a file, or - for standard input');
  if (flags.into === undefined) throw wrongUsage('--into COLLECTION is missing: where the records should go');
  await checkSource(cli.cwd, file);
  return { file, collection: flags.into };
}

function checkedJob(file: string | undefined, job: string): string {
  if (file !== undefined) throw wrongUsage('give a file or --checked, not both');
  return job;
}

async function importFile(
  cli: Cli,
  connection: Connection,
  { file, collection }: NamedSource,
  request: object,
  flags: ImportFlags,
): Promise<number> {
  const { client } = connection;
  const isNew = (await findCollection(client, collection)) === undefined;
  if (isNew) refuseNewCollection(collection, flags);
  const upload = await uploadSource(client, cli.cwd, file);
  const start = async () => {
    const body = await importBody(client, { upload, collection }, request, flags);
    return client.startJob('import', body, flags.idempotencyKey);
  };
  if (!isNew) return finishJob(cli, connection, await start(), flags);
  const inference = { name: collection, uploadId: upload.id, ...inferenceOf(flags) };
  const job = await withInferred(client, cli.terminal, inference, start);
  return finishJob(cli, connection, job, { ...flags, created: collection });
}

/** What a collection that is inferred cannot be meant for; most often its name is misspelt. */
function refuseNewCollection(name: string, { mode, scope }: ImportFlags): void {
  const missing = `There is no collection "${name}"`;
  if (mode === 'update' || mode === 'delete')
    throw new AppError('collection.not_found', `${missing}, so it has no records to ${mode}.`);
  if (scope === undefined) return;
  throw wrongUsage(
    `--scope: ${missing} yet, and one that is inferred from a file has no scope. Describe it first: waybill collections infer, then apply`,
  );
}

/** What the flags say, checked as far as they can be without a server. */
export function kickOffOf(flags: ImportFlags): object {
  const dialect = flags.checked === undefined ? dialectOf(flags) : undefined;
  return { ...importOptionsOf(flags), ...describeJob(flags), ...(dialect !== undefined && { dialect }) };
}

/** The body of an import or a validation of an upload. */
export async function importBody(
  client: Client,
  { upload, collection }: SentSource,
  request: object,
  flags: ImportFlags,
): Promise<object> {
  const mapping = await mappingOf(client, collection, upload, flags);
  return { ...request, collection, source: { upload: upload.id }, ...(mapping !== undefined && { mapping }) };
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
  const { mapping, fields: sourceFields } = await client.inspect(upload.id, {
    collection,
    ...(dialect !== undefined && { dialect }),
  });
  const kept = (mapping?.fields ?? []).filter(
    (guess) => !given.some(({ field, source }) => field === guess.field || source === guess.source),
  );
  const fields = [...given, ...kept.map(({ field, source }) => ({ field, source: source ?? field }))];
  return {
    fields,
    ignore: twinsOf(
      given.map(({ source }) => source),
      sourceFields,
    ),
  };
}

/** A header's name that stands there again is called `name (2)`: who names one of them leaves the others out. */
function twinsOf(named: readonly string[], sourceFields: readonly string[]): string[] {
  const labelOf = (name: string) => name.replace(/ \(\d+\)$/, '');
  const labels = new Set(named.map(labelOf));
  return sourceFields.filter((name) => !named.includes(name) && labels.has(labelOf(name)));
}
