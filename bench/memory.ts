/**
 * Memory of every process while a large file goes in, is checked, and comes out. The files are as large as asked; the processes must not be.
 *
 *     npm run bench:memory -- [--records 10000000]
 */
import { createReadStream, readFileSync } from 'node:fs';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { PEOPLE_SCHEMA, writePeople } from '../test/support/generate.ts';
import { ServerProcess } from '../test/support/server.ts';

/** The greatest resident set that the process has had, in millions of bytes. */
function peakMegabytes(pid: number): number {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024) / 1e6;
}

const { values } = parseArgs({ options: { records: { type: 'string', default: '10000000' } } });
const records = Number(values.records);
const folder = await mkdtemp(join(tmpdir(), 'waybill-memory-'));
const file = join(folder, 'people.csv');
await writePeople(file, { records });
const server = await ServerProcess.start({ workers: 1 });
const { client } = server;

function tell(what: string): void {
  const workers = server.workers().map((pid) => peakMegabytes(pid).toFixed(0));
  console.log(
    `${what.padEnd(12)} worker ${workers.join(', ')} MB, server ${peakMegabytes(server.pid).toFixed(0)} MB`,
  );
}

async function run(kind: 'import' | 'validation' | 'export', request: object): Promise<void> {
  const job = await client.waitForJob((await client.startJob(kind, request)).id);
  if (job.state !== 'succeeded') throw new Error(`${kind} ${job.state}: ${job.failure?.message}`);
  tell(kind);
}

try {
  console.log(
    `${records.toLocaleString('en')} records, ${((await stat(file)).size / 1e6).toFixed(0)} MB; greatest resident set so far`,
  );
  await client.applyCollection('people', { name: 'people', key: ['id'], schema: PEOPLE_SCHEMA });
  const source = { upload: (await client.upload(createReadStream(file), 'people.csv')).id };
  tell('upload');
  await run('import', { collection: 'people', source });
  await run('export', { collection: 'people', format: 'csv' });
  await run('validation', { collection: 'people', source, effects: false });
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
