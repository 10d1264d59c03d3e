/** `npm run check`: format, lint, types, unit and architecture tests. Fast enough to run before every commit. */
import { runCommand } from './run-command.ts';
import { type GroupResult, runGroup } from './run-group.ts';

/** Runs everything at once and prints a line for each, with the output of what failed. */
export async function runCheck(): Promise<GroupResult> {
  const [tests, ...tools] = await Promise.all([
    report('unit and architecture', () =>
      runGroup({
        files: ['test/unit/**/*.test.ts', 'test/architecture/**/*.test.ts'],
        concurrency: 2,
        isQuiet: true,
      }),
    ),
    report('types', () => runTool(['tsc', '--noEmit'])),
    report('lint', () =>
      runTool(['oxlint', '--type-aware', '--deny-warnings', 'src', 'test', 'bench', 'bin', 'packaging']),
    ),
    report('format', () => runTool(['biome', 'check', '.'])),
  ]);
  return { ...tests, isGood: tests.isGood && tools.every((tool) => tool.isGood) };
}

async function runTool(command: readonly string[]): Promise<{ isGood: boolean; output: string }> {
  const [name, ...args] = command;
  const { code, output } = await runCommand([`node_modules/.bin/${name}`, ...args]);
  return { isGood: code === 0, output };
}

async function report<T extends { isGood: boolean; output: string }>(
  name: string,
  work: () => Promise<T>,
): Promise<T> {
  const startedAt = performance.now();
  const result = await work();
  const seconds = ((performance.now() - startedAt) / 1000).toFixed(1);
  console.log(`${result.isGood ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)`);
  if (!result.isGood) console.log(result.output);
  return result;
}

if (import.meta.main) process.exitCode = (await runCheck()).isGood ? 0 : 1;
