/** What every command has: its options, its way to a server, and how its errors are told. */
import { Command } from 'commander';
import { AppError } from '../core/errors.ts';
import { exitCodeOfError } from './exit-codes.ts';
import type { Terminal } from './terminal.ts';

/** The surroundings of one call of `main`. */
export interface Cli {
  readonly terminal: Terminal;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** What the process will end with. */
  exitCode: number;
}

export interface CommonOptions {
  readonly data?: string;
  readonly config?: string;
  readonly url?: string;
  readonly token?: string;
  readonly json?: boolean;
  readonly debug?: boolean;
}

/** Options that go before the command's name as well as behind it. */
export function addGlobalOptions(program: Command): Command {
  return withServerOptions(withLocalOptions(program.enablePositionalOptions()));
}

/** Adds a command that talks to a server; `usage` is its name and arguments, such as `import <file>`. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return withServerOptions(addLocalCommand(parent, usage, description));
}

/** Adds a command that does its work here, whatever servers there are. */
export function addLocalCommand(parent: Command, usage: string, description: string): Command {
  return withLocalOptions(parent.command(usage).description(description));
}

function withLocalOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder (default: WAYBILL_DATA, or ./waybill-data)')
    .option('--config <file>', 'configuration file (default: ./waybill.config.json if there is one)')
    .option('--json', 'print JSON for machines')
    .option('--debug', 'print stack traces of errors');
}

function withServerOptions(command: Command): Command {
  return command
    .option('--url <url>', 'use this server instead of starting one (also WAYBILL_URL)')
    .option('--token <token>', 'token for --url (also WAYBILL_TOKEN, WAYBILL_TOKEN_FILE)');
}

type Arguments = (string | undefined)[];

/**
 * Wraps what a command does: its result is the exit code, what it throws becomes one clear line. Commander passes the arguments,
 * then the options, then the command itself.
 */
export function action<O extends CommonOptions>(
  cli: Cli,
  run: (options: O, ...args: Arguments) => Promise<number>,
): (...passed: [...Arguments, O, Command]) => Promise<void> {
  return async (...passed) => {
    const command = passed.at(-1) as Command;
    const args = passed.slice(0, -2) as Arguments;
    const globals = rootOf(command).opts<CommonOptions>();
    const options = { ...globals, ...(passed.at(-2) as O) };
    try {
      refuseForeign(command, globals);
      cli.exitCode = await run(options, ...args);
    } catch (error) {
      tellError(cli.terminal, error, options);
      cli.exitCode = exitCodeOfError(error);
    }
  };
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent);
}

/** What stands before the command's name must mean something to the command. */
function refuseForeign(command: Command, globals: CommonOptions): void {
  const known = command.options.map((option) => option.attributeName());
  for (const name of Object.keys(globals)) {
    if (!known.includes(name)) throw wrongUsage(`"${command.name()}" has no option --${name}`);
  }
}

function tellError(terminal: Terminal, error: unknown, options: CommonOptions): void {
  const { message, stack } = error as Error;
  const code = error instanceof AppError ? error.code : 'internal';
  terminal.err(`waybill: ${belowHead(message)} (${code})\n`);
  if (options.debug === true) terminal.err(`${stack ?? ''}\n`);
  else if (code === 'internal')
    terminal.err(
      'waybill: this is a bug in waybill; repeat the command with --debug to see where it happened\n',
    );
  if (options.json === true) {
    const details = error instanceof AppError ? error.details : {};
    printJson(terminal, { error: { code, message, details } });
  }
}

/** Further lines of a message, which may quote data, are indented: none of them looks like one of ours. */
export function belowHead(message: string): string {
  return message.replaceAll(/\n(?=[^ \n])/g, '\n  ');
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function wrongUsage(message: string): AppError {
  return new AppError('usage.invalid', message);
}

/** The text of a required argument. */
export function required(argument: string | undefined): string {
  if (argument === undefined) throw wrongUsage('a required argument is missing');
  return argument;
}
