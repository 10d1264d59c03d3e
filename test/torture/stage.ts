/** Real servers with real worker processes on a real PostgreSQL, for one round of a campaign. */

import { startTestServer } from '../support/postgres.ts';
import { kill, ServerProcess } from '../support/server.ts';
import type { Address } from './ask.ts';
import { openSql, type Sql } from './target.ts';

/** A process that was started by hand, as a service manager would, with its workers. */
export interface Service {
  readonly server: ServerProcess;
  readonly hasApi: boolean;
  isUp: boolean;
}

export interface Stage {
  readonly services: readonly Service[];
  /** Of one of the services that answer now; undefined while none does. */
  address(): Address | undefined;
  workers(): readonly number[];
  /** Process id of PostgreSQL's first process, if it is ours to attack and runs. */
  postgres(): Promise<number | undefined>;
  databaseUrl(): Promise<string>;
  readonly sql: Sql;
  /** @returns what was wrong with the end */
  close(): Promise<readonly string[]>;
}

/** embedded: one service with its own PostgreSQL. spread: two of the API and two of workers, on one that runs by itself. */
export const TOPOLOGIES = ['embedded', 'spread'] as const;
export type Topology = (typeof TOPOLOGIES)[number];

export async function setStage(topology: Topology): Promise<Stage> {
  return topology === 'embedded' ? setEmbedded() : setSpread();
}

/** One service on a database that is not ours to attack. */
export async function setOnDatabase(databaseUrl: string): Promise<Stage> {
  const server = await ServerProcess.start({ workers: 2, isWireWatched: false, databaseUrl });
  return assemble([{ server, hasApi: true, isUp: true }], {
    postgres: async () => undefined,
    databaseUrl: async () => databaseUrl,
    remove: async () => {},
  });
}

async function setEmbedded(): Promise<Stage> {
  const server = await ServerProcess.start({ workers: 3, isWireWatched: false });
  return assemble([{ server, hasApi: true, isUp: true }], {
    postgres: () => server.postgres().catch(() => undefined),
    databaseUrl: () => server.databaseUrl(),
    remove: async () => {},
  });
}

async function setSpread(): Promise<Stage> {
  const postgres = await startTestServer();
  const databaseUrl = postgres.server.url;
  const common = { databaseUrl, isWireWatched: false };
  const first = await ServerProcess.start({ ...common, role: 'api' });
  const { dataDir } = first;
  const services: Service[] = [{ server: first, hasApi: true, isUp: true }];
  for (const role of ['api', 'worker', 'worker'] as const) {
    const server = await ServerProcess.start({ ...common, dataDir, role, workers: 2 });
    services.push({ server, hasApi: role === 'api', isUp: true });
  }
  return assemble(services.toReversed(), {
    postgres: async () => postgres.server.pid(),
    databaseUrl: async () => databaseUrl,
    remove: postgres.remove,
  });
}

/** @param services ended in this order: who owns the data folder comes last */
function assemble(
  services: readonly Service[],
  {
    postgres,
    databaseUrl,
    remove,
  }: Pick<Stage, 'postgres' | 'databaseUrl'> & { readonly remove: () => Promise<void> },
): Stage {
  const sql = openSql(databaseUrl);
  let turn = 0;
  return {
    services,
    sql,
    postgres,
    databaseUrl,
    address() {
      const answering = services.filter(({ hasApi, isUp }) => hasApi && isUp);
      turn += 1;
      return answering[turn % answering.length]?.server.client.server;
    },
    workers: () => services.flatMap(({ server, isUp }) => (isUp ? server.workers() : [])),
    async close() {
      const problems: string[] = [];
      await sql.end();
      for (const { server } of services) {
        const code = await server.terminate().catch((error: unknown) => String(error));
        if (code !== 0) problems.push(`SIGTERM: ${code}\n${server.log.slice(-2000)}`);
        await server.stop();
      }
      await remove();
      return problems;
    },
  };
}

/** Sends the signal to all of them, if there are any. */
export function signalTo(pids: readonly number[], signal: NodeJS.Signals): boolean {
  kill(pids, signal);
  return pids.length > 0;
}
