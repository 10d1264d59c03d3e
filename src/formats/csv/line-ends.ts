const LF = 0x0a;
const CR = 0x0d;

/** Line ends (LF, CRLF, CR) in `bytes[from, to)`. */
export function countLineEnds(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) {
    const byte = bytes[at];
    if (byte === CR || (byte === LF && (at === from || bytes[at - 1] !== CR))) count += 1;
  }
  return count;
}

/**
 * Looks for the first line end from `from`.
 * @returns `next`: the index after it; when it is not found, the index up to which the bytes are used up. A CR at the very end
 *   is kept until the byte after it is known.
 */
export function findLineEnd(
  bytes: Buffer,
  from: number,
  to: number,
  isLast: boolean,
): { isFound: boolean; next: number } {
  let at = from;
  while (at < to && bytes[at] !== LF && bytes[at] !== CR) at += 1;
  if (at === to) return { isFound: false, next: to };
  if (bytes[at] === CR) {
    if (at + 1 < to) return { isFound: true, next: bytes[at + 1] === LF ? at + 2 : at + 1 };
    if (!isLast) return { isFound: false, next: at };
  }
  return { isFound: true, next: at + 1 };
}
