const C1 = 0x239b961b;
const C2 = 0xab0e9789;
const C3 = 0x38b34ae5;
const C4 = 0xa1e38b93;

/**
 * A 128-bit hash of a text's UTF-16 code units, into `out` (four numbers of 32 bits): MurmurHash3_x86_128 over four units of two code
 * units each. With 10^9 keys two different ones agree with a probability of 10^-21, so equal hashes are taken for equal keys. Not
 * for secrets; who crafts keys that agree harms only the file they stand in.
 * Source: Austin Appleby, smhasher, MurmurHash3.cpp.
 */
export function hash128(text: string, seed: number, out: Uint32Array): void {
  let h1 = seed | 0;
  let h2 = seed | 0;
  let h3 = seed | 0;
  let h4 = seed | 0;
  const { length } = text;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    h1 = mix(h1 ^ scramble(pair(text, at), C1, 15, C2), h2, 19, 0x561ccd1b);
    h2 = mix(h2 ^ scramble(pair(text, at + 2), C2, 16, C3), h3, 17, 0x0bcaa747);
    h3 = mix(h3 ^ scramble(pair(text, at + 4), C3, 17, C4), h4, 15, 0x96cd1c35);
    h4 = mix(h4 ^ scramble(pair(text, at + 6), C4, 18, C1), h1, 13, 0x32ac3b17);
  }
  // Units beyond the end are 0, which scrambles to 0; the length below tells such texts apart.
  if (at < length) h1 ^= scramble(pair(text, at), C1, 15, C2);
  if (at + 2 < length) h2 ^= scramble(pair(text, at + 2), C2, 16, C3);
  if (at + 4 < length) h3 ^= scramble(pair(text, at + 4), C3, 17, C4);
  if (at + 6 < length) h4 ^= scramble(pair(text, at + 6), C4, 18, C1);
  finish(h1 ^ length, h2 ^ length, h3 ^ length, h4 ^ length, out);
}

function finish(a: number, b: number, c: number, d: number, out: Uint32Array): void {
  let h1 = (a + b + c + d) | 0;
  const h2 = avalanche(b + h1);
  const h3 = avalanche(c + h1);
  const h4 = avalanche(d + h1);
  h1 = (avalanche(h1) + h2 + h3 + h4) | 0;
  out[0] = h1;
  out[1] = h2 + h1;
  out[2] = h3 + h1;
  out[3] = h4 + h1;
}

/** Two code units as one number; `NaN` beyond the end counts as 0. */
function pair(text: string, at: number): number {
  return text.charCodeAt(at) | (text.charCodeAt(at + 1) << 16);
}

function scramble(k: number, first: number, bits: number, second: number): number {
  const product = Math.imul(k, first);
  return Math.imul((product << bits) | (product >>> (32 - bits)), second);
}

function mix(h: number, next: number, bits: number, constant: number): number {
  return (Math.imul(((h << bits) | (h >>> (32 - bits))) + next, 5) + constant) | 0;
}

function avalanche(h: number): number {
  let x = h ^ (h >>> 16);
  x = Math.imul(x, 0x85ebca6b);
  x ^= x >>> 13;
  x = Math.imul(x, 0xc2b2ae35);
  return x ^ (x >>> 16);
}
