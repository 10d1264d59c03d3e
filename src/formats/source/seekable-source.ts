/**
 * The bytes that readers read: plain UTF-8 (with or without a byte order mark) or windows-1252, from any offset at once. All
 * offsets of records (`startByte`, `ReadPosition.byte`) are offsets in these bytes.
 */
export interface SeekableSource {
  readonly sizeBytes: number;
  /** The bytes from `fromByte` to the end, in pieces of at most 64 KiB. A piece is valid until the next is asked for. */
  read(fromByte: number, signal?: AbortSignal): AsyncIterable<Uint8Array>;
  /** The bytes `[start, end)`, such as those of a record. */
  readRange(start: number, end: number): Promise<Uint8Array>;
  close(): Promise<void>;
}
