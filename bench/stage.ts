/** What all measures share: a generated file, a server on a throw-away folder, and the database behind it. */
import { createReadStream } from 'node:fs';
import { chmod, mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Pool } from 'pg';
import { loadConfig } from '../src/config.ts';
import { type Client, createClient } from '../src/sdk/client.ts';
import type { WireJob } from '../src/sdk/wire.ts';
import { type RunningServer, startServer } from '../src/server.ts';
import { createPool } from '../src/store/connect.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/server.ts';
import { PEOPLE_SCHEMA, writePeople } from '../test/support/generate.ts';

export interface Stage {
  readonly folder: string;
  /** The generated file, and what is in it. */
  readonly file: string;
  readonly records: number;
  readonly sizeBytes: number;
  readonly databaseUrl: string;
  readonly pool: Pool;
  readonly server: RunningServer;
  readonly client: Client;
  /** Uploads the file and makes an empty collection of that name for it. */
  prepareCollection(name: string): Promise<{ upload: string }>;
  /** Runs a job to its end. @returns the job, and the seconds from its claim to its end by the database's clock */
  run(kind: 'import' | 'validation' | 'export', request: object): Promise<{ job: WireJob; seconds: number }>;
  close(): Promise<void>;
}

export async function setStage(records: number): Promise<Stage> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  // Started by root, the embedded server runs as another user, who has to pass through.
  await chmod(folder, 0o711);
  const file = join(folder, 'people.csv');
  await writePeople(file, { records });
  const embedded = await startEmbeddedPostgres({ dataDir: join(folder, 'database'), log: () => {} });
  const { config } = loadConfig({
    cwd: folder,
    env: {
      WAYBILL_DATA: join(folder, 'data'),
      WAYBILL_DATABASE_URL: embedded.url,
      WAYBILL_PORT: '0',
      WAYBILL_LOG_LEVEL: 'warn',
    },
  });
  const server = await startServer({ config, role: 'all', workers: 1 });
  const client = createClient({ url: server.url, token: server.token });
  const pool = createPool(embedded.url, { applicationName: 'waybill/bench' });
  return {
    folder,
    file,
    records,
    sizeBytes: (await stat(file)).size,
    databaseUrl: embedded.url,
    pool,
    server,
    client,
    async prepareCollection(name) {
      await client.applyCollection(name, { name, key: ['id'], schema: PEOPLE_SCHEMA });
      return { upload: (await client.upload(createReadStream(file), 'people.csv')).id };
    },
    async run(kind, request) {
      const started = await client.startJob(kind, request);
      const job = await client.waitForJob(started.id);
      if (job.state !== 'succeeded')
        throw new Error(`job ${job.number} ${job.state}: ${job.failure?.message}`);
      return { job, seconds: (Date.parse(job.finishedAt ?? '') - Date.parse(job.startedAt ?? '')) / 1000 };
    },
    async close() {
      await pool.end();
      await server.stop();
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
