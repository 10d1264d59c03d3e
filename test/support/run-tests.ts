/**
 * `npm test`: the check, then every other test file, on one embedded server; the tests on Waybill's SQL once more on the oldest supported
 * PostgreSQL. `npm test -- http test/cli/usage.test.ts` runs these groups (folders of test/), files or globs alone. With CI=true a
 * skipped test is a failure, unless it needs root.
 */
import { availableParallelism, loadavg } from 'node:os';
import { type CpuClock, startCpuClock } from './cpu-clock.ts';
import { hasDebianPostgres, startDebianPostgres } from './debian-postgres.ts';
import { startTestServer } from './postgres.ts';
import { runCheck } from './run-check.ts';
import { type FileResult, runFiles, type TestFile } from './run-files.ts';
import { addUp, groupOf } from './run-group.ts';
import { listGroups, selectFiles } from './select-files.ts';
import { showTimes } from './show-times.ts';

/** Groups that are part of the check. */
const CHECKED = ['architecture', 'unit'];

/** The group that runs on two servers. */
const ON_BOTH = 'postgres';
const ON_DEBIAN = 'postgres on 15';

/** The one reason to skip that no package can remove. */
const NEEDS_ROOT = 'needs root';

async function main(words: readonly string[]): Promise<number> {
  const clock = startCpuClock();
  const checked = words.length === 0 ? [await runCheck()] : [];
  const others = (await listGroups()).filter((group) => !CHECKED.includes(group));
  const results = await runOnServers(await selectFiles(words.length === 0 ? others : words));
  const all = [...checked.flatMap((check) => check.results), ...results];
  const isGood = checked.every((check) => check.isGood) && results.every((result) => result.isGood);
  return summarize(all, clock) && isGood ? 0 : 1;
}

async function runOnServers(paths: readonly string[]): Promise<FileResult[]> {
  const onBoth = paths.filter((path) => groupOf(path) === ON_BOTH);
  const { server, remove } = await startTestServer();
  const debian = onBoth.length > 0 && hasDebianPostgres ? await startDebianPostgres() : undefined;
  try {
    const environment = { WAYBILL_TEST_DATABASE_URL: server.adminUrl };
    return await runFiles(
      queuesOf([
        ...paths.map((path) => ({ path, group: groupOf(path), environment })),
        ...onBoth.flatMap((path) =>
          debian === undefined
            ? []
            : [{ path, group: ON_DEBIAN, environment: { WAYBILL_TEST_DATABASE_URL: debian.url } }],
        ),
      ]),
    );
  } finally {
    await Promise.all([remove(), debian?.remove()]);
  }
}

/** One place per core. */
function queuesOf(files: readonly TestFile[]): TestFile[][] {
  return [[...files], ...Array.from({ length: Math.max(1, availableParallelism() - 1) }, () => [])];
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
  const missing = all.filter((skip) => !skip.endsWith(NEEDS_ROOT));
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
