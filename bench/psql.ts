/** The ceiling is PostgreSQL's own client doing the same without us; where it is not installed, `pg-copy-streams` does what it does. */
import { spawn, spawnSync } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { from as copyFrom, to as copyTo } from 'pg-copy-streams';
import { connectClient } from '../src/store/connect.ts';

export const HAS_PSQL = spawnSync('psql', ['--version']).status === 0;

/** Name of the client, for the report. */
export const COPY_CLIENT = HAS_PSQL ? 'psql' : 'pg-copy-streams (psql is not installed)';

function runPsql(url: string, command: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn('psql', ['-q', '-v', 'ON_ERROR_STOP=1', '-c', command, url], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    child.once('error', reject);
    child.once('exit', (code) => (code === 0 ? resolve() : reject(new Error(`psql ended with ${code}`))));
  });
}

export async function copyIn(url: string, table: string, file: string): Promise<void> {
  if (HAS_PSQL) return runPsql(url, `\\copy ${table} from '${file}' with (format csv, header)`);
  const client = await connectClient(url, { applicationName: 'waybill/bench-copy' });
  try {
    await pipeline(
      createReadStream(file),
      client.query(copyFrom(`copy ${table} from stdin with (format csv, header)`)),
    );
  } finally {
    await client.end();
  }
}

export async function copyOut(url: string, query: string, file: string): Promise<void> {
  if (HAS_PSQL) return runPsql(url, `\\copy (${query}) to '${file}' with (format csv, header)`);
  const client = await connectClient(url, { applicationName: 'waybill/bench-copy' });
  try {
    await pipeline(
      client.query(copyTo(`copy (${query}) to stdout with (format csv, header)`)),
      createWriteStream(file),
    );
  } finally {
    await client.end();
  }
}
