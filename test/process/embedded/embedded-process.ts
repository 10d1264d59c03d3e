/** Runs `program.ts` as a process of its own, as any user, and talks with it. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, chown, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectClient } from '../../../src/store/connect.ts';
import { findServerProcesses } from '../../../src/store/embedded/leftovers.ts';
import { patienceOf } from '../../support/patience.ts';
import { waitUntil } from '../../support/wait-until.ts';

export interface ReadyServer {
  readonly url: string;
  readonly adminUrl: string;
  readonly folder: string;
  readonly pid: number;
}

export interface User {
  readonly uid: number;
  readonly gid: number;
}

export interface ProgramOptions {
  readonly user?: User | undefined;
  /** Default: nothing but the path of commands. */
  readonly environment?: NodeJS.ProcessEnv;
  /** A copy of the repository to run instead of this one. */
  readonly root?: string;
}

export const isRoot = process.getuid?.() === 0;
export const needsRoot = isRoot ? false : 'needs root';
/** A user with a name and no rights: `nobody`, as on every Debian. */
export const NOBODY: User = { uid: 65534, gid: 65534 };

const LIMIT_MS = 30_000;
const REPOSITORY = fileURLToPath(new URL('../../../', import.meta.url));

/** A temporary folder with room for a data folder, owned by `user`, and for what root shares. */
export class Sandbox implements AsyncDisposable {
  readonly #started: EmbeddedProcess[] = [];
  readonly folder: string;

  private constructor(folder: string) {
    this.folder = folder;
  }

  static async create(options: { owner?: User; parent?: string; mode?: number } = {}): Promise<Sandbox> {
    const folder = await realpath(await mkdtemp(join(options.parent ?? tmpdir(), 'waybill-embedded-')));
    await chmod(folder, options.mode ?? 0o711);
    if (options.owner) await chown(folder, options.owner.uid, options.owner.gid);
    return new Sandbox(folder);
  }

  path(...names: string[]): string {
    return join(this.folder, ...names);
  }

  /** Starts the program, by default on `data/` of this sandbox. */
  start(options: ProgramOptions & { dataDir?: string; sharedFolder?: string } = {}): EmbeddedProcess {
    const { dataDir = this.path('data'), sharedFolder = this.path('shared') } = options;
    const started = new EmbeddedProcess(dataDir, sharedFolder, options);
    this.#started.push(started);
    return started;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#started.map((started) => started.end()));
    await rm(this.folder, { recursive: true, force: true });
  }
}

export class EmbeddedProcess {
  readonly child: ChildProcess;
  readonly logs: string[] = [];
  readonly #messages: AsyncIterator<string>;
  #ready: ReadyServer | undefined;

  constructor(dataDir: string, sharedFolder: string, options: ProgramOptions) {
    const program = join(options.root ?? REPOSITORY, 'test/process/embedded/program.ts');
    this.child = spawn(process.execPath, [program, dataDir, sharedFolder], {
      ...options.user,
      cwd: '/',
      env: options.environment ?? { PATH: '/usr/bin:/bin' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    if (!this.child.stdout) throw new Error('the child has no output');
    this.#messages = createInterface({ input: this.child.stdout })[Symbol.asyncIterator]();
  }

  /** Waits for the next message that has `name`. */
  async next<T>(name: 'ready' | 'error' | 'event' | 'stopped'): Promise<T> {
    const timer = setTimeout(() => this.child.kill('SIGKILL'), patienceOf(LIMIT_MS));
    try {
      for (;;) {
        const line = await this.#messages.next();
        if (line.done === true)
          throw new Error(`the process ended before "${name}": ${this.logs.join('\n')}`);
        const message = JSON.parse(line.value) as Record<string, unknown>;
        if (typeof message['log'] === 'string') this.logs.push(message['log']);
        else if (name in message) return message[name] as T;
        else throw new Error(`expected "${name}", got ${line.value}`);
      }
    } finally {
      clearTimeout(timer);
    }
  }

  async ready(): Promise<ReadyServer> {
    this.#ready = await this.next<ReadyServer>('ready');
    return this.#ready;
  }

  /** Asks the program to stop its server, and waits for its end. */
  async stop(): Promise<void> {
    this.child.stdin?.end();
    await this.next('stopped');
    await this.#exited();
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.#exited();
  }

  /** Leaves nothing running. */
  async end(): Promise<void> {
    await this.kill();
    if (this.#ready) await waitUntilGone(join(this.#ready.folder, 'data'));
  }

  async #exited(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) await once(this.child, 'exit');
  }
}

/** Waits until no process of the server in `data` is left. */
export async function waitUntilGone(data: string, timeoutMs?: number): Promise<void> {
  const isGone = async () => (await findServerProcesses(data)).length === 0;
  await waitUntil(`the end of the server in ${data}`, isGone, timeoutMs);
}

/** Runs statements on a connection of its own; gives the rows of the last one. */
export async function query(url: string, ...statements: string[]): Promise<Record<string, unknown>[]> {
  const client = await connectClient(url, { applicationName: 'embedded test' });
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) rows = (await client.query<Record<string, unknown>>(statement)).rows;
    return rows;
  } finally {
    await client.end();
  }
}
