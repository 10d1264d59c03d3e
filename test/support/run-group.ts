/** Runs the files of some globs, and counts. */
import { globSync } from 'node:fs';
import { ROOT } from './run-command.ts';
import { type FileResult, runFiles } from './run-files.ts';
import type { Tally } from './tally-reporter.ts';

export { ROOT };

export interface GroupRun {
  /** Globs from the root. */
  readonly files: readonly string[];
  /** Test files that run at once. */
  readonly concurrency: number;
  readonly environment?: NodeJS.ProcessEnv;
  /** Collect the output of what fails instead of showing it. */
  readonly isQuiet?: boolean;
}

export interface GroupResult extends Omit<Tally, 'slowest'> {
  readonly isGood: boolean;
  /** What a quiet run would have shown. */
  readonly output: string;
  readonly results: readonly FileResult[];
}

/** Runs the files and gives the totals. No file at all is a failure. */
export async function runGroup(run: GroupRun): Promise<GroupResult> {
  const { environment, isQuiet = false, concurrency } = run;
  const paths = findFiles(run.files);
  const files = paths.map((path) => ({ path, group: groupOf(path), ...(environment && { environment }) }));
  const results = await (isQuiet ? runFiles([files], concurrency, () => {}) : runFiles([files], concurrency));
  return {
    ...addUp(results),
    isGood: results.length > 0 && results.every(({ isGood }) => isGood),
    output: results.map((result) => (result.isGood ? '' : result.output)).join(''),
    results,
  };
}

/** Paths from the root, in order. */
export function findFiles(globs: readonly string[]): string[] {
  return [...new Set(globSync(globs, { cwd: ROOT }))].toSorted();
}

/** The folder below test/ in which a file lies. */
export function groupOf(path: string): string {
  return path.split('/')[1] ?? '';
}

export function addUp(results: readonly FileResult[]): Omit<Tally, 'slowest'> {
  const sum = (count: (result: FileResult) => number) =>
    results.reduce((total, result) => total + count(result), 0);
  return {
    passed: sum(({ passed }) => passed),
    failed: sum(({ failed }) => failed),
    skipped: sum(({ skipped }) => skipped),
    skips: results.flatMap(({ skips }) => skips),
  };
}
