import { closeSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs';
import { writeFully } from './key-spill.ts';
import { LoserBlocks, loserTrailer } from './loser-file.ts';

export interface LoserWriter {
  /** In ascending order of the record. */
  add(record: number, winner: number): void;
  /** Makes the file durable under its name. @returns the number of losers */
  finish(): number;
  /** Gives up and removes what was written; instead of `finish`. */
  discard(): void;
}

/** Writes a file for `LoserCursor`; under its name there is the whole of it or nothing. */
export function writeLosers(path: string): LoserWriter {
  const temporary = `${path}.tmp`;
  const file = openSync(temporary, 'w');
  let end = 0;
  const write = (bytes: Uint8Array) => {
    writeFully(file, bytes, end);
    end += bytes.length;
  };
  const blocks = new LoserBlocks(write);
  return {
    add: (record, winner) => blocks.add(record, winner),
    finish() {
      blocks.flush();
      write(loserTrailer(blocks.count));
      fsyncSync(file);
      closeSync(file);
      renameSync(temporary, path);
      return blocks.count;
    },
    discard() {
      closeSync(file);
      rmSync(temporary, { force: true });
    },
  };
}
