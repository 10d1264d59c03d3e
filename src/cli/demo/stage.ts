/** The demo's surroundings: a folder, and a server with its own PostgreSQL and one worker, for as long as the demo runs. */
import { chmod, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadConfig } from '../../config.ts';
import { AppError } from '../../core/errors.ts';
import { type Client, createClient } from '../../sdk/client.ts';

export interface Stage {
  readonly client: Client;
  /** Data folder of the server. */
  readonly dataDir: string;
  /** Where the demo puts what it downloads. */
  readonly outDir: string;
  /** Until the server answered. */
  readonly startedInMs: number;
  close(): Promise<void>;
}

export interface DemoFolder {
  readonly path: string;
  /** False: it stays. */
  readonly isThrowAway: boolean;
  remove(): Promise<void>;
}

/** @throws AppError `usage.invalid` when the folder that was named has something in it */
export async function openFolder(named: string | undefined, isKept: boolean): Promise<DemoFolder> {
  if (named !== undefined && (await readdir(named).catch(() => [])).length > 0) {
    throw new AppError('usage.invalid', `The demo needs a folder of its own, and ${named} is not empty.`);
  }
  const path = named ?? (await mkdtemp(join(tmpdir(), 'waybill-demo-')));
  await mkdir(path, { recursive: true });
  // Started by root, PostgreSQL runs as another user, who has to pass through.
  await chmod(path, 0o711);
  const isThrowAway = named === undefined && !isKept;
  return {
    path,
    isThrowAway,
    remove: async () => {
      if (isThrowAway) await rm(path, { recursive: true, force: true });
    },
  };
}

export async function openStage(folder: string): Promise<Stage> {
  const startedAt = performance.now();
  // Whatever this machine's own Waybill is set to, the demo does not touch it: no variables, no configuration file.
  const { config } = loadConfig({
    cwd: folder,
    env: {},
    options: {
      dataDir: { value: join(folder, 'data'), option: '--data' },
      port: { value: '0', option: '--port' },
      logLevel: { value: 'error', option: 'logLevel' },
    },
  });
  const { startServer } = await import('../../server.ts');
  const modules = { ...config.modules, validators: { release_years: modulePath('release-years') } };
  const server = await startServer({ config: { ...config, modules }, role: 'all', workers: 1 });
  const outDir = join(folder, 'files');
  await mkdir(outDir, { recursive: true });
  return {
    client: createClient({ url: server.url, token: server.token }),
    dataDir: config.dataDir,
    outDir,
    startedInMs: performance.now() - startedAt,
    close: () => server.stop(),
  };
}

/** `.ts` in a checkout, `.js` in the installed package. */
function modulePath(name: string): string {
  return fileURLToPath(new URL(`./${name}${extname(import.meta.url)}`, import.meta.url));
}
