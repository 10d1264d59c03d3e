/**
 * A Waybill server as a process of its own, started by the command line, for tests that kill parts of it:
 *
 *     const server = await ServerProcess.start({ workers: 1 });                  // with its embedded PostgreSQL
 *     const server = await ServerProcess.start({ databaseUrl: database.url });   // on a database of the test
 *     await server.client.startJob('import', { … });
 *     kill(server.workers());
 *     await server.stop();
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Client, createClient } from '../../src/sdk/client.ts';
import type { Credentials } from '../../src/store/embedded/cluster.ts';
import { waitUntil } from './wait-until.ts';
import { watchWire } from './wire/watch-wire.ts';

export interface ServerSettings {
  /** Default: the embedded PostgreSQL. */
  readonly databaseUrl?: string;
  /** Default 1. */
  readonly workers?: number;
  /** Workers of the lane. Default 0, so that every job is run by one of `workers`. */
  readonly laneWorkers?: number;
  /** Another server's, to work beside it with `role: worker`; default: a new one. */
  readonly dataDir?: string;
  /** Default `all`. A `worker` has no API, and so no `client`; an `api` has no workers. */
  readonly role?: 'all' | 'api' | 'worker';
  /** Further variables, such as `WAYBILL_STORAGE_MIN_FREE_BYTES`. */
  readonly environment?: Readonly<Record<string, string>>;
  /** Default true: what it answers is held against its document. False where it answers for many minutes. */
  readonly isWireWatched?: boolean;
}

const PROGRAM = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));
const START_LIMIT_MS = 90_000;
const STOP_LIMIT_MS = 20_000;
const LOG_TAIL_LENGTH = 20_000;

export class ServerProcess {
  readonly dataDir: string;
  readonly #settings: ServerSettings;
  #child: ChildProcess | undefined;
  #exited: Promise<number | undefined> = Promise.resolve(undefined);
  #client: Client | undefined;
  readonly #wire = watchWire();
  #log = '';

  private constructor(dataDir: string, settings: ServerSettings) {
    this.dataDir = dataDir;
    this.#settings = settings;
  }

  /** Starts a server; resolves when it answers. */
  static async start(settings: ServerSettings = {}): Promise<ServerProcess> {
    const dataDir = settings.dataDir ?? (await mkdtemp(join(tmpdir(), 'waybill-server-')));
    // Started by root, the embedded server runs as another user, who has to pass through.
    await chmod(dataDir, 0o711);
    const server = new ServerProcess(dataDir, settings);
    await server.startAgain();
    return server;
  }

