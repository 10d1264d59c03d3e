/**
 * `npm run test:changed [-- REF]`: the test files that reach, over imports and paths, a file that differs from REF (default: from where
 * this branch left `main`), committed or not; and the tests of architecture and docs, which read everything.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from '../run-command.ts';
import { findFiles } from '../run-group.ts';
import { findReaching, type PathGraph, readPathGraph } from './path-graph.ts';

/** They read files by their folders. */
const ALWAYS = ['test/architecture/**/*.test.ts', 'test/docs/code-lists.test.ts'];
/** What no file names, and every test depends on. */
const EVERYTHING = ['package.json', 'package-lock.json', 'tsconfig.json'];

/** @returns paths from the root */
export function selectChanged(changed: readonly string[], graph: PathGraph = readPathGraph()): string[] {
  const tests = findFiles(['test/**/*.test.ts']);
  if (changed.some((path) => EVERYTHING.includes(path))) return tests;
  const reaching = findReaching(graph, changed);
  const always = new Set(findFiles(ALWAYS));
  return tests.filter((path) => always.has(path) || reaching.has(path));
}

function listChanged(reference: string): string[] {
  const base = reference === '' ? git('merge-base', 'main', 'HEAD')[0] : reference;
  return [
    ...git('diff', '--name-only', base ?? 'HEAD', '--'),
    ...git('ls-files', '--others', '--exclude-standard'),
  ];
}

/** @throws Error with what git says */
function git(...args: string[]): string[] {
  const { status, stdout, stderr } = spawnSync('git', args, { cwd: ROOT, encoding: 'utf8' });
  if (status !== 0) throw new Error(stderr.trim() || `git ${args.join(' ')} failed`);
  return stdout.split('\n').filter(Boolean);
}

function main(reference = ''): number {
  const changed = listChanged(reference);
  const files = selectChanged(changed);
  console.log(`${changed.length} files differ, ${files.length} test files reach them or read everything.`);
  const { status } = spawnSync(process.execPath, [join(ROOT, 'test/support/run-tests.ts'), ...files], {
    cwd: ROOT,
    stdio: 'inherit',
  });
  return status ?? 1;
}

if (import.meta.main) {
  try {
    process.exitCode = main(process.argv[2]);
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
