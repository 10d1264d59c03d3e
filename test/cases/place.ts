/** Where cases run: one server for a test file, started by the first case; a database of its own; the command line in this process. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after } from 'node:test';
import type { Pool } from 'pg';
import { main } from '../../src/cli/main.ts';
import type { Client } from '../../src/sdk/client.ts';
import type { WireJob } from '../../src/sdk/wire.ts';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { recordTerminal } from '../support/record-terminal.ts';
import { ServerProcess } from '../support/server.ts';

export interface CasePlace {
  /** A copy of the case's folder; commands run in it. */
  readonly folder: string;
  readonly client: Client;
  readonly server: ServerProcess;
  /** On the database that holds Waybill's tables and the collections, as their owner. */
  readonly pool: Pool;
  /** Runs a command: words as typed behind `waybill`, those in single quotes kept together; or the words themselves. */
  readonly run: (
    command: string | readonly string[],
  ) => Promise<{ readonly code: number; readonly output: string }>;
  /** The job that was created last. */
  readonly lastJob: () => Promise<WireJob>;
  /** `line 4, day: value.format` for each, in order. */
  readonly issuesOf: (job: WireJob) => Promise<string[]>;
  /** All records of a collection as CSV, with `\n` for the line breaks of CSV. */
  readonly exported: (collection: string) => Promise<string>;
}

let started: Promise<{ database: TestDatabase; server: ServerProcess }> | undefined;

after(async () => {
  if (started === undefined) return;
  const { database, server } = await started;
  await server.stop();
  await database.drop();
});

async function start(): Promise<{ database: TestDatabase; server: ServerProcess }> {
  const database = await createTestDatabase({ template: 'empty' });
  return { database, server: await ServerProcess.start({ databaseUrl: database.url }) };
}

export async function openPlace(folder: string): Promise<CasePlace> {
  started ??= start();
  const { database, server } = await started;
  const { client } = server;
  const { url, token } = client.server;
  const env = { ...PLAIN_ENVIRONMENT, WAYBILL_URL: url, WAYBILL_TOKEN: token };

  async function run(command: string | readonly string[]) {
    const { terminal, all } = recordTerminal();
    const words = typeof command === 'string' ? wordsOf(command) : command;
    const code = await main(words, { terminal, env, cwd: folder });
    return { code, output: all() };
  }
  return {
    folder,
    client,
    server,
    pool: database.pool,
    run,
    async lastJob() {
      const { jobs } = await client.listJobs({ limit: 1 });
      if (jobs[0] === undefined) throw new Error('no job was started');
      return jobs[0];
    },
    async issuesOf({ id }) {
      const { issues } = await client.listIssues(id, { limit: 1000 });
      return issues.map(({ line, field, code }) =>
        field === undefined ? `line ${line}: ${code}` : `line ${line}, ${field}: ${code}`,
      );
    },
    async exported(collection) {
      const file = '.what-it-holds.csv';
      const { code, output } = await run(['export', collection, '--out', file]);
      if (code !== 0) throw new Error(`export of ${collection}:\n${output}`);
      return (await readFile(join(folder, file), 'utf8')).replaceAll('\r\n', '\n');
    },
  };
}

function wordsOf(command: string): string[] {
  return [...command.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, word]) => quoted ?? word ?? '');
}
