import { visibleLines } from '../core/visible-text.ts';

/** Logs as JSON lines on standard error. Never a secret and never a record: what goes in are codes, messages and ids. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error';

const ORDER: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3 };

export interface Log {
  /** Whether lines of this level are written. */
  takes(level: LogLevel): boolean;
  debug(message: string, fields?: Readonly<Record<string, unknown>>): void;
  info(message: string, fields?: Readonly<Record<string, unknown>>): void;
  warn(message: string, fields?: Readonly<Record<string, unknown>>): void;
  /** A failure, with its stack. */
  error(error: unknown, fields?: Readonly<Record<string, unknown>>): void;
}

export function createLog(
  level: LogLevel,
  context: Readonly<Record<string, unknown>>,
  write: (line: string) => void = (line) => process.stderr.write(line),
): Log {
  const takes = (at: LogLevel) => ORDER[at] >= ORDER[level];

  function put(at: LogLevel, fields: Readonly<Record<string, unknown>>): void {
    if (!takes(at)) return;
    const line = JSON.stringify({ time: new Date().toISOString(), level: at, ...context, ...fields });
    // Still the same JSON; logs are read in terminals.
    write(`${visibleLines(line)}\n`);
  }
  return {
    takes,
    debug: (message, fields) => put('debug', { message, ...fields }),
    info: (message, fields) => put('info', { message, ...fields }),
    warn: (message, fields) => put('warn', { message, ...fields }),
    error(error, fields) {
      const { message, stack, code } = error as Error & { code?: unknown };
      put('error', {
        message: message ?? String(error),
        ...(code !== undefined && { code }),
        stack,
        ...fields,
      });
    },
  };
}
