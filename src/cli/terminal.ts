import { Transform, type Writable } from 'node:stream';
import { StringDecoder } from 'node:string_decoder';
import { visibleLines } from '../core/visible-text.ts';

/**
 * Where a command writes: results on standard output, everything said along the way on standard error. Nothing else in the command line
 * writes to either: what is in data (a description, a value, the name of a file, an error's words) could move the cursor, hide or
 * reorder what a person reads, and here everything passes that makes such letters visible.
 */
export interface Terminal {
  /** Text for people, or JSON, which stays the same JSON. */
  out(text: string): void;
  err(text: string): void;
  /** Puts a line in place of the last one on standard error; an empty one removes it. */
  redraw(line: string): void;
  /** For what was asked for as it is, byte by byte: files. A person who watches gets it visible as well. */
  data(): Writable;
  /** A person watches standard error: progress may redraw its line. */
  readonly isErrTty: boolean;
  readonly isOutTty: boolean;
  /** Width of standard error in columns, now. */
  columns(): number;
}

/** What a terminal is made of: the process's, or a test's. */
export interface Streams {
  readonly stdout: Writable & { readonly isTTY?: boolean };
  readonly stderr: Writable & { readonly isTTY?: boolean; readonly columns?: number };
}

const DEFAULT_COLUMNS = 80;
const ERASE_LINE = '\r\u001b[K';

/** The process's own output. Who reads it may stop before the end (`| head`); what is left goes nowhere then, and is no mistake. */
export function processTerminal(): Terminal {
  for (const stream of [process.stdout, process.stderr]) stream.on('error', ignoreClosedPipe);
  return openTerminal(process);
}

export function openTerminal({ stdout, stderr }: Streams): Terminal {
  return {
    out: (text) => void stdout.write(visibleLines(text)),
    err: (text) => void stderr.write(visibleLines(text)),
    redraw: (line) => void stderr.write(`${ERASE_LINE}${visibleLines(line)}`),
    data: () => (stdout.isTTY === true ? makeVisible(stdout) : stdout),
    isErrTty: stderr.isTTY === true,
    isOutTty: stdout.isTTY === true,
    columns: () => stderr.columns ?? DEFAULT_COLUMNS,
  };
}

function makeVisible(stdout: Writable): Writable {
  const decoder = new StringDecoder('utf8');
  // Returns before line ends move nothing.
  const show = (text: string) => visibleLines(text.replaceAll('\r\n', '\n'));
  const visible = new Transform({
    transform: (piece: Buffer, _encoding, done) => done(null, show(decoder.write(piece))),
    flush: (done) => done(null, show(decoder.end())),
  });
  visible.pipe(stdout, { end: false });
  return visible;
}

function ignoreClosedPipe(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EPIPE') throw error;
}
