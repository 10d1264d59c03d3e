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
    .addOption(new Option('--format <name>', 'format of the file').choices(['csv', 'jsonl', 'json']))
    .addOption(
      new Option('--encoding <name>', 'encoding').choices(['utf-8', 'utf-16le', 'utf-16be', 'windows-1252']),
    )
    .addOption(new Option('--compression <name>', 'compression').choices(['none', 'gzip', 'zstd']))
    .option('--delimiter <char>', 'delimiter of CSV: one character, or "tab"')
    .option('--quote <char>', 'quote of CSV')
    .option('--escape <char>', 'escape inside quotes of CSV, where it is not the quote doubled')
    .option('--header', 'the first record of CSV holds the names')
    .option('--no-header', 'CSV without names: fields are column_1, column_2, …')
    .option('--header-row <n>', 'line of CSV that holds the names, from 1; what stands above is not read')
    .option('--skip-lines <n>', 'lines at the top of CSV that are not read')
    .option('--comment <text>', 'a line of CSV that begins with this is no record: "#"');
}

/** What is said about any job. */
export function addJobOptions(command: Command): Command {
  return command
    .option('--scope <column=value>', 'value of a scope column (repeatable)', collect)
    .option('--start-at <time>', 'do not start before: RFC 3339, or +15m')
    .option('--stop-at <time>', 'stop at a chunk boundary: RFC 3339, or +2h')
    .option('--label <text>', 'label (repeatable)', collect)
    .option('--description <text>', 'what the job is for')
    .option('--priority <number>', 'from -100 to 100; higher goes first')
    .option('--idempotency-key <key>', 'the same key again gives the same job')
    .option('--no-wait', 'print the job and return');
}

export function addImportOptions(command: Command): Command {
  return command
    .addOption(new Option('--mode <mode>', 'default: upsert, or insert without a key').choices(IMPORT_MODES))
    .addOption(new Option('--atomicity <what>', 'what lands together').choices(['chunk', 'all']))
    .addOption(
      new Option('--duplicates <policy>', 'a key twice in the file').choices(['error', 'first', 'last']),
    )
    .option(
      '--max-errors <n|p%>',
      'stop after so many rejected records, or such a share (seen every 1,000 records and at the end)',
    )
    .option('--allow-nothing-accepted', 'succeed although every record was rejected')
    .option('--max-deletes <n>', 'mode replace: delete at most so many rows')
    .option('--replace-despite-errors', 'mode replace: go on although records were rejected')
    .option('--replace-by-nothing', 'mode replace: an empty file empties the target')
    .option('--rows-per-second <n>', 'go no faster than this')
    .option('--lock-timeout <ms>', 'wait so long for a lock in the target (default 5000)')
    .option('--allow-concurrent', 'run beside other writing jobs on the same collection and scope')
    .option(
      '--guard-formulas',
      'in issues.csv and failed.csv: an apostrophe before what a spreadsheet takes for a formula',
    )
    .option('--advance-sequences', 'set sequences that stand behind the ids that were imported')
    .option('--map <source=field>', 'take a field from this source field (repeatable)', collect);
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
  const lines = { header, headerRow, skipLines, comment: flags.comment };
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
