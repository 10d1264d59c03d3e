import { type Command, Option } from 'commander';
import { IMPORT_OPTION_NAMES, IMPORT_OPTIONS } from '../core/import-options.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { CommonOptions } from './command-line.ts';
import {
  collect,
  parseCount,
  parseDelimiter,
  parseMaxErrors,
  parseMoment,
  parseNames,
  parsePairs,
  parsePriority,
} from './parse-values.ts';

/** Options of `import` and `validate`. */
export interface ImportFlags extends CommonOptions {
  readonly into?: string;
  readonly checked?: string;
  /** Of the options of an import only those that somebody else looks at; `importOptionsOf` reads all that have a flag. */
  readonly mode?: string;
  readonly maxErrors?: string;
  readonly effects?: boolean;
  readonly format?: string;
  readonly encoding?: string;
  readonly compression?: string;
  readonly delimiter?: string;
  readonly quote?: string;
  readonly escape?: string;
  /** False for `--no-header`. */
  readonly header?: boolean;
  readonly headerRow?: string;
  readonly skipLines?: string;
  readonly comment?: string;
  readonly sheet?: string;
  readonly map?: readonly string[];
  readonly scope?: readonly string[];
  readonly key?: string;
  readonly startAt?: string;
  readonly stopAt?: string;
  readonly label?: readonly string[];
  readonly description?: string;
  readonly priority?: string;
  readonly idempotencyKey?: string;
  /** False for `--no-wait`. */
  readonly wait: boolean;
}

/** How the source is read. */
export function addDialectOptions(command: Command): Command {
  return command
    .addOption(new Option('--format <name>', 'format of the file').choices(['csv', 'jsonl', 'json', 'xlsx']))
    .addOption(
      new Option('--encoding <name>', 'encoding').choices(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    )
    .addOption(new Option('--compression <name>', 'compression').choices(['none', 'gzip', 'zstd']))
    .option('--delimiter <char>', 'CSV delimiter: one character, or "tab"')
    .option('--quote <char>', 'CSV quote character')
    .option('--escape <char>', 'CSV escape character inside quotes (default: the quote is doubled)')
    .option('--header', 'the first record of a CSV file or sheet is the header')
    .option('--no-header', 'a CSV file or sheet without a header: fields are column_1, column_2, …')
    .option(
      '--header-row <n>',
      'line of the CSV header, or row of a sheet, from 1; lines above it are not read',
    )
    .option('--skip-lines <n>', 'number of lines at the top of a CSV file, or rows of a sheet, to skip')
    .option('--comment <text>', 'skip lines of a CSV file that start with this text: "#"')
    .option('--sheet <name>', 'sheet of a workbook: name or number (default: the first visible one)');
}

/** What is said about any job. */
export function addJobOptions(command: Command): Command {
  return command
    .option('--scope <column=value>', 'value of a scope column (repeatable)', collect)
    .option('--start-at <time>', 'earliest start: RFC 3339, or +15m')
    .option('--stop-at <time>', 'latest end, at a chunk boundary: RFC 3339, or +2h')
    .option('--label <text>', 'label (repeatable)', collect)
    .option('--description <text>', 'what the job is for')
    .option('--priority <number>', 'from -100 to 100; higher goes first')
    .option('--idempotency-key <key>', 'repeating the command with the same key returns the same job')
    .option('--no-wait', 'do not wait for the job to end');
}

/** Options of an import that have a flag. */
const FLAGGED = IMPORT_OPTION_NAMES.flatMap((name) => {
  const rule = IMPORT_OPTIONS[name];
  if (!('flag' in rule)) return [];
  const { schema, flag } = rule;
  const option = () => {
    const made = new Option(flag.usage, flag.help);
    return 'enum' in schema ? made.choices(schema.enum) : made;
  };
  return [{ name, schema, option }];
});

export function addImportOptions(command: Command): Command {
  for (const { option } of FLAGGED) command.addOption(option());
  return command.option(
    '--map <source=field>',
    'which source field to read a field from (repeatable)',
    collect,
  );
}

/** The part of a kick-off's body that is the same for every kind of job. */
export function describeJob(flags: {
  scope?: readonly string[];
  startAt?: string;
  stopAt?: string;
  label?: readonly string[];
  description?: string;
  priority?: string;
}): object {
  return omitUndefined({
    scope: flags.scope && parsePairs('--scope', flags.scope),
    startAt: parseMoment('--start-at', flags.startAt),
    stopAt: parseMoment('--stop-at', flags.stopAt),
    labels: flags.label,
    description: flags.description,
    priority: parsePriority(flags.priority),
  });
}

/** How the source is to be read; undefined when nothing was said. */
export function dialectOf(flags: ImportFlags): object | undefined {
  const { format, encoding, compression, quote, escape, header } = flags;
  const delimiter = parseDelimiter(flags.delimiter);
  const headerRow = parseCount('--header-row', flags.headerRow, 1);
  const skipLines = parseCount('--skip-lines', flags.skipLines);
  const lines = { header, headerRow, skipLines, comment: flags.comment, sheet: flags.sheet };
  const dialect = omitUndefined({ format, encoding, compression, delimiter, quote, escape, ...lines });
  return Object.keys(dialect).length === 0 ? undefined : dialect;
}

/** What is said about a collection that is inferred. */
export function inferenceOf(flags: ImportFlags): { dialect?: object; key?: string[] } {
  return omitUndefined({ dialect: dialectOf(flags), key: parseNames(flags.key) });
}

/** The options of the import itself, as the API takes them. */
export function importOptionsOf(flags: ImportFlags): object {
  const given = flags as unknown as Readonly<Record<string, string | boolean | undefined>>;
  const options = FLAGGED.filter(({ name }) => name !== 'maxErrors').map(({ name, schema, option }) => {
    const flag = option();
    const value = given[flag.attributeName()];
    const isCount = 'minimum' in schema && typeof value === 'string';
    return [name, isCount ? parseCount(flag.long ?? '', value, schema.minimum) : value] as const;
  });
  return omitUndefined({
    ...Object.fromEntries(options),
    ...parseMaxErrors(flags.maxErrors),
    effects: flags.effects,
  });
}
