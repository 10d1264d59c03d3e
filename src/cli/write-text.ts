import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { type Cli, wrongUsage } from './command-line.ts';

/**
 * Writes what a command has made into a new file, or to standard output for `-` and without a name.
 *
 * @throws AppError `usage.invalid` when the file is there already or cannot be written
 */
export async function writeText(cli: Cli, out: string | undefined, text: string): Promise<void> {
  if (out === undefined || out === '-') {
    if (cli.terminal.isOutTty) cli.terminal.out(text);
    else cli.terminal.data().write(text);
    return;
  }
  await writeFile(resolve(cli.cwd, out), text, { flag: 'wx' }).catch((error: NodeJS.ErrnoException) => {
    throw wrongUsage(
      error.code === 'EEXIST'
        ? `${out} already exists; name another file, or remove it first`
        : `${out} cannot be written: ${error.message}`,
    );
  });
}
