import { Command, CommanderError } from 'commander';
import { readVersion } from '../server/version.ts';
import { ALLOCATOR_SETTINGS } from './allocator-settings.ts';
import { addGlobalOptions, belowHead, type Cli, printJson } from './command-line.ts';
import { COMMANDS } from './commands/commands.ts';
import { EXIT } from './exit-codes.ts';
import { processTerminal, type Terminal } from './terminal.ts';

export interface MainOptions {
  readonly terminal?: Terminal;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
}

/** The command line. Gives the exit code: 0 done, 2 done with rejected records, 1 failed, 64 wrong usage. */
export async function main(argv: readonly string[], options: MainOptions = {}): Promise<number> {
  const { terminal = processTerminal(), env = process.env, cwd = process.cwd() } = options;
  const cli: Cli = { terminal, env, cwd, exitCode: EXIT.done };
  for (const [name, value] of Object.entries(ALLOCATOR_SETTINGS)) process.env[name] ??= value;
  const program = createProgram(cli);
  try {
    await program.parseAsync(argv, { from: 'user' });
    return cli.exitCode;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (argv.includes('--json')) tellUsage(terminal, error);
    // Help that was asked for is no mistake; help that is shown because nothing was asked for is.
    return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
  }
}

/** Also who mistypes a command gets the JSON that was asked for. Help has no message of its own. */
function tellUsage(terminal: Terminal, { message }: CommanderError): void {
  const [, what] = /^error: ([^]*)$/.exec(message) ?? [];
  if (what !== undefined)
    printJson(terminal, { error: { code: 'usage.invalid', message: what, details: {} } });
}

export function createProgram(cli: Cli): Command {
  const program = addGlobalOptions(new Command('waybill'))
    .description('Bulk import, validation and export jobs on PostgreSQL')
    .version(readVersion(), '--version')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => cli.terminal.out(text),
      writeErr: (text) => cli.terminal.err(text),
      outputError: (text, write) => write(belowHead(text.replace(/^error: /, 'waybill: '))),
    })
    .showSuggestionAfterError()
    .addHelpText(
      'after',
      '\nExit codes: 0 done, 2 done but some records were rejected, 1 failed, 64 wrong usage.\n' +
        'Commands use the server given by --url, or else the server that runs on the data folder. If there is none, they start one\n' +
        'for themselves.',
    );
  for (const register of COMMANDS) register(program, cli);
  return program;
}
