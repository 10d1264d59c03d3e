/**
 * `npm test`: the check, then every test file, group by group, on one embedded server; the tests on Waybill's SQL once
 * more on the oldest supported PostgreSQL. With CI=true a skipped test is a failure, unless it needs root.
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { hasDebianPostgres, startDebianPostgres } from './debian-postgres.ts';
import { startTestServer } from './postgres.ts';
import { runCheck } from './run-check.ts';
import { type GroupResult, ROOT, runGroup } from './run-group.ts';

/** Folders of test/ that are no group, or belong to the check. */
const NO_GROUPS = ['architecture', 'fixtures', 'support', 'unit'];

/**
 * Files at once: one per core of a small machine. The tests on processes take a third of one, and wait for leases, restarts and slow jobs
 * the rest of their time.
 */
const CONCURRENCY = 2;

/** The one reason to skip that no package can remove. */
const NEEDS_ROOT = 'needs root';

async function main(): Promise<number> {
  const results = [await runCheck()];
  const groups = (await readdir(join(ROOT, 'test'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && !NO_GROUPS.includes(entry.name))
    .map((entry) => entry.name)
    .toSorted();

  const { server, remove } = await startTestServer();
  try {
    for (const group of groups)
      results.push(await runTitled(group, server.adminUrl, 'PostgreSQL 18, embedded'));
  } finally {
    await remove();
  }
  if (groups.includes('postgres')) results.push(await runOnDebian());
  return summarize(results);
}

async function runTitled(group: string, url: string, server: string): Promise<GroupResult> {
  console.log(`\n# ${group} (${server})`);
  return runGroup({
    files: [`test/${group}/**/*.test.ts`],
    concurrency: CONCURRENCY,
    environment: { WAYBILL_TEST_DATABASE_URL: url },
  });
}

async function runOnDebian(): Promise<GroupResult> {
  if (!hasDebianPostgres) {
    const skip = 'the postgres group on PostgreSQL 15: needs the Debian package postgresql-15';
    return { isGood: true, passed: 0, failed: 0, skipped: 1, skips: [skip], output: '' };
  }
  const { url, remove } = await startDebianPostgres();
  try {
    return await runTitled('postgres', url, 'PostgreSQL 15, Debian');
  } finally {
    await remove();
  }
}

function summarize(results: readonly GroupResult[]): number {
  const sum = (count: (result: GroupResult) => number) =>
    results.reduce((total, one) => total + count(one), 0);
  const skips = results.flatMap((result) => result.skips);
  const isStrict = process.env['CI'] === 'true';
  console.log('');
  for (const skip of skips) console.log(`SKIPPED ${skip}`);
  const missing = skips.filter((skip) => !skip.endsWith(NEEDS_ROOT));
  if (isStrict && missing.length > 0) console.log('CI=true: a skipped test counts as a failure of the run');
  const skipped = sum((result) => result.skipped);
  console.log(
    `${sum((result) => result.passed)} passed, ${sum((result) => result.failed)} failed, ${skipped} skipped`,
  );
  const isGood = results.every((result) => result.isGood) && !(isStrict && missing.length > 0);
  return isGood ? 0 : 1;
}

process.exitCode = await main();
