import { findUndecodable } from '../decode-text.ts';
import type { Encoding } from '../format.ts';

export interface EncodingFinding {
  readonly encoding: Encoding;
  readonly hasBom: boolean;
  readonly evidence: string;
  /** No proof: another encoding would fit the bytes as well. Default false. */
  readonly isGuess?: boolean;
}

const BOMS: readonly { encoding: Encoding; bytes: readonly number[] }[] = [
  { encoding: 'utf-8', bytes: [0xef, 0xbb, 0xbf] },
  { encoding: 'utf-16le', bytes: [0xff, 0xfe] },
  { encoding: 'utf-16be', bytes: [0xfe, 0xff] },
];

/** Share of the 16-bit units of Western, or merely comma-separated, UTF-16 text whose other byte is NUL. */
const MIN_NUL_SHARE = 0.02;

/** Finds the encoding of the first bytes of a text. `chosen`: what the user says; then only the byte order mark is looked for. */
export function sniffEncoding(
  sample: Buffer,
  isWhole: boolean,
  chosen: Encoding | undefined,
): EncodingFinding {
  const bom = BOMS.find(({ bytes }) => bytes.every((byte, i) => sample[i] === byte));
  if (chosen !== undefined)
    return { encoding: chosen, hasBom: bom?.encoding === chosen, evidence: 'set by the user' };
  if (bom !== undefined) {
    return {
      encoding: bom.encoding,
      hasBom: true,
      evidence: `the file begins with the byte order mark of ${bom.encoding}`,
    };
  }
  return findUtf16(sample) ?? sniffBytes(sample, isWhole);
}

function findUtf16(sample: Buffer): EncodingFinding | undefined {
  const units = Math.floor(sample.length / 2);
  const nuls = [0, 0];
  sample.forEach((byte, i) => {
    if (byte === 0) nuls[i % 2] = (nuls[i % 2] ?? 0) + 1;
  });
  const [even = 0, odd = 0] = nuls;
  const isLittle = odd > even;
  if (units < 2 || Math.max(even, odd) < Math.max(2, units * MIN_NUL_SHARE)) return undefined;
  if (Math.min(even, odd) > Math.max(even, odd) / 10) return undefined;
  const share = Math.round((100 * Math.max(even, odd)) / units);
  return {
    encoding: isLittle ? 'utf-16le' : 'utf-16be',
    hasBom: false,
    evidence: `${share} % of the ${isLittle ? 'odd' : 'even'} bytes are NUL and hardly any of the others`,
  };
}

function sniffBytes(sample: Buffer, isWhole: boolean): EncodingFinding {
  // A sample may end inside a character, which has at most four bytes.
  const judged = isWhole ? sample.length : Math.max(0, sample.length - 3);
  let valid = 0;
  let invalid = 0;
  let firstInvalid = -1;
  for (let at = 0; at < judged; ) {
    const bad = findUndecodable('utf-8', sample, at, sample.length);
    valid += countLeadBytes(sample, at, Math.min(bad, judged));
    if (bad >= judged) break;
    if (firstInvalid === -1) firstInvalid = bad;
    invalid += 1;
    at = bad + 1;
  }
  const utf8 = { encoding: 'utf-8', hasBom: false } as const;
  if (invalid === 0 && valid === 0) return { ...utf8, evidence: 'only ASCII in the sample' };
  if (invalid === 0) return { ...utf8, evidence: `${valid} characters outside ASCII, all valid UTF-8` };
  // One broken byte must not turn every umlaut of a UTF-8 file into two characters.
  if (valid > invalid)
    return { ...utf8, evidence: `${valid} valid UTF-8 characters outside ASCII, ${invalid} broken` };
  const byte = (sample[firstInvalid] as number).toString(16).toUpperCase();
  const evidence = `the byte 0x${byte} at offset ${firstInvalid} is not UTF-8 (${invalid} such, ${valid} valid characters)`;
  // Every byte is a letter in it, as it is in a dozen others.
  return { encoding: 'windows-1252', hasBom: false, evidence, isGuess: true };
}

function countLeadBytes(bytes: Buffer, from: number, to: number): number {
  let count = 0;
  for (let at = from; at < to; at += 1) if ((bytes[at] as number) >= 0xc0) count += 1;
  return count;
}
