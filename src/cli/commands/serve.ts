import { type Command, Option } from 'commander';
import type { Config } from '../../config.ts';
import { AppError } from '../../core/errors.ts';
import { action, addLocalCommand, type Cli, type CommonOptions, printJson } from '../command-line.ts';
import { findRunningServer, loadCliConfig } from '../connect.ts';
import { EXIT } from '../exit-codes.ts';
import { parseCount } from '../parse-values.ts';
import { stopOnSignals } from '../stop-on-signals.ts';
import { waitForFolder } from '../wait-for-folder.ts';

/** A short command may use the data folder just now; what takes longer should be seen by whoever starts servers. */
export const WAIT_SECONDS = 30;
const END_WITHIN_MS = 2_000;

interface ServeFlags extends CommonOptions {
  readonly host?: string;
  readonly port?: string;
  readonly role: 'all' | 'api' | 'worker';
  readonly workers?: string;
  readonly waitSeconds?: string;
}

export function registerServe(program: Command, cli: Cli): void {
  addLocalCommand(program, 'serve', 'run a server until you stop it (Ctrl-C, SIGTERM)')
    .option('--host <address>', 'address to listen on (default 127.0.0.1)')
    .option('--port <number>', 'port to listen on; 0 takes any free port (default 8140)')
    .addOption(
      new Option('--role <role>', 'what this process does').choices(['all', 'api', 'worker']).default('all'),
    )
    .option('--workers <number>', 'worker processes')
    .option(
      '--wait-seconds <number>',
      `how many seconds to wait for a command that uses the data folder (default ${WAIT_SECONDS})`,
    )
    .action(action<ServeFlags>(cli, (flags) => serve(cli, flags)));
}

async function serve(cli: Cli, flags: ServeFlags): Promise<number> {
  const option = (name: 'host' | 'port' | 'workers') =>
    flags[name] === undefined ? undefined : { value: flags[name], option: `--${name}` };
  const { config } = loadCliConfig(cli, flags, {
    host: option('host'),
    port: option('port'),
    workers: option('workers'),
  });
  const waitSeconds = parseCount('--wait-seconds', flags.waitSeconds) ?? WAIT_SECONDS;
  const { createServerLog, logProcess, startServer } = await import('../../server.ts');
  const log = createServerLog(config);
  logProcess(log);
  const stopping = new AbortController();
  const starting = waitForFolder(
    cli,
    waitSeconds * 1000,
    async () => {
      await refuseSecondServer(config, flags.role);
      return startServer({ config, role: flags.role, workers: config.workers, log });
    },
    stopping.signal,
  );
  // From the start on: it is up, and found by others, some instants before it says so. Jobs end their chunk and go back to the queue.
  stopOnSignals(cli, async () => {
    stopping.abort();
    await (await starting.catch(() => undefined))?.stop();
  });
  const server = await starting;
  if (flags.json === true)
    printJson(cli.terminal, { url: server.url, dataDir: config.dataDir, pid: process.pid });
  else {
    const what = server.url === '' ? 'works' : `listens on ${server.url}`;
    cli.terminal.out(`waybill ${what}, data in ${config.dataDir}; Ctrl-C stops it\n`);
  }
  await server.whenStopped;
  endSoon();
  return EXIT.done;
}

/** All is closed. Whatever still holds the process, such as a statement that a frozen database never answers, has had its time. */
function endSoon(): void {
  setTimeout(() => process.exit(EXIT.done), END_WITHIN_MS).unref();
}

/** Only a part of a server, on a database of your own, may share the data folder with others. */
async function refuseSecondServer({ dataDir, databaseUrl }: Config, role: ServeFlags['role']): Promise<void> {
  if (role === 'worker' || (role === 'api' && databaseUrl !== undefined)) return;
  const running = await findRunningServer(dataDir);
  if (running === undefined) return;
  throw new AppError(
    'embedded.locked',
    `A server runs on ${dataDir} already: ${running.url}. Stop it first, or name another folder with --data.`,
  );
}
