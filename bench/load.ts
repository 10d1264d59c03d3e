/**
 * Many clients at once: pollers, watchers of events, slow uploads and waves of imports, from a process of their own, while this one only
 * reads what the server takes. The load is that of patient clients, and bounded: each poller asks twice a second, each upload sends
 * 20 kB/s, each wave waits for the one before. The first ten seconds are not measured.
 *
 *     npm run bench:load -- [--seconds 120] [--pollers 200] [--watchers 500] [--uploads 20] [--wave 50] [--profile FOLDER]
 *
 * Processor seconds tell what is whose where cores are shared; `--profile` writes what the server's and the workers' went to.
 *
 * Exit code 1: something failed. The figures stand beside the load of the machine: other work on its cores is in them.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { availableParallelism, loadavg } from 'node:os';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { childrenOf, ServerProcess } from '../test/support/server.ts';
import type { LoadPlan, LoadResult } from './load/clients.ts';

const LOOK_EVERY_MS = 250;
const WARM_UP_SECONDS = 10;
/** What is aimed at. */
const AIM = { p99Ms: 50, serverMegabytes: 256 };

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    pollers: { type: 'string', default: '200' },
    watchers: { type: 'string', default: '500' },
    uploads: { type: 'string', default: '20' },
    wave: { type: 'string', default: '50' },
    profile: { type: 'string' },
  },
});

function residentMegabytes(pid: number): number {
  try {
    const [, kilobytes] = /^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    return Number(kilobytes ?? 0) / 1024;
  } catch {
    return 0;
  }
}

/** Of these processes, and of their children that have ended. */
function processorSeconds(pids: readonly number[]): number {
  let ticks = 0;
  for (const pid of pids) {
    try {
      const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? [];
      for (const field of fields.slice(11, 15)) ticks += Number(field);
    } catch {
      // It has ended meanwhile.
    }
  }
  return ticks / 100;
}

const round = (value: number) => (Number.isFinite(value) ? value.toFixed(1) : 'none');

function tellLoad(when: string): void {
  const [minute = 0, five = 0] = loadavg();
  console.log(
    `load ${when.padEnd(14)} ${minute.toFixed(1)} over a minute, ${five.toFixed(1)} over five, ${availableParallelism()} cores`,
  );
}

tellLoad('before');
// What answers are held against in tests would write each to a file, before the next is answered.
const server = await ServerProcess.start({
  workers: 2,
  isWireWatched: false,
  ...(values.profile !== undefined && {
    environment: { NODE_OPTIONS: `--cpu-prof --cpu-prof-dir=${resolve(values.profile)}` },
  }),
});
const postgres = await server.postgres();
const processors = () => ({
  server: processorSeconds([server.pid]),
  workers: processorSeconds(server.workers()),
  PostgreSQL: processorSeconds([postgres, ...childrenOf(postgres)]),
});

let serverPeak = 0;
let workerPeak = 0;
const looking = setInterval(() => {
  serverPeak = Math.max(serverPeak, residentMegabytes(server.pid));
  workerPeak = Math.max(workerPeak, ...server.workers().map(residentMegabytes));
}, LOOK_EVERY_MS);
try {
  const plan: LoadPlan = {
    server: server.client.server,
    warmUpSeconds: WARM_UP_SECONDS,
    seconds: Number(values.seconds),
    pollers: Number(values.pollers),
    watchers: Number(values.watchers),
    uploads: Number(values.uploads),
    wave: Number(values.wave),
  };
  const clients = fork(fileURLToPath(new URL('load/clients.ts', import.meta.url)));
  const before = processors();
  clients.send(plan);
  const [result] = (await once(clients, 'message')) as [LoadResult];
  const after = processors();
  tellLoad('after');
  const { polls, events, uploads, imports, errors, clientDelayMs } = result;
  console.log(
    `polls               ${polls.count}: p50 ${round(polls.p50)} ms, p99 ${round(polls.p99)} ms (aim ${AIM.p99Ms}), greatest ${round(polls.greatest)} ms`,
  );
  console.log(`                    of it the clients' own event loop: p99 ${round(clientDelayMs)} ms`);
  console.log(`events              ${events} to ${plan.watchers} watchers`);
  console.log(`uploads             ${uploads} of 20 kB/s`);
  console.log(`imports             ${imports}, in waves of ${plan.wave}`);
  console.log(
    `server              ${round(serverPeak)} MB at most (aim ${AIM.serverMegabytes}), workers ${round(workerPeak)} MB`,
  );
  const shares = {
    server: after.server - before.server,
    workers: after.workers - before.workers,
    PostgreSQL: after.PostgreSQL - before.PostgreSQL,
    clients: result.processorSeconds,
  };
  const words = Object.entries(shares).map(([whose, seconds]) => `${whose} ${round(seconds)}`);
  console.log(
    `processor seconds   ${words.join(', ')}, of ${(WARM_UP_SECONDS + plan.seconds) * availableParallelism()}`,
  );
  console.log(`errors              ${errors.length}`);
  for (const error of errors.slice(0, 10)) console.log(`  ${error}`);
  if (errors.length > 0) process.exitCode = 1;
} finally {
  clearInterval(looking);
  await server.stop();
}
