/** A server that speaks all protocols over small collections, in a folder of its own, and misbehaves as it is told. */
import { mkdir, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { Config } from '../config.ts';
import { createClient } from '../sdk/client.ts';
import { bindProtocols } from '../server/open-protocols.ts';
import { startServer } from '../server.ts';
import { PACKAGE_FOLDER, packageFiles } from './content/films.ts';
import { CONTROL_PREFIX } from './control-routes.ts';
import { authorize, TOKEN } from './credentials.ts';
import { applyCollections, importRecords } from './fill.ts';
import { loadOwnConfig } from './own-config.ts';
import { NO_SCENARIO, parseScenario } from './scenario.ts';
import { BINDINGS, PLACES } from './spoken-protocols.ts';
import { steer } from './steering.ts';

/** What a job that has expired is older than its files are kept by. */
const A_DAY_MS = 24 * 3_600_000;

export interface Sandbox {
  readonly url: string;
  stop(): Promise<void>;
  readonly whenStopped: Promise<void>;
}

/**
 * @param options.folder an empty one, in which everything is kept
 * @param options.port 0 takes any free one
 * @param options.scenario default: it behaves
 * @throws AppError `request.invalid` for a scenario that is none
 */
export async function openSandbox(options: {
  readonly folder: string;
  readonly port: number;
  readonly scenario?: unknown;
}): Promise<Sandbox> {
  const config = await furnish(options.folder, loadOwnConfig(options.folder, options.port));
  const scenario = parseScenario(options.scenario ?? NO_SCENARIO, bindProtocols(config.protocols));
  const server = await startServer({
    config: { ...config, lane: { ...config.lane, workers: 0 } },
    role: 'all',
    workers: 1,
    prepare: async (deps) => {
      await applyCollections(deps);
      return steer(
        { ...deps, authorize },
        {
          scenario,
          expireAfterMs: config.retention.artifacts + A_DAY_MS,
          runServices: () => server.runServices(),
        },
      );
    },
  });
  try {
    await importRecords(createClient({ url: server.url, token: server.token }));
    // What came before is no request of a client.
    await fetch(`${server.url}${CONTROL_PREFIX}/reset`, { method: 'POST' });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { url: server.url, stop: () => server.stop(), whenStopped: server.whenStopped };
}

/** The folders that stand for places of others, with a package to import, and the token, which is known beforehand. */
async function furnish(folder: string, config: Config): Promise<Config> {
  const locations = Object.fromEntries(
    Object.entries(PLACES).map(([name, prefix]) => [prefix, join(folder, 'places', name)]),
  );
  for (const place of Object.values(locations)) await mkdir(place, { recursive: true });
  for (const [path, text] of Object.entries(await packageFiles())) {
    const file = join(folder, 'places/s3', PACKAGE_FOLDER, path);
    await mkdir(dirname(file), { recursive: true });
    await writeFile(file, text);
  }
  await mkdir(config.dataDir, { recursive: true, mode: 0o711 });
  await writeFile(join(config.dataDir, 'token'), `${TOKEN}\n`, { mode: 0o600 });
  return {
    ...config,
    locations,
    protocols: BINDINGS,
    outgoing: { allow: ['127.0.0.0/8', '[::1]', 'localhost'] },
  };
}
