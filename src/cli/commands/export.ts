import { statSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Command, Option } from 'commander';
import { AppError } from '../../core/errors.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { WireArtifact, WireJob } from '../../sdk/wire.ts';
import {
  action,
  addCommand,
  type Cli,
  type CommonOptions,
  printJson,
  required,
  wrongUsage,
} from '../command-line.ts';
import { type Connection, withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { leaveJob, showResult } from '../finish-job.ts';
import { followJob } from '../follow-job.ts';
import { formatOfName } from '../format-of-name.ts';
import { addJobOptions, describeJob } from '../import-flags.ts';
import {
  collect,
  parseCount,
  parseDelimiter,
  parseFilters,
  parseNames,
  parseOrder,
  parsePairs,
  parseSize,
} from '../parse-values.ts';
import { renderHeadline } from '../render/job.ts';
import { renderAmount, renderBytes } from '../render/numbers.ts';

interface ExportFlags extends CommonOptions {
  readonly format?: string;
  readonly out?: string;
  readonly fields?: string;
  readonly filter?: readonly string[];
  readonly order?: readonly string[];
  readonly compress?: string;
  readonly delimiter?: string;
  readonly header: boolean;
  readonly headerLabel?: readonly string[];
  readonly fileName?: string;
  readonly encoding?: string;
  readonly splitRecords?: string;
  readonly splitBytes?: string;
  readonly guardFormulas?: boolean;
  readonly scope?: readonly string[];
  readonly idempotencyKey?: string;
  readonly wait: boolean;
}

export function registerExport(program: Command, cli: Cli): void {
  const command = addCommand(
    program,
    'export <collection>',
    'export a collection to a file, or to standard output',
  )
    .addOption(
      new Option('--format <name>', 'default: by the name given to --out, else csv').choices([
        'csv',
        'jsonl',
        'json',
        'xlsx',
      ]),
    )
    .option('--out <file>', 'file to write, or a folder with --split-…; default: standard output')
    .option('--fields <names>', 'only these fields, in this order: a,b')
    .option('--filter <filter>', "'FIELD OP VALUE' or JSON (repeatable: all must hold)", collect)
    .option('--order <field[:desc]>', 'order (repeatable); default: by the key', collect)
    .addOption(
      new Option('--compress <name>', 'compression; default: by the name given to --out, else none').choices([
        'none',
        'gzip',
        'zstd',
        'zip',
      ]),
    )
    .option('--delimiter <char>', 'CSV delimiter: one character, or "tab"')
    .option('--no-header', 'CSV or XLSX without a header')
    .option(
      '--header-label <field=text>',
      'text of a field in the header of CSV or XLSX (repeatable)',
      collect,
    )
    .option('--file-name <name>', 'name of the result file, without extension; default: the collection')
    .addOption(
      new Option('--encoding <name>', 'encoding').choices(['utf-8', 'utf-8-bom', 'utf-16le', 'windows-1252']),
    )
    .option('--split-records <n>', 'start a new file after this many records')
    .option('--split-bytes <size>', 'start a new file after this many bytes before compression: 100M')
    .option('--guard-formulas', 'put an apostrophe before text that a spreadsheet would run as a formula');
  addJobOptions(command).action(
    action<ExportFlags>(cli, async (flags, collection) => {
      const body = exportBody(required(collection), flags);
      checkDestination(cli, flags);
      return withConnection(cli, flags, (connection) => runExport(cli, connection, body, flags));
    }),
  );
}

async function runExport(
  cli: Cli,
  connection: Connection,
  body: object,
  flags: ExportFlags,
): Promise<number> {
  const started = await connection.client.startJob('export', body, flags.idempotencyKey);
  if (!flags.wait || started.state === 'scheduled') return leaveJob(cli, connection, started, flags);
  const job = await followJob(cli, connection, started, { onInterrupt: 'cancel' });
  if (job.state !== 'succeeded') return showResult(cli, connection, job, flags);
  try {
    return await deliver(cli, connection, job, flags);
  } catch (error) {
    cli.terminal.err(
      `waybill: job ${job.number} is done and keeps its results; get them with: waybill download ${job.number}\n`,
    );
    throw error;
  }
}

function exportBody(collection: string, flags: ExportFlags): object {
  // Pieces go into a folder, which may be called anything.
  const named = flags.out === undefined || isSplit(flags) ? {} : formatOfName(flags.out);
  return {
    collection,
    ...describeJob(flags),
    ...omitUndefined({
      format: flags.format ?? named.format,
      compression: flags.compress ?? named.compression,
      fields: parseNames(flags.fields),
      filter: parseFilters(flags.filter),
      order: parseOrder(flags.order),
      delimiter: parseDelimiter(flags.delimiter),
      // Only said when it was: JSON has no header.
      header: flags.header ? undefined : false,
      headerLabels: flags.headerLabel && parsePairs('--header-label', flags.headerLabel),
      fileName: flags.fileName,
      encoding: flags.encoding,
      splitRecords: parseCount('--split-records', flags.splitRecords, 1),
      splitBytes: parseSize('--split-bytes', flags.splitBytes),
      guardFormulas: flags.guardFormulas,
    }),
  };
}

/** Before anything is run: where the results go must be able to take them. */
function checkDestination({ cwd }: Cli, flags: ExportFlags): void {
  const { out, json, wait } = flags;
  if (!wait || (out === undefined && json === true)) return;
  const isStream = out === undefined || out === '-';
  if (isSplit(flags)) {
    if (isStream) throw wrongUsage('several files need a folder: name one with --out');
  } else if (!isStream && statSync(resolve(cwd, out), { throwIfNoEntry: false })?.isDirectory() === true) {
    throw wrongUsage(`${out} is a folder; name a file in it`);
  }
}

function isSplit({ splitRecords, splitBytes }: ExportFlags): boolean {
  return splitRecords !== undefined || splitBytes !== undefined;
}

/** Results go where they were asked for; what is told about them goes to standard error when they go to standard output. */
async function deliver(cli: Cli, { client }: Connection, job: WireJob, flags: ExportFlags): Promise<number> {
  const results = (await client.listArtifacts(job.id)).filter((artifact) => artifact.kind === 'result');
  if (flags.out === undefined || flags.out === '-') {
    if (flags.json === true && flags.out === undefined) printJson(cli.terminal, job);
    else for (const result of onlyResult(job, results)) await client.downloadTo(result, cli.terminal.data());
    cli.terminal.err(`${renderHeadline(job)}: ${renderAmount(job.progress.processed, 'record')}\n`);
    return EXIT.done;
  }
  const out = resolve(cli.cwd, flags.out);
  const paths = isSplit(flags)
    ? results.map((result) => [result, join(out, result.name)] as const)
    : onlyResult(job, results).map((result) => [result, out] as const);
  let sizeBytes = 0;
  for (const [result, path] of paths) sizeBytes += await client.download(result, path);
  if (flags.json === true) printJson(cli.terminal, job);
  else {
    const files = isSplit(flags)
      ? `${renderAmount(results.length, 'file')} in ${visibleText(flags.out)}`
      : visibleText(flags.out);
    cli.terminal.out(
      `${renderHeadline(job)}\n  ${renderAmount(job.progress.processed, 'record')}, ${renderBytes(sizeBytes)}, to ${files}\n`,
    );
  }
  return EXIT.done;
}

function onlyResult(job: WireJob, results: readonly WireArtifact[]): readonly WireArtifact[] {
  if (results.length === 1) return results;
  throw new AppError(
    'usage.invalid',
    `Job ${job.number} has ${results.length} result files; name a folder for them with --out, or get them with: waybill download ${job.number}`,
  );
}
