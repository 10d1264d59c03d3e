/**
 * What it costs to look at a job: how long a poll takes while nothing runs and while an import runs, and how much slower the import
 * becomes when many watch it. Pollers and watchers are in this process, beside the server, on the same cores.
 *
 *     npm run bench:status -- [--records 1000000] [--watchers 1000] [--runs 3]
 */
import { createReadStream } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { Agent, get, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import type { WireJob } from '../src/sdk/wire.ts';
import { PEOPLE_SCHEMA, writePeople } from '../test/support/generate.ts';
import { ServerProcess } from '../test/support/server.ts';
import { median } from './measure.ts';

/** A hundred polls a second: many for people, few for the machine. */
const POLL_EVERY_MS = 10;
const IDLE_MS = 5_000;
const GATHER_MS = 5_000;

const { values } = parseArgs({
  options: {
    records: { type: 'string', default: '1000000' },
    watchers: { type: 'string', default: '1000' },
    runs: { type: 'string', default: '3' },
  },
});
const [records, watchers, runs] = [Number(values.records), Number(values.watchers), Number(values.runs)];
const folder = await mkdtemp(join(tmpdir(), 'waybill-status-'));
const file = join(folder, 'people.csv');
await writePeople(file, { records });
const server = await ServerProcess.start({ workers: 1 });
const { client } = server;
const headers = { authorization: `Bearer ${client.server.token}` };
const pollAgent = new Agent({ keepAlive: true });
const watchAgent = new Agent({ keepAlive: false });

function open(path: string, agent: Agent): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    get(`${client.server.url}${path}`, { agent, headers }, resolve).once('error', reject);
  });
}

/** Milliseconds of each poll, until `isOver`. */
async function pollUntil(id: string, isOver: () => boolean): Promise<number[]> {
  const times: number[] = [];
  while (!isOver()) {
    const began = performance.now();
    const response = await open(`/v1/jobs/${id}`, pollAgent);
    for await (const _ of response);
    times.push(performance.now() - began);
    await delay(POLL_EVERY_MS);
  }
  return times.toSorted((a, b) => a - b);
}

function percentile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

function tell(what: string, times: readonly number[]): number {
  const p99 = percentile(times, 0.99);
  console.log(
    `${what.padEnd(18)} p50 ${percentile(times, 0.5).toFixed(2)} ms, p99 ${p99.toFixed(2)} ms, greatest ${(times.at(-1) ?? 0).toFixed(1)} ms (${times.length} polls)`,
  );
  return p99;
}

/** `inMs`: it begins only then, so that whoever wants to watch has come. */
async function startImport(inMs = 0): Promise<WireJob> {
  await client.dropCollection('people', { allowDestructive: true }).catch(() => {});
  await client.applyCollection('people', { name: 'people', key: ['id'], schema: PEOPLE_SCHEMA });
  const source = { upload: (await client.upload(createReadStream(file), 'people.csv')).id };
  const startAt = new Date(Date.now() + inMs).toISOString();
  return client.startJob('import', { collection: 'people', source, ...(inMs > 0 && { startAt }) });
}

async function finish(job: WireJob): Promise<number> {
  const { state, startedAt = '', finishedAt = '' } = await client.waitForJob(job.id);
  if (state !== 'succeeded') throw new Error(`the import ${state}`);
  return (Date.parse(finishedAt) - Date.parse(startedAt)) / 1000;
}

/** Seconds of one import, with so many watching it. */
async function importWatchedBy(count: number): Promise<{ seconds: number; events: number }> {
  const job = await startImport(GATHER_MS);
  let events = 0;
  const streams = await Promise.all(
    Array.from({ length: count }, () => open(`/v1/jobs/${job.id}/events`, watchAgent)),
  );
  for (const stream of streams) stream.on('data', () => (events += 1));
  return { seconds: await finish(job), events };
}

try {
  const first = await startImport();
  await finish(first);
  const idleUntil = performance.now() + IDLE_MS;
  const idle = tell('polls, idle', await pollUntil(first.id, () => performance.now() > idleUntil));
  const job = await startImport();
  let isOver = false;
  const ended = finish(job).then(() => (isOver = true));
  const busy = tell('polls, importing', await pollUntil(job.id, () => isOver));
  await ended;
  console.log(`                   p99 ${(busy / idle).toFixed(1)} times the idle one`);

  const ratios: number[] = [];
  for (let run = 0; run < runs; run += 1) {
    const alone = await importWatchedBy(0);
    const watched = await importWatchedBy(watchers);
    ratios.push(watched.seconds / alone.seconds);
    console.log(
      `import             ${alone.seconds.toFixed(2)} s alone, ${watched.seconds.toFixed(2)} s with ${watchers} watchers, who got ${watched.events} events`,
    );
  }
  console.log(`                   ${median(ratios).toFixed(2)} times as long (median)`);
} finally {
  await server.stop();
  await rm(folder, { recursive: true, force: true });
}
