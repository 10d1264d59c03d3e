import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import type { Command } from 'commander';
import { AppError } from '../../core/errors.ts';
import { action, type Cli, type CommonOptions, printJson, wrongUsage } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';
import { stopOnSignals } from '../stop-on-signals.ts';

interface SandboxFlags extends Pick<CommonOptions, 'json' | 'debug'> {
  readonly port: string;
  readonly scenario?: string;
  readonly keep?: string;
}

export function registerSandbox(program: Command, cli: Cli): void {
  program
    .command('sandbox')
    .description('run a test server for clients of all wire protocols, which misbehaves on demand')
    .option('--port <number>', 'port on 127.0.0.1 to listen on; 0 takes any free port', '8150')
    .option('--scenario <file>', 'what goes wrong, and when (default: nothing)')
    .option(
      '--keep <folder>',
      'an empty folder to work in, which is kept (default: a temporary folder, removed at the end)',
    )
    .option('--json', 'print JSON for machines')
    .option('--debug', 'print stack traces of errors')
    .action(action<SandboxFlags>(cli, (flags) => sandbox(cli, flags)));
}

async function sandbox(cli: Cli, flags: SandboxFlags): Promise<number> {
  const port = readPort(flags.port);
  const scenario =
    flags.scenario === undefined ? undefined : await readScenario(resolve(cli.cwd, flags.scenario));
  // The server brings most of what the program loads.
  const { openOwnFolder } = await import('../../sandbox/own-folder.ts');
  const { openSandbox } = await import('../../sandbox/open-sandbox.ts');
  const { describeSandbox, renderSandbox } = await import('../../sandbox/first-lines.ts');
  const named = flags.keep === undefined ? undefined : resolve(cli.cwd, flags.keep);
  const folder = await openOwnFolder('sandbox', { named, isKept: false });
  try {
    const opening = openSandbox({ folder: folder.path, port, ...(scenario !== undefined && { scenario }) });
    stopOnSignals(cli, async () => (await opening).stop());
    const opened = await opening;
    const description = describeSandbox(opened);
    if (flags.json === true) printJson(cli.terminal, { ...description, folder: folder.path });
    else {
      cli.terminal.out(renderSandbox(description));
      const what = folder.isThrowAway ? 'removed at the end' : 'kept';
      cli.terminal.out(
        `# waybill sandbox listens on ${opened.url}, data in ${folder.path} (${what}); Ctrl-C ends it\n`,
      );
    }
    await opened.whenStopped;
    return EXIT.done;
  } finally {
    await folder.remove();
  }
}

function readPort(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw wrongUsage(`--port takes a number from 0 to 65535, not "${text}"`);
}

/** @throws AppError `source.not_found`, `usage.invalid` */
async function readScenario(path: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: Error) => {
    throw new AppError('source.not_found', `The scenario ${path} cannot be read: ${cause.message}`, {
      cause,
    });
  });
  try {
    return JSON.parse(text);
  } catch (error) {
    throw wrongUsage(`The scenario ${path} is not JSON: ${(error as Error).message}`);
  }
}
