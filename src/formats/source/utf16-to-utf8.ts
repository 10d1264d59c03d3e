/** A byte that no UTF-8 text has: what stands for an odd byte at the end, so that a reader finds it as an issue. */
const NEVER_UTF8 = 0xff;

/**
 * Turns UTF-16 into UTF-8. What is not valid UTF-16 becomes bytes that are not valid UTF-8 at the same place (a lone surrogate the
 * three bytes ED xx xx), so that the reader reports it at its record; never a replacement character.
 */
export async function* utf16ToUtf8(
  source: AsyncIterable<Uint8Array>,
  encoding: 'utf-16le' | 'utf-16be',
): AsyncIterable<Uint8Array> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of source) {
    const units = Buffer.concat([rest, chunk]);
    const end = wholeEnd(units, encoding);
    rest = units.subarray(end);
    if (end > 0) yield transcode(units.subarray(0, end), encoding);
  }
  const isOdd = rest.length % 2 === 1;
  if (rest.length > 1) yield transcode(rest.subarray(0, isOdd ? -1 : rest.length), encoding);
  if (isOdd) yield Uint8Array.of(NEVER_UTF8);
}

/** Bytes that can be transcoded now: whole units, without a high surrogate at the end, whose other half may follow. */
function wholeEnd(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): number {
  const end = bytes.length - (bytes.length % 2);
  if (end === 0) return 0;
  const lastHigh = bytes[encoding === 'utf-16le' ? end - 1 : end - 2] as number;
  return lastHigh >= 0xd8 && lastHigh <= 0xdb ? end - 2 : end;
}

function transcode(bytes: Buffer, encoding: 'utf-16le' | 'utf-16be'): Uint8Array {
  const text = (encoding === 'utf-16le' ? bytes : Buffer.from(bytes).swap16()).toString('utf16le');
  if (text.isWellFormed()) return Buffer.from(text, 'utf8');
  const pieces = text.split(/(\p{Surrogate})/u);
  return Buffer.concat(
    pieces.map((piece) => (/^\p{Surrogate}$/u.test(piece) ? surrogateBytes(piece) : Buffer.from(piece))),
  );
}

/** The surrogate as UTF-8 would write it if it could: the "generalized UTF-8" of WTF-8. */
function surrogateBytes(surrogate: string): Uint8Array {
  const code = surrogate.charCodeAt(0);
  return Uint8Array.of(0xe0 | (code >> 12), 0x80 | ((code >> 6) & 0x3f), 0x80 | (code & 0x3f));
}
