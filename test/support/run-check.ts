/** `npm run check`: format, lint, types, unit and architecture tests. Fast enough to run before every commit. */
import { availableParallelism } from 'node:os';
import { type CommandEnd, runCommand } from './run-command.ts';
import { findFiles } from './run-group.ts';
import { SHARE_NAME } from './share-of-runs.ts';

/** Of the times that properties say. */
const SHARE = '0.15';

/** Files that take seconds, and have nothing of which a share would do. `npm test` and `npm run test:changed` run them. */
const HEAVY = [
  'test/unit/formats/decompression-bombs.test.ts',
  'test/unit/formats/source.test.ts',
  'test/unit/worker/fetch-egain-package.test.ts',
];

/** Format, lint and types, all at once; prints a line for each, with the output of what failed. */
export async function runTools(): Promise<boolean> {
  const results = await Promise.all([
    // What did not change since the last time is not looked at again.
    report('types', [
      'tsc',
      '--noEmit',
      '--incremental',
      '--tsBuildInfoFile',
      'node_modules/.cache/types.json',
    ]),
    report('lint', ['oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'bin', 'packaging']),
    report('format', ['biome', 'check', '.']),
  ]);
  return results.every(Boolean);
}

/**
 * The files share one process for each core, since most of them take less time than the start of a process; `npm test` gives each its own,
 * and tries properties as often as they say.
 */
async function runUnit(): Promise<boolean> {
  const files = findFiles(['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts']).filter(
    (path) => !HEAVY.includes(path),
  );
  const count = availableParallelism();
  const results = await Promise.all(
    Array.from({ length: count }, (_, process) =>
      report(
        `unit and architecture, part ${process + 1} of ${count}`,
        [
          'node',
          '--test',
          '--test-isolation=none',
          '--test-reporter=dot',
          ...files.filter((_, i) => i % count === process),
        ],
        { [SHARE_NAME]: SHARE },
      ),
    ),
  );
  return results.every(Boolean);
}

/** @param command a program of node_modules/.bin with what it is given */
async function report(
  name: string,
  [program, ...args]: readonly string[],
  environment: NodeJS.ProcessEnv = {},
): Promise<boolean> {
  const startedAt = performance.now();
  const { code, output }: CommandEnd = await runCommand([`node_modules/.bin/${program}`, ...args], {
    environment,
  });
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (code !== 0) console.log(output);
  return code === 0;
}

if (import.meta.main) {
  const results = await Promise.all([runTools(), runUnit()]);
  process.exitCode = results.every(Boolean) ? 0 : 1;
}