  /** Starts it on the same data folder once more, after it has ended. @param others variables for this time */
  async startAgain(others: Readonly<Record<string, string>> = {}): Promise<void> {
    const { databaseUrl, workers = 1, laneWorkers = 0, role = 'all', environment } = this.#settings;
    const where = ['--data', this.dataDir, '--port', '0'];
    const child = spawn(
      process.execPath,
      [PROGRAM, 'serve', ...where, '--role', role, '--workers', String(workers)],
      {
        cwd: this.dataDir,
        // A group of its own: what is sent to the test's group does not reach it.
        detached: true,
        stdio: ['ignore', 'pipe', 'pipe'],
        env: {
          ...process.env,
          ...(this.#settings.isWireWatched !== false && this.#wire.environment),
          WAYBILL_STORAGE_MIN_FREE_BYTES: '1MiB',
          WAYBILL_LANE_WORKERS: String(laneWorkers),
          ...(databaseUrl !== undefined && { WAYBILL_DATABASE_URL: databaseUrl }),
          ...environment,
          ...others,
        },
      },
    );
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_TAIL_LENGTH);
      });
    }
    this.#exited = new Promise((resolve) => child.once('exit', (code) => resolve(code ?? undefined)));
    this.#child = child;
    // Whatever becomes of the test, nothing of the server outlives it.
    const end = () => kill([...descendantsOf(child.pid ?? 0), child.pid ?? 0]);
    process.once('exit', end);
    child.once('exit', () => process.off('exit', end));
    await this.#waitForAnswer(child);
  }

  async #waitForAnswer(child: ChildProcess): Promise<void> {
    const isReady = async () => {
      if (hasEnded(child)) throw new Error(`the server has ended:\n${this.#log}`);
      if (this.#settings.role === 'worker') return this.#log.includes('Ctrl-C stops it');
      const text = await readFile(join(this.dataDir, 'server.json'), 'utf8').catch(() => undefined);
      if (text === undefined) return false;
      const file = JSON.parse(text) as { url: string; tokenPath: string; pid: number };
      // A server that was killed leaves its file behind.
      if (file.pid !== child.pid) return false;
      const token = (await readFile(file.tokenPath, 'utf8')).trim();
      this.#client = createClient({ url: file.url, token });
      return true;
    };
    await waitUntil('the server answers', isReady, START_LIMIT_MS);
  }

  get client(): Client {
    if (this.#client === undefined) throw new Error('the server was not started');
    return this.#client;
  }

  get pid(): number {
    if (this.#child?.pid === undefined) throw new Error('the server was not started');
    return this.#child.pid;
  }

  /** The end of what it and its workers wrote. */
  get log(): string {
    return this.#log;
  }

  /** The exit code; undefined when a signal ended it. */
  get exited(): Promise<number | undefined> {
    return this.#exited;
  }

  /** Process ids of the workers that run now. */
  workers(): number[] {
    return workersOf(this.pid);
  }

  /** Process id of the embedded PostgreSQL's postmaster. */
  async postgres(): Promise<number> {
    const [pid] = await this.#postmasterFile();
    return Number(pid);
  }

  /** For the owner of Waybill's tables; the embedded server must run. */
  async databaseUrl(): Promise<string> {
    if (this.#settings.databaseUrl !== undefined) return this.#settings.databaseUrl;
    const home = await this.#embeddedHome();
    const { waybill } = JSON.parse(await readFile(join(home, 'credentials.json'), 'utf8')) as Credentials;
    const folder = (await this.#postmasterFile())[4] ?? '';
    return `postgres://${waybill.name}:${waybill.password}@localhost:5432/waybill?host=${encodeURIComponent(folder)}`;
  }

  async #postmasterFile(): Promise<string[]> {
    return (await readFile(join(await this.#embeddedHome(), 'data', 'postmaster.pid'), 'utf8')).split('\n');
  }

  async #embeddedHome(): Promise<string> {
    const name = readdirSync(this.dataDir).find((entry) => /^pg\d+$/.test(entry));
    if (name === undefined) throw new Error(`there is no PostgreSQL in ${this.dataDir}`);
    return join(this.dataDir, name);
  }

  /** What a machine that loses its power does: supervisor, workers and PostgreSQL end at once, none of them in order. */
  async killEverything(): Promise<void> {
    kill([this.pid, ...descendantsOf(this.pid)]);
    await this.#exited;
  }

  /** SIGTERM, as a service manager sends it. @returns the exit code */
  async terminate(): Promise<number | undefined> {
    process.kill(this.pid, 'SIGTERM');
    await waitUntil(
      'the server has ended',
      () => this.#child === undefined || hasEnded(this.#child),
      STOP_LIMIT_MS,
    );
    return this.#exited;
  }

  /**
   * Ends it, in whatever state it is, and removes the data folder if it is its own. Fails when it answered what its document does not
   * say.
   */
  async stop(): Promise<void> {
    const child = this.#child;
    if (child !== undefined && !hasEnded(child)) {
      const left = descendantsOf(this.pid);
      process.kill(this.pid, 'SIGTERM');
      await waitUntil('the server has ended', () => hasEnded(child), STOP_LIMIT_MS).catch(async () => {
        kill([this.pid, ...left]);
        await this.#exited;
      });
    }
    if (this.#settings.dataDir === undefined) {
      await rm(this.dataDir, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 });
    }
    await this.#wire.end();
  }
}

/** By itself, or by a signal. */
function hasEnded(child: ChildProcess): boolean {
  return child.exitCode !== null || child.signalCode !== null;
}

/** Sends SIGKILL; a process that has ended already is left in peace. */
export function kill(pids: readonly number[], signal: NodeJS.Signals = 'SIGKILL'): void {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
    }
  }
}

/** Process ids of the workers that this process has started. */
export function workersOf(pid: number): number[] {
  return childrenOf(pid).filter((child) => commandOf(child).includes('worker-process'));
}

export function childrenOf(pid: number): number[] {
  try {
    return readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').split(' ').filter(Boolean).map(Number);
  } catch {
    return [];
  }
}

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function commandOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}
