import { resolve } from 'node:path';
import type { Command } from 'commander';
import { action, type Cli, type CommonOptions, printJson } from '../command-line.ts';
import { EXIT } from '../exit-codes.ts';

interface DemoFlags extends Pick<CommonOptions, 'data' | 'json' | 'debug'> {
  readonly keep?: boolean;
}

export function registerDemo(program: Command, cli: Cli): void {
  program
    .command('demo')
    .description('import and export four public data sets, and check every record')
    .option(
      '--data <dir>',
      'an empty folder to work in, which is kept (default: a temporary folder, removed at the end)',
    )
    .option('--keep', 'keep the temporary folder')
    .option('--json', 'print JSON for machines')
    .option('--debug', 'print stack traces of errors')
    .action(action<DemoFlags>(cli, (flags) => demo(cli, flags)));
}

async function demo(cli: Cli, { data, keep = false, json = false }: DemoFlags): Promise<number> {
  const { runDemo } = await import('../demo/run-demo.ts');
  const result = await runDemo({
    isKept: keep,
    write: json ? () => {} : (text) => cli.terminal.out(text),
    ...(data !== undefined && { folder: resolve(cli.cwd, data) }),
  });
  if (json) printJson(cli.terminal, result);
  return result.isGood ? EXIT.done : EXIT.failed;
}
