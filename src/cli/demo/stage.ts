/** The demo's surroundings: a folder, and a server with its own PostgreSQL and one worker, for as long as the demo runs. */
import { mkdir } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadOwnConfig } from '../../sandbox/own-config.ts';
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

export async function openStage(folder: string): Promise<Stage> {
  const startedAt = performance.now();
  const config = loadOwnConfig(folder, 0);
  const { startServer } = await import('../../server.ts');
  const { BINDINGS } = await import('../../sandbox/spoken-protocols.ts');
  const { applyCollections } = await import('../../sandbox/fill.ts');
  const modules = { ...config.modules, validators: { release_years: modulePath('release-years') } };
  const server = await startServer({
    config: { ...config, modules, protocols: BINDINGS, lane: { ...config.lane, workers: 0 } },
    role: 'all',
    workers: 1,
    prepare: async (deps) => {
      await applyCollections(deps);
      return deps;
    },
  });
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
