/**
 * What a product sends all day: many small jobs.
 *
 *     npm run bench:small -- [--only NAME] [--workers 2] [--json FILE]
 *
 * Clients run in a process of their own. Exit code 1: something failed, or a record is missing.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { availableParallelism, loadavg } from 'node:os';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { ServerProcess } from '../test/support/server.ts';
import type { SmallPlan, SmallResult } from './small/clients.ts';

interface Measure extends Omit<SmallPlan, 'server'> {
  readonly name: string;
}

const SMALL = { kind: 'import', collections: 1, clients: 16, records: 10, wait: false } as const;

const MEASURES: readonly Measure[] = [
  { ...SMALL, name: 'wait', jobs: 200, clients: 1, wait: true },
  { ...SMALL, name: 'one-collection', jobs: 300 },
  { ...SMALL, name: 'fifty-collections', jobs: 1000, collections: 50 },
  { ...SMALL, name: 'validations', kind: 'validation', jobs: 600, collections: 50 },
  { ...SMALL, name: 'exports', kind: 'export', jobs: 600, collections: 50 },
  { ...SMALL, name: 'ten-thousand', jobs: 10_000, collections: 100, clients: 20 },
];

const { values } = parseArgs({
  options: {
    only: { type: 'string', multiple: true },
    workers: { type: 'string', default: '2' },
    lane: { type: 'string', default: '1' },
    json: { type: 'string' },
  },
});

/** Of a process and all that it has started, PostgreSQL's sessions included, as milliseconds of processor time. */
function processorMs(pid: number): number {
  const stats = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        const [, fields = ''] = readFileSync(`/proc/${name}/stat`, 'utf8').split(/\) (?=[A-Z] )/);
        const [, parent, ...rest] = fields.split(' ');
        // utime, stime, and those of children that have ended.
        const ticks = rest.slice(9, 13).reduce((sum, value) => sum + Number(value), 0);
        return [{ pid: Number(name), parent: Number(parent), ticks }];
      } catch {
        return [];
      }
    });
  const family = new Set([pid]);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const one of stats) if (family.has(one.parent)) family.add(one.pid);
  }
  const TICK_MS = 10;
  return stats.filter((one) => family.has(one.pid)).reduce((sum, one) => sum + one.ticks, 0) * TICK_MS;
}

type Measured = SmallResult & { readonly processorMs: number };

const results: object[] = [];
for (const measure of MEASURES) {
  if (values.only !== undefined && !values.only.includes(measure.name)) continue;
  const result = await take(measure);
  tell(measure, result);
  results.push({ ...measure, ...summarize(measure, result), load: loadavg()[0] });
}
if (values.json !== undefined) await writeFile(values.json, `${JSON.stringify(results, undefined, 2)}\n`);

/** On a server of its own, whose first jobs are not counted: they compile, connect and describe. */
async function take(measure: Measure): Promise<Measured> {
  const server = await ServerProcess.start({
    workers: Number(values.workers),
    laneWorkers: Number(values.lane),
    isWireWatched: false,
  });
  try {
    const schema = { type: 'object', properties: { id: { type: 'integer' }, name: { type: 'string' } } };
    for (let index = 0; index < measure.collections; index += 1) {
      const name = `small${index}`;
      await server.client.applyCollection(name, { name, key: ['id'], schema });
    }
    const warm = { ...measure, jobs: Math.max(20, measure.collections), kind: 'import' as const };
    await ask({ ...warm, server: server.client.server });
    const before = processorMs(server.pid);
    const result = await ask({ ...measure, server: server.client.server });
    return { ...result, processorMs: processorMs(server.pid) - before };
  } finally {
    await server.stop();
  }
}

async function ask(plan: SmallPlan): Promise<SmallResult> {
  const clients = fork(fileURLToPath(new URL('small/clients.ts', import.meta.url)));
  clients.send(plan);
  const [result] = (await once(clients, 'message')) as [SmallResult];
  return result;
}

function summarize(measure: Measure, result: Measured) {
  const rate = (ms: number) => Number(((measure.jobs * 1000) / ms).toFixed(1));
  return {
    acceptedPerSecond: rate(result.acceptedMs),
    endedPerSecond: rate(result.endedMs),
    kickOffMs: quantiles(result.kickOffs),
    lifeMs: quantiles(result.lives),
    processorMsPerJob: Number((result.processorMs / measure.jobs).toFixed(1)),
    errors: result.errors.length,
  };
}

function tell(measure: Measure, result: Measured): void {
  const { acceptedPerSecond, endedPerSecond, kickOffMs, lifeMs, processorMsPerJob } = summarize(
    measure,
    result,
  );
  console.log(
    `${measure.name.padEnd(18)} ${measure.jobs} jobs: accepted ${acceptedPerSecond}/s, ended ${endedPerSecond}/s; kick-off p50 ${kickOffMs.p50} p99 ${kickOffMs.p99} ms; from kick-off to end p50 ${lifeMs.p50} p99 ${lifeMs.p99} ms; processors ${processorMsPerJob} ms a job (load ${loadavg()[0]?.toFixed(1)}, ${availableParallelism()} cores)`,
  );
  for (const error of result.errors.slice(0, 5)) console.log(`  ${error}`);
  if (result.errors.length > 0) process.exitCode = 1;
}

function quantiles(values: readonly number[]) {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Number((sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0).toFixed(1));
  return { p50: at(0.5), p99: at(0.99) };
}
