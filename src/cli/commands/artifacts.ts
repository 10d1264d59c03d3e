import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { visibleText } from '../../core/visible-text.ts';
import type { Client } from '../../sdk/client.ts';
import type { WireArtifact, WireJob } from '../../sdk/wire.ts';
import { awaitReport } from '../await-report.ts';
import {
  action,
  addCommand,
  type Cli,
  type CommonOptions,
  printJson,
  required,
  wrongUsage,
} from '../command-line.ts';
import { withConnection } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { renderAmount, renderBytes, renderCount } from '../render/numbers.ts';
import { renderTable } from '../render/table.ts';

interface FileFlags extends CommonOptions {
  readonly out?: string;
  readonly force?: boolean;
  readonly unreadable?: boolean;
}

/** `artifacts ID`, `download ID [NAME]` and `failed ID`. */
export function registerArtifacts(program: Command, cli: Cli): void {
  addCommand(program, 'artifacts <id>', 'list the files of a job').action(
    action(cli, (flags, id) =>
      withConnection(cli, flags, async ({ client }) => {
        const artifacts = await client.listArtifacts(required(id));
        if (flags.json === true) printJson(cli.terminal, { artifacts });
        else cli.terminal.out(renderArtifacts(artifacts));
        return EXIT.done;
      }),
    ),
  );

  addCommand(program, 'download <id> [name]', 'download one file of a job, or all of its results')
    .option(
      '--out <path>',
      'file to write (- for standard output), or the folder if NAME is missing; default: the working folder',
    )
    .option('--force', 'overwrite files')
    .action(
      action<FileFlags>(cli, (flags, id, name) =>
        withConnection(cli, flags, async ({ client }) => {
          const job = await client.getJob(required(id));
          return name === undefined
            ? downloadResults(cli, client, job, flags)
            : downloadOne(cli, client, job, name, flags);
        }),
      ),
    );

  addCommand(program, 'failed <id>', 'download the rejected records of a job, to correct and send them again')
    .option('--out <file>', 'file to write; default: standard output')
    .option('--unreadable', 'instead: the records that could not be read, byte for byte')
    .option('--force', 'overwrite the file')
    .action(
      action<FileFlags>(cli, (flags, id) =>
        withConnection(cli, flags, async (connection) => {
          const { client } = connection;
          const job = await awaitReport(cli, connection, await client.getJob(required(id)));
          return getFailedRows(cli, client, job, flags);
        }),
      ),
    );
}

async function downloadResults(cli: Cli, client: Client, job: WireJob, flags: FileFlags): Promise<number> {
  if (flags.out === '-') throw wrongUsage('--out -: name the file that should go to standard output');
  const artifacts = await client.listArtifacts(job.id);
  const results = artifacts.filter(({ kind }) => kind === 'result' || kind === 'manifest');
  if (results.length === 0) throw noFile(job, artifacts, 'results');
  for (const result of results) await save(cli, client, result, join(flags.out ?? '.', result.name), flags);
  return EXIT.done;
}

async function downloadOne(
  cli: Cli,
  client: Client,
  job: WireJob,
  name: string,
  flags: FileFlags,
): Promise<number> {
  const artifacts = await client.listArtifacts(job.id);
  const artifact = artifacts.find((candidate) => candidate.name === name);
  if (artifact === undefined) throw noFile(job, artifacts, `file "${name}"`);
  await save(cli, client, artifact, flags.out ?? name, flags);
  return EXIT.done;
}

async function getFailedRows(cli: Cli, client: Client, job: WireJob, flags: FileFlags): Promise<number> {
  const artifacts = await client.listArtifacts(job.id);
  const kind = flags.unreadable === true ? 'unreadable_rows' : 'failed_rows';
  const wanted = artifacts.find((artifact) => artifact.kind === kind);
  if (wanted === undefined)
    throw noFile(job, artifacts, kind === 'failed_rows' ? 'failed rows' : 'unreadable rows');
  await save(cli, client, wanted, flags.out ?? '-', flags);
  const others = artifacts.find((artifact) => artifact.kind === 'unreadable_rows');
  if (kind === 'failed_rows' && others !== undefined) {
    cli.terminal.err(
      `waybill: some records could not be read at all; get them with: waybill failed ${job.number} --unreadable --out ${others.name}\n`,
    );
  }
  return EXIT.done;
}

async function save(
  cli: Cli,
  client: Client,
  artifact: WireArtifact,
  to: string,
  flags: FileFlags,
): Promise<void> {
  if (to === '-') {
    await client.downloadTo(artifact, cli.terminal.data());
    return;
  }
  const path = resolve(cli.cwd, to);
  if (flags.force !== true && existsSync(path))
    throw wrongUsage(`${to} already exists; --force overwrites it`);
  const sizeBytes = await client.download(artifact, path);
  if (flags.json === true) printJson(cli.terminal, { ...artifact, path });
  else {
    const records = artifact.records === undefined ? '' : `${renderAmount(artifact.records, 'record')}, `;
    cli.terminal.out(`${visibleText(to)}: ${records}${renderBytes(sizeBytes)}${renderCut(artifact)}\n`);
  }
}

function renderCut({ cutFromBytes }: WireArtifact): string {
  return cutFromBytes === undefined
    ? ''
    : `, cut from ${renderBytes(cutFromBytes)} (limit: limits.unreadableBytes)`;
}

function noFile(job: WireJob, artifacts: readonly WireArtifact[], what: string): AppError {
  const names = artifacts.map((artifact) => artifact.name).join(', ');
  const { report } = job;
  const why =
    report === undefined || report.state === 'complete'
      ? ''
      : ` Its report ${report.state === 'pending' ? 'is still being written' : 'could not be written'}${report.error === undefined ? '' : `: ${report.error}`}.`;
  return new AppError(
    'storage.not_found',
    `Job ${job.number} (${job.state}) has no ${what}. It has: ${names || 'no files'}.${why}`,
  );
}

function renderArtifacts(artifacts: readonly WireArtifact[]): string {
  if (artifacts.length === 0) return 'The job has left no files.\n';
  return renderTable(
    [
      { title: 'name' },
      { title: 'kind' },
      { title: 'records', align: 'right' },
      { title: 'size', align: 'right' },
      { title: 'kept until' },
    ],
    artifacts.map((artifact) => [
      artifact.name,
      artifact.kind,
      artifact.records === undefined ? '' : renderCount(artifact.records),
      renderBytes(artifact.sizeBytes),
      artifact.removedAt === undefined ? (artifact.expiresAt ?? '') : `removed at ${artifact.removedAt}`,
    ]),
  );
}
