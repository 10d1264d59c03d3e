/**
 * `npm test`: format, lint and types, then every test file, on one embedded server; the tests on Waybill's SQL once more on the oldest supported
 * PostgreSQL. `npm test -- http test/cli/usage.test.ts` runs these groups (folders of test/), files or globs alone. With CI=true a
 * skipped test is a failure, unless it needs root. `--full` tries each property as often as it says.
 */
import { loadavg } from 'node:os';
import { type CpuClock, startCpuClock } from './cpu-clock.ts';
import { hasDebianPostgres, startDebianPostgres } from './debian-postgres.ts';
import { PLACES, planFiles } from './plan-files.ts';
import { startTestServer } from './postgres.ts';
import { runTools } from './run-check.ts';
import { type FileResult, runFiles } from './run-files.ts';
import { addUp, groupOf } from './run-group.ts';
import { listGroups, selectFiles } from './select-files.ts';
import { SHARE_NAME } from './share-of-runs.ts';
import { showTimes } from './show-times.ts';

/** Groups that need no server. */
const PURE = ['architecture', 'unit'];

/** The group that runs on two servers. */
const ON_BOTH = 'postgres';
const ON_DEBIAN = 'postgres on 15';
/** Not there: it breaks our steps between statements, at random, for minutes; the statements themselves run there in `writer`, `modes` and `fencing`. */
const NOT_ON_DEBIAN = ['test/postgres/targets/crashes.test.ts'];

/** Groups whose properties run jobs and requests, and the share of the times that they say; the others try all, as a case takes no time. */
const WITH_JOBS = ['engine', 'http'];
/** 28 of 80 files are enough to meet every kind of issue and of table (`test/engine/same-verdicts.test.ts` looks). */
const SHARE = '0.35';
/** Each statement runs there, and properties are tried less often: what depends on the values alone, the first server has shown. */
const SHARE_ON_DEBIAN = '0.25';
const FULL = '--full';

/** Of a server: all files that run at once use it, a pool or several for each process that they start. */
const CONNECTIONS = 200;

/** The reasons to skip that no package can remove. */
const EXCUSED = ['needs root', 'needs ports that are reserved'];

async function main(args: readonly string[]): Promise<number> {
  const words = args.filter((word) => word !== FULL);
  const share = args.includes(FULL) ? '1' : SHARE;
  const clock = startCpuClock();
  const areToolsGood = words.length > 0 || (await runTools());
  const results = await runOnServers(await selectFiles(words.length > 0 ? words : await listGroups()), share);
  const isGood = areToolsGood && results.every((result) => result.isGood);
  return summarize(results, clock) && isGood ? 0 : 1;
}

async function runOnServers(paths: readonly string[], share: string): Promise<FileResult[]> {
  const onBoth = paths.filter((path) => groupOf(path) === ON_BOTH && !NOT_ON_DEBIAN.includes(path));
  if (paths.every((path) => PURE.includes(groupOf(path))))
    return runFiles([paths.map((path) => ({ path, group: groupOf(path) }))], PLACES);
  const embedded = await startTestServer({ maxConnections: CONNECTIONS });
  const debian =
    onBoth.length > 0 && hasDebianPostgres
      ? await startDebianPostgres({ maxConnections: CONNECTIONS })
      : undefined;
  try {
    const url = { WAYBILL_TEST_DATABASE_URL: embedded.server.adminUrl };
    const files = paths.map((path) => {
      const group = groupOf(path);
      return {
        path,
        group,
        environment: WITH_JOBS.includes(group) ? { ...url, [SHARE_NAME]: share } : url,
      };
    });
    const again = (url: string) =>
      onBoth.map((path) => ({
        path,
        group: ON_DEBIAN,
        environment: { WAYBILL_TEST_DATABASE_URL: url, [SHARE_NAME]: SHARE_ON_DEBIAN },
      }));
    return await runFiles(planFiles([...files, ...(debian ? again(debian.url) : [])]), PLACES);
  } finally {
    await Promise.all([embedded.remove(), debian?.remove()]);
  }
}

/** @returns whether what was skipped may be */
function summarize(results: readonly FileResult[], clock: CpuClock): boolean {
  showTimes(results);
  const { passed, failed, skips, skipped } = addUp(results);
  const notOnDebian =
    !hasDebianPostgres && results.some(({ file }) => file.group === ON_BOTH)
      ? [`the group ${ON_BOTH} on PostgreSQL 15: needs the Debian package postgresql-15`]
      : [];
  const all = [...skips, ...notOnDebian];
  console.log('');
  for (const skip of all) console.log(`SKIPPED ${skip}`);
  const isStrict = process.env['CI'] === 'true';
  const missing = all.filter((skip) => !EXCUSED.some((reason) => skip.endsWith(reason)));
  if (isStrict && missing.length > 0) console.log('CI=true: a skipped test counts as a failure of the run');
  for (const { file, isGood } of results) if (!isGood) console.log(`FAILED ${file.path} (${file.group})`);
  console.log(`${clock.describe()}; load ${loadavg()[0]?.toFixed(1)}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped + notOnDebian.length} skipped`);
  return !(isStrict && missing.length > 0);
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error((error as Error).message);
  process.exitCode = 1;
}
