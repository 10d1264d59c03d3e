/**
 * The way to a server: the one that is named, else the one that runs on the data folder, else one of our own that lives as long as
 * the command does.
 */
import { readFile } from 'node:fs/promises';
import { type Config, loadConfig } from '../config.ts';
import { type Client, createClient } from '../sdk/client.ts';
import type { ServerAddress } from '../sdk/request.ts';
import { type ServerFile, serverFilePath } from '../server/data-folder.ts';
import type { RunningServer } from '../server.ts';
import type { Cli, CommonOptions } from './command-line.ts';
import { findNamedServer } from './named-server.ts';
import { waitForFolder } from './wait-for-folder.ts';

export interface Connection {
  readonly client: Client;
  /** The server that this command has started; undefined: one that was there before and stays. */
  readonly own?: RunningServer;
  /** The data folder, where it is known. */
  readonly dataDir?: string;
}

const ANSWER_WITHIN_MS = 2000;

/** Calls `use` with a connection, and ends the server again if it is ours. */
export async function withConnection(
  cli: Cli,
  options: CommonOptions,
  use: (connection: Connection) => Promise<number>,
): Promise<number> {
  const connection = await connect(cli, options);
  try {
    return await use(connection);
  } finally {
    await connection.own?.stop();
  }
}

export function loadCliConfig(
  cli: Cli,
  options: CommonOptions,
  more: Readonly<Record<string, { value: string; option: string } | undefined>> = {},
): ReturnType<typeof loadConfig> {
  const given = { dataDir: options.data && { value: options.data, option: '--data' }, ...more };
  const known = Object.entries(given).flatMap(([key, value]) => (value ? [[key, value]] : []));
  return loadConfig({
    cwd: cli.cwd,
    env: cli.env,
    options: Object.fromEntries(known),
    ...(options.config !== undefined && { file: options.config }),
  });
}

async function connect(cli: Cli, options: CommonOptions): Promise<Connection> {
  const named = await findNamedServer(cli, options);
  if (named !== undefined) return { client: createClient(named) };
  const { config } = loadCliConfig(cli, options);
  const { dataDir } = config;
  // However long the other command takes: both get done, one after the other. A server that starts meanwhile is used.
  return waitForFolder(cli, Number.POSITIVE_INFINITY, async () => {
    const running = await findRunningServer(dataDir);
    if (running !== undefined) return { client: createClient(running), dataDir };
    const own = await startOwnServer(config, options);
    return { client: createClient({ url: own.url, token: own.token }), own, dataDir };
  });
}

/** The server that runs on this data folder; undefined when none answers, whatever an old `server.json` says. */
export async function findRunningServer(dataDir: string): Promise<ServerAddress | undefined> {
  try {
    const { url, tokenPath } = JSON.parse(await readFile(serverFilePath(dataDir), 'utf8')) as ServerFile;
    const token = (await readFile(tokenPath, 'utf8')).trim();
    const answer = await fetch(new URL('/healthz', url), { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
    await answer.body?.cancel();
    return answer.ok ? { url, token } : undefined;
  } catch {
    return undefined;
  }
}

async function startOwnServer(config: Config, options: CommonOptions): Promise<RunningServer> {
  // The server brings most of what the program loads; commands that find one running do without.
  const { startServer } = await import('../server.ts');
  return startServer({
    // A person reads what the command says; of what the server says in between only what is out of the ordinary.
    config: { ...config, port: 0, logLevel: options.debug === true ? config.logLevel : 'warn' },
    role: 'all',
    workers: 0,
    ephemeral: true,
  });
}
