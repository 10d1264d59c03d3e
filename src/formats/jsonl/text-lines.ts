const LF = 0x0a;

/**
 * The lines of a UTF-8 text without their LF. Not `node:readline`, which also ends a line at U+2028 and U+2029: in JSON they may be in the
 * middle of strings.
 */
export async function* textLines(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  let left: Buffer[] = [];
  for await (const chunk of bytes) {
    const piece = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
    let from = 0;
    for (let end = piece.indexOf(LF); end !== -1; end = piece.indexOf(LF, from)) {
      left.push(piece.subarray(from, end));
      yield Buffer.concat(left).toString();
      left = [];
      from = end + 1;
    }
    if (from < piece.length) left.push(piece.subarray(from));
  }
  if (left.length > 0) yield Buffer.concat(left).toString();
}
