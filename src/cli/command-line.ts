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

/** Gives a command the options that all have. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--data <dir>', 'data folder (default: ./waybill-data, or WAYBILL_DATA)')
    .option('--config <file>', 'configuration file (default: ./waybill.config.json if there is one)')
    .option('--url <url>', 'talk to this server (also WAYBILL_URL)')
    .option('--token <token>', 'token for --url (also WAYBILL_TOKEN)')
    .option('--json', 'print JSON for machines')
    .option('--debug', 'print stacks of errors');
}

/** Adds a command with the common options; `usage` is its name and arguments, such as `import <file>`. */
export function addCommand(parent: Command, usage: string, description: string): Command {
  return withCommonOptions(parent.command(usage).description(description));
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
    const options = passed.at(-2) as O;
    const args = passed.slice(0, -2) as Arguments;
    try {
      cli.exitCode = await run(options, ...args);
    } catch (error) {
      tellError(cli.terminal, error, options);
      cli.exitCode = exitCodeOfError(error);
    }
  };
}

function tellError(terminal: Terminal, error: unknown, options: CommonOptions): void {
  const { message, stack } = error as Error;
  const code = error instanceof AppError ? error.code : 'internal';
  terminal.err(`waybill: ${message} (${code})\n`);
  if (options.debug === true) terminal.err(`${stack ?? ''}\n`);
  else if (code === 'internal') terminal.err('waybill: this is a mistake in waybill; --debug shows where\n');
  if (options.json === true) {
    const details = error instanceof AppError ? error.details : {};
    printJson(terminal, { error: { code, message, details } });
  }
}

export function printJson(terminal: Terminal, value: unknown): void {
  terminal.out(`${JSON.stringify(value, undefined, 2)}\n`);
}

export function wrongUsage(message: string): AppError {
  return new AppError('usage.invalid', message);
}

/** The text of a required argument. */
export function required(argument: string | undefined): string {
  if (argument === undefined) throw wrongUsage('an argument is missing');
  return argument;
}
