/** Where a command writes: results on standard output, everything said along the way on standard error. */
export interface Terminal {
  out(text: string): void;
  err(text: string): void;
  /** A person watches standard error: progress may redraw its line. */
  readonly isErrTty: boolean;
  readonly isOutTty: boolean;
  /** Width of standard error in columns, now. */
  columns(): number;
}

const DEFAULT_COLUMNS = 80;

/** The process's own output. Who reads it may stop before the end (`| head`); what is left goes nowhere then, and is no mistake. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isErrTty: process.stderr.isTTY,
    isOutTty: process.stdout.isTTY,
    columns: () => process.stderr.columns ?? DEFAULT_COLUMNS,
  };
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
