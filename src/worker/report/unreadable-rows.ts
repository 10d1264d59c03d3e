/** The records that could not be read, byte for byte. What helps a person is the beginning of the file: a small upload may have a gigabyte. */
import type { RejectedRecord } from './failed-rows-form.ts';

const PIECE_BYTES = 1024 * 1024;

export interface UnreadableRows {
  /** May be read once. */
  readonly bytes: AsyncIterable<Uint8Array>;
  /** Known at the end: the bytes of all of them, where they are more than were kept. */
  cutFromBytes(): number | undefined;
}

/** @param records in order, unreadable ones alone */
export function createUnreadableRows(
  source: { readRange(start: number, end: number): Promise<Uint8Array> },
  records: AsyncIterable<RejectedRecord>,
  maxBytes: number,
): UnreadableRows {
  let totalBytes = 0;

  async function* bytes(): AsyncIterable<Uint8Array> {
    for await (const { byteOffset, byteLength } of records) {
      const end = byteOffset + Math.max(0, Math.min(byteLength, maxBytes - totalBytes));
      totalBytes += byteLength;
      for (let start = byteOffset; start < end; start += PIECE_BYTES) {
        yield await source.readRange(start, Math.min(end, start + PIECE_BYTES));
      }
    }
    if (totalBytes > maxBytes) yield Buffer.from(noteOfCut(maxBytes, totalBytes));
  }

  return {
    bytes: bytes(),
    cutFromBytes: () => (totalBytes > maxBytes ? totalBytes : undefined),
  };
}

function noteOfCut(maxBytes: number, totalBytes: number): string {
  return `\n[Cut here by Waybill: these are the first ${maxBytes} of ${totalBytes} bytes (limit: limits.unreadableBytes). The issues say where in the source each record begins.]\n`;
}
