import { Writable } from 'node:stream';
import { openTerminal, type Terminal } from '../../src/cli/terminal.ts';

export interface RecordedTerminal {
  readonly terminal: Terminal;
  /** What standard output got so far. */
  readonly out: () => string;
  readonly err: () => string;
  /** Both, in the order in which it came. */
  readonly all: () => string;
}

/** The terminal of commands, door and all, with two streams that keep what comes. */
export function recordTerminal({ isTty = false, columns = 80 } = {}): RecordedTerminal {
  const written = { out: '', err: '', all: '' };
  const keep = (name: 'out' | 'err') => {
    const stream = new Writable({
      decodeStrings: false,
      write(piece: string | Buffer, _encoding, done) {
        written[name] += piece.toString();
        written.all += piece.toString();
        done();
      },
    });
    return Object.assign(stream, { isTTY: isTty, columns });
  };
  return {
    terminal: openTerminal({ stdout: keep('out'), stderr: keep('err') }),
    out: () => written.out,
    err: () => written.err,
    all: () => written.all,
  };
}
