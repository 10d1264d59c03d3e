/** What of a run took how long, so that whoever makes it slower sees it. */
import type { FileResult } from './run-files.ts';
import { addUp } from './run-group.ts';
import { SLOWEST_COUNT, slowestOf, type Timed } from './tally-reporter.ts';

export function showTimes(results: readonly FileResult[]): void {
  const groups = Map.groupBy(results, ({ file }) => file.group);
  console.log('\nSeconds of each group, its files one after the other:');
  for (const [group, own] of [...groups].toSorted(([a], [b]) => a.localeCompare(b)))
    console.log(`${inSeconds(secondsOf(own))} ${group} (${own.length} files, ${addUp(own).passed} passed)`);
  if (results.length < 2) return;
  show(
    'files',
    results.map(({ file, seconds }) => ({ name: named(file), seconds })),
  );
  show(
    'tests',
    results.flatMap(({ file, slowest }) =>
      slowest.map(({ name, seconds }) => ({ name: `${name} (${named(file)})`, seconds })),
    ),
  );
}

function named({ path, group }: FileResult['file']): string {
  return path.startsWith(`test/${group}/`) ? path : `${path}, ${group}`;
}

function show(what: string, times: readonly Timed[]): void {
  console.log(`\nThe slowest ${SLOWEST_COUNT} ${what}:`);
  for (const { name, seconds } of slowestOf(times)) console.log(`${inSeconds(seconds)} ${name}`);
}

function secondsOf(results: readonly FileResult[]): number {
  return results.reduce((sum, { seconds }) => sum + seconds, 0);
}

function inSeconds(seconds: number): string {
  return seconds.toFixed(1).padStart(8);
}
