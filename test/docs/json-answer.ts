/**
 * Answers in JSON, as documents show them: laid out for people and shortened. `...` as the last member of an object or the last item of a
 * list stands for any others.
 */
import { isDeepStrictEqual } from 'node:util';

const REST = '...';
const WIDTH = 120;

/** The value of a text that is an object or a list in JSON, shortened or not; undefined where it is none. */
export function parseAnswer(text: string): object | undefined {
  const whole = text
    .replaceAll(/,?\s*\.\.\.\s*\}/g, (cut) => `${cut.startsWith(',') ? ',' : ''}"${REST}":0}`)
    .replaceAll(/,?\s*\.\.\.\s*\]/g, (cut) => `${cut.startsWith(',') ? ',' : ''}"${REST}"]`);
  try {
    const value: unknown = JSON.parse(whole);
    return typeof value === 'object' && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

/** Whether an answer is what the document shows. @param mask replaces what differs from run to run in a text */
export function isAnswer(shown: unknown, answer: unknown, mask: (text: string) => string): boolean {
  if (typeof shown === 'string' && typeof answer === 'string') return mask(shown) === mask(answer);
  if (typeof shown !== 'object' || shown === null || typeof answer !== 'object' || answer === null)
    return isDeepStrictEqual(shown, answer);
  if (Array.isArray(shown) !== Array.isArray(answer)) return false;
  const expected = entriesOf(shown);
  const got = new Map(entriesOf(answer).entries);
  return (
    (expected.isShortened || expected.entries.length === got.size) &&
    expected.entries.every(([name, value]) => got.has(name) && isAnswer(value, got.get(name), mask))
  );
}

function entriesOf(value: object): { entries: [string, unknown][]; isShortened: boolean } {
  const all = Object.entries(value);
  const entries = all.filter(([name, one]) => name !== REST && one !== REST);
  return { entries, isShortened: entries.length < all.length };
}

/** The value as a document shows it: what fits into a line stands in one. */
export function layOut(value: unknown, indent = ''): string {
  const line = JSON.stringify(value, null, 1).replaceAll(/\n\s*/g, ' ');
  if (typeof value !== 'object' || value === null || indent.length + line.length <= WIDTH) return line;
  const inner = `${indent}  `;
  const [open, close] = Array.isArray(value) ? '[]' : '{}';
  const members = Array.isArray(value)
    ? value.map((item) => layOut(item, inner))
    : Object.entries(value).map(([name, one]) => `${JSON.stringify(name)}: ${layOut(one, inner)}`);
  return `${open}\n${members.map((member) => inner + member).join(',\n')}\n${indent}${close}`;
}
