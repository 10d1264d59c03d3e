const PIECE_CHARACTERS = 64 * 1024;

/** Joins small texts into pieces worth a system call, as UTF-8. */
export async function* encodePieces(texts: AsyncIterable<string>): AsyncIterable<Uint8Array> {
  let pending = '';
  for await (const text of texts) {
    pending += text;
    if (pending.length < PIECE_CHARACTERS) continue;
    yield Buffer.from(pending);
    pending = '';
  }
  if (pending !== '') yield Buffer.from(pending);
}
