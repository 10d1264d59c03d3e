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

export function processTerminal(): Terminal {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    isErrTty: process.stderr.isTTY,
    isOutTty: process.stdout.isTTY,
    columns: () => process.stderr.columns ?? DEFAULT_COLUMNS,
  };
}
