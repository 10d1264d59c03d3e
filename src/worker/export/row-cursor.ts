import { CopyTextReader, type CopyTextRow } from '../../formats/copy-text/copy-text-reader.ts';

/** Rows of one snapshot, handed out batch by batch to whichever result file is being written. */
export interface RowCursor {
  /** The next row without taking it; undefined after the last. Call `take` to go on. */
  peek(): Promise<CopyTextRow | undefined>;
  /** Rows that are here already, at most `limit`; empty only after the last one. */
  batch(limit: number): Promise<readonly CopyTextRow[]>;
  /** Gives rows back that were not used, in order. */
  unread(rows: readonly CopyTextRow[]): void;
}

export function createRowCursor(pieces: AsyncIterable<Uint8Array>): RowCursor {
  const reader = new CopyTextReader();
  const iterator = pieces[Symbol.asyncIterator]();
  let rows: readonly CopyTextRow[] = [];
  let hasEnded = false;

  async function fill(): Promise<void> {
    while (rows.length === 0 && !hasEnded) {
      const { value, done } = await iterator.next();
      if (done === true) {
        hasEnded = true;
        reader.end();
      } else {
        rows = reader.push(value);
      }
    }
  }

  return {
    async peek() {
      await fill();
      return rows[0];
    },
    async batch(limit) {
      await fill();
      const taken = rows.length > limit ? rows.slice(0, limit) : rows;
      rows = rows.length > limit ? rows.slice(limit) : [];
      return taken;
    },
    unread(returned) {
      rows = [...returned, ...rows];
    },
  };
}
