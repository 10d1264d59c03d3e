/**
 * What a long history costs: the same calls and statements with 1 thousand, 100 thousand and 1 million jobs that have ended, on one
 * database that grows (`test/support/history.ts`: copies of real jobs). The client is this process; the server, its workers and
 * PostgreSQL are processes of their own.
 *
 *     npm run bench:history -- [--sizes 1000,100000,1000000] [--out FILE]
 *
 * Prints a table, in milliseconds where nothing else is said, and writes it as JSON with the commit that it is about.
 */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { createPool } from '../src/store/connect.ts';
import { startEmbeddedPostgres } from '../src/store/embedded/server.ts';
import { makeHistory } from '../test/support/history.ts';
import { ServerProcess } from '../test/support/server.ts';
import { measureCalls } from './history/calls.ts';
import { measureJanitor } from './history/janitor.ts';
import { measureSizes } from './history/sizes.ts';
import { measureStatements } from './history/statements.ts';
import { runTemplates } from './history/templates.ts';
import { describeCircumstances, saveReport } from './report.ts';

const { values } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,100000,1000000' },
    out: { type: 'string', default: 'bench/results/history.json' },
    seed: { type: 'string', default: '1' },
  },
});
const sizes = values.sizes.split(',').map(Number);
if (sizes.some((size, index) => !Number.isSafeInteger(size) || size <= (sizes[index - 1] ?? 0))) {
  console.error('--sizes takes numbers that grow, such as 1000,100000.');
  process.exit(64);
}

// What is started here ends with it, also when it is told to stop.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));

type Figures = Readonly<Record<string, number>>;

const folder = await mkdtemp(join(tmpdir(), 'waybill-history-'));
// Started by root, the embedded server runs as another user, who has to pass through.
await chmod(folder, 0o711);
const embedded = await startEmbeddedPostgres({ dataDir: folder, log: () => {} });
const pool = createPool(embedded.url, { applicationName: 'waybill/bench' });
const environment = { WAYBILL_LOG_LEVEL: 'warn' };
const server = await ServerProcess.start({
  databaseUrl: embedded.url,
  workers: 1,
  isWireWatched: false,
  environment,
});
const loadBefore = loadavg();
const columns: { jobs: number; figures: Figures }[] = [];
try {
  const templates = await runTemplates(server.client);
  let made = templates.length;
  for (const size of sizes) {
    await makeHistory(pool, { jobs: size - made, templates, seed: Number(values.seed) + size });
    made = size;
    await server.terminate();
    const startedAt = performance.now();
    await server.startAgain();
    const startMs = performance.now() - startedAt;
    const figures = {
      'server start': startMs,
      ...(await measureCalls(server.client, pool)),
      ...(await measureStatements(pool)),
      ...(await measureSizes(pool, size)),
    };
    columns.push({ jobs: size, figures });
    console.error(`${size.toLocaleString('en')} jobs: done, load ${loadavg()[0]?.toFixed(1)}`);
  }
  const last = columns.at(-1);
  // The last one, since it takes jobs away.
  if (last !== undefined && last.jobs > 20_000) {
    columns[columns.length - 1] = {
      ...last,
      figures: { ...last.figures, ...(await measureJanitor(server, pool, 10_000)) },
    };
  }
  print();
  await saveReport(values.out, describeCircumstances(loadBefore), { columns });
} finally {
  await pool.end();
  await server.stop();
  await embedded.stop();
  await rm(folder, { recursive: true, force: true });
}

function print(): void {
  const names = [...new Set(columns.flatMap(({ figures }) => Object.keys(figures)))];
  console.log(`| measured | ${columns.map(({ jobs }) => `${jobs.toLocaleString('en')} jobs`).join(' | ')} |`);
  console.log(`|---|${columns.map(() => '--:|').join('')}`);
  for (const name of names) {
    const cells = columns.map(
      ({ figures }) => figures[name]?.toFixed((figures[name] ?? 0) < 100 ? 1 : 0) ?? '',
    );
    console.log(`| ${name} | ${cells.join(' | ')} |`);
  }
}
