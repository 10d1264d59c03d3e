/** A real server with real worker processes and a real PostgreSQL, for one round of a campaign. */
import { type ServerProcess as Server, ServerProcess } from '../support/server.ts';
import type { Address } from './ask.ts';
import { openSql, type Sql } from './target.ts';

export interface Stage {
  /** Undefined while nobody answers. */
  address(): Address | undefined;
  readonly server: Server;
  readonly sql: Sql;
  close(): Promise<void>;
}

/** `databaseUrl` names a database; without it the server has its embedded one. */
export async function setStage(databaseUrl?: string): Promise<Stage> {
  const server = await ServerProcess.start({
    workers: 2,
    isWireWatched: false,
    ...(databaseUrl !== undefined && { databaseUrl }),
  });
  const sql = openSql(() => server.databaseUrl());
  return {
    server,
    sql,
    address: () => server.client.server,
    async close() {
      await sql.end();
      await server.stop();
    },
  };
}
