import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { action, addCommand, type Cli, printJson, required } from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { addDialectOptions, type ImportFlags, inferenceOf } from '../import-flags.ts';
import { checkSource, uploadSource } from '../open-source.ts';
import { createInferred, findCollection, renderInference } from '../prepare-collection.ts';
import { renderCollection, renderCollections, renderPlan } from '../render/collection.ts';
import { writeText } from '../write-text.ts';

interface CollectionFlags extends ImportFlags {
  readonly from?: string;
  readonly name?: string;
  readonly out?: string;
  readonly dryRun?: boolean;
  readonly allowDestructive?: boolean;
  readonly titles?: boolean;
}

/** `collections create|infer|apply|template|list|show|drop`. */
export function registerCollections(program: Command, cli: Cli): void {
  const group = program.command('collections').description('create, change and show collections');
  registerMaking(group, cli);
  registerApply(group, cli);
  registerShowing(group, cli);
  registerDrop(group, cli);
}

function registerMaking(group: Command, cli: Cli): void {
  addDialectOptions(
    addCommand(group, 'create <name>', 'infer a collection from a file, and create it')
      .requiredOption('--from <file>', 'file to infer the collection from')
      .option('--key <fields>', 'key: a,b (default: a field that is unique in the sample)'),
  ).action(
    action<CollectionFlags>(cli, async (flags, name) => {
      await checkSource(cli.cwd, flags.from ?? '');
      return withConnection(cli, flags, async ({ client }) => {
        const existing = await findCollection(client, required(name));
        if (existing !== undefined) {
          throw new AppError(
            'request.conflict',
            `Collection "${name}" already exists. Change it with: waybill collections apply FILE`,
          );
        }
        const upload = await uploadSource(client, cli.cwd, flags.from ?? '');
        await createInferred(client, cli.terminal, {
          ...inferenceOf(flags),
          name: required(name),
          uploadId: upload.id,
        });
        const created = await client.getCollection(required(name));
        if (flags.json === true) printJson(cli.terminal, created);
        return EXIT.done;
      });
    }),
  );

  addDialectOptions(
    addCommand(group, 'infer <file>', 'infer a definition from a file and print it, to edit and apply')
      .option('--name <name>', 'name of the collection (default: the name of the file)')
      .option('--key <fields>', 'key: a,b (default: a field that is unique in the sample)')
      .option('--out <file>', 'file to write; default: standard output'),
  ).action(
    action<CollectionFlags>(cli, async (flags, file) => {
      await checkSource(cli.cwd, required(file));
      return withConnection(cli, flags, async ({ client }) => {
        const upload = await uploadSource(client, cli.cwd, required(file));
        const inspection = await client.inspect(upload.id, {
          ...inferenceOf(flags),
          ...(flags.name !== undefined && { name: flags.name }),
        });
        const definition = inspection.inferred?.definition ?? {};
        if (flags.json === true) {
          printJson(cli.terminal, inspection);
          return EXIT.done;
        }
        cli.terminal.err(renderInference(inspection));
        await writeText(cli, flags.out, `${JSON.stringify(definition, undefined, 2)}\n`);
        return EXIT.done;
      });
    }),
  );
}

function registerApply(group: Command, cli: Cli): void {
  addCommand(group, 'apply <file>', 'create or change a collection according to a definition')
    .option('--dry-run', 'only print what would be done')
    .option('--allow-destructive', 'also do what loses data')
    .action(
      action<CollectionFlags>(cli, async (flags, file) => {
        await checkSource(cli.cwd, required(file));
        const definition = await readDefinition(resolve(cli.cwd, required(file)));
        return withConnection(cli, flags, async ({ client }) => {
          const { dryRun = false, allowDestructive = false } = flags;
          const plan = await client.applyCollection(definition.name, definition, {
            dryRun,
            allowDestructive,
          });
          if (flags.json === true) printJson(cli.terminal, plan);
          else cli.terminal.out(renderPlan(plan));
          return EXIT.done;
        });
      }),
    );
}

async function readDefinition(path: string): Promise<{ name: string }> {
  const text = await readFile(path, 'utf8').catch((error: Error) => {
    throw new AppError('source.unreadable', `${path} cannot be read: ${error.message}`, { cause: error });
  });
  try {
    const definition: unknown = JSON.parse(text);
    if (
      typeof definition === 'object' &&
      definition !== null &&
      'name' in definition &&
      typeof definition.name === 'string'
    ) {
      return { ...definition, name: definition.name };
    }
  } catch (error) {
    throw new AppError('collection.invalid', `${path} is not JSON: ${(error as Error).message}`, {
      cause: error,
    });
  }
  throw new AppError('collection.invalid', `${path} holds no definition with a "name".`);
}

function registerShowing(group: Command, cli: Cli): void {
  addCommand(group, 'list', 'list collections').action(
    action(cli, (flags) =>
      withConnection(cli, flags, async ({ client }) => {
        const collections = await client.listCollections();
        if (flags.json === true) printJson(cli.terminal, { collections });
        else cli.terminal.out(renderCollections(collections));
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'show <name>', 'print the definition of a collection').action(
    action(cli, (flags, name) =>
      withConnection(cli, flags, async ({ client }) => {
        const collection = await client.getCollection(required(name), { count: true });
        if (flags.json === true) printJson(cli.terminal, collection);
        else {
          // The definition alone goes to standard output: it can be edited and applied again.
          cli.terminal.err(renderCollection(collection));
          printJson(cli.terminal, collection.definition);
        }
        return EXIT.done;
      }),
    ),
  );

  addCommand(group, 'template <name>', 'print the CSV header that the collection expects')
    .option('--out <file>', 'file to write; default: standard output')
    .option('--titles', 'the titles of the fields instead of their names, where they have one')
    .action(
      action<CollectionFlags>(cli, (flags, name) =>
        withConnection(cli, flags, async ({ client }) => {
          const header = flags.titles === true ? 'titles' : 'names';
          const template = await client.getTemplate(required(name), { header });
          await writeText(cli, flags.out, template);
          return EXIT.done;
        }),
      ),
    );
}

function registerDrop(group: Command, cli: Cli): void {
  addCommand(group, 'drop <name>', 'drop a collection, with its managed table; a bound table stays')
    .option('--allow-destructive', 'even if its managed table has records')
    .action(
      action<CollectionFlags>(cli, (flags, name) =>
        withConnection(cli, flags, async ({ client }) => {
          await client.dropCollection(required(name), { allowDestructive: flags.allowDestructive ?? false });
          if (flags.json === true) printJson(cli.terminal, { name, dropped: true });
          else cli.terminal.out(`Collection ${name} is dropped.\n`);
          return EXIT.done;
        }),
      ),
    );
}
