import { type Command, Option } from 'commander';
import { IMPORT_MODES } from '../core/job.ts';
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
  readonly mode?: string;
  readonly atomicity?: string;
  readonly duplicates?: string;
  readonly maxErrors?: string;
  readonly allowNothingAccepted?: boolean;
  readonly maxDeletes?: string;
  readonly replaceDespiteErrors?: boolean;
  readonly replaceByNothing?: boolean;
  readonly rowsPerSecond?: string;
  readonly lockTimeout?: string;
  readonly allowConcurrent?: boolean;
  readonly effects?: boolean;
  readonly guardFormulas?: boolean;
  readonly advanceSequences?: boolean;
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

export function addImportOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--mode <mode>',
        'how to write (default: upsert, or insert if the collection has no key)',
      ).choices(IMPORT_MODES),
    )
    .addOption(
      new Option(
        '--atomicity <what>',
        'what is written in one transaction: each chunk, or everything',
      ).choices(['chunk', 'all']),
    )
    .addOption(
      new Option('--duplicates <policy>', 'what to do if a key occurs twice in the file').choices([
        'error',
        'first',
        'last',
      ]),
    )
    .option(
      '--max-errors <n|p%>',
      'stop after more rejected records than this number or share (a share is checked every 1,000 records and at the end)',
    )
    .option('--allow-nothing-accepted', 'succeed even if every record was rejected')
    .option('--max-deletes <n>', 'mode replace: delete at most this many rows')
    .option('--replace-despite-errors', 'mode replace: continue even if records were rejected')
    .option('--replace-by-nothing', 'mode replace: let an empty file delete everything')
    .option('--rows-per-second <n>', 'maximum speed')
    .option('--lock-timeout <ms>', 'how long to wait for a lock in the target (default 5000)')
    .option(
      '--allow-concurrent',
      'run at the same time as other writing jobs on the same collection and scope',
    )
    .option(
      '--guard-formulas',
      'issues.csv and failed.csv: put an apostrophe before text that a spreadsheet would run as a formula',
    )
    .option('--advance-sequences', 'advance sequences past the imported ids')
    .option('--map <source=field>', 'which source field to read a field from (repeatable)', collect);
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
  return omitUndefined({
    mode: flags.mode,
    atomicity: flags.atomicity,
    duplicates: flags.duplicates,
    ...parseMaxErrors(flags.maxErrors),
    allowNothingAccepted: flags.allowNothingAccepted,
    maxDeletes: parseCount('--max-deletes', flags.maxDeletes),
    replaceDespiteErrors: flags.replaceDespiteErrors,
    replaceByNothing: flags.replaceByNothing,
    rowsPerSecond: parseCount('--rows-per-second', flags.rowsPerSecond, 1),
    lockTimeoutMs: parseCount('--lock-timeout', flags.lockTimeout, 1),
    allowConcurrent: flags.allowConcurrent,
    effects: flags.effects,
    guardFormulas: flags.guardFormulas,
    advanceSequences: flags.advanceSequences,
  });
}
