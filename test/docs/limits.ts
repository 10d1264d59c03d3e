/**
 * Numbers in texts that people read. Every number with a unit must be declared: as a limit, whose text is made from the constant of the code,
 * or as a measurement or a fact of others, word for word.
 */
export interface DeclaredNumbers {
  /** Phrases made from constants. */
  readonly limits: readonly string[];
  /** Phrases with numbers that no constant of ours decides: measured, of a standard, of another program. */
  readonly others?: readonly string[];
}

const UNITS =
  'bytes|KiB|MiB|GiB|MB|GB|characters|levels|instructions|seconds|minutes|hours|days|headers|values|labels|parts|attempts|' +
  'columns|fields|files|issues|jobs|requests|subschemas|connections|streams|records|rows|articles|s';
const NUMBER = new RegExp(String.raw`(?<![\w.,-])(?:\d{1,3}(?:,\d{3})+|\d+(?= (?:${UNITS})\b))`, 'g');

/** What is wrong with the numbers of a text: declared phrases that it lacks, and numbers that nothing declares, with their surroundings. */
export function undeclaredNumbers(text: string, { limits, others = [] }: DeclaredNumbers): string[] {
  const flat = text.replaceAll(/\s+/g, ' ');
  const phrases = [...limits, ...others];
  const missing = phrases.filter((phrase) => !flat.includes(phrase)).map((phrase) => `lacks: ${phrase}`);
  const covered = phrases.flatMap((phrase) => spansOf(flat, phrase));
  const undeclared = [...flat.matchAll(NUMBER)]
    .filter(({ index }) => !covered.some(([from, to]) => from <= index && index < to))
    .map(({ index }) => `not declared: …${flat.slice(Math.max(0, index - 30), index + 40)}…`);
  return [...missing, ...undeclared];
}

function spansOf(text: string, phrase: string): (readonly [number, number])[] {
  const spans: (readonly [number, number])[] = [];
  for (let at = text.indexOf(phrase); at !== -1; at = text.indexOf(phrase, at + 1))
    spans.push([at, at + phrase.length]);
  return spans;
}

/** A Markdown document without its blocks of code. */
export function proseOf(markdown: string): string {
  return markdown.replaceAll(/^```[^]*?^```$/gm, '');
}

/** As documents write it: `32,768`. */
export function count(value: number): string {
  return value.toLocaleString('en-US');
}

/** As documents write it: `48 KiB`. */
export function size(bytes: number): string {
  const power = bytes % 1024 ** 2 === 0 ? 2 : 1;
  return `${bytes / 1024 ** power} ${power === 2 ? 'MiB' : 'KiB'}`;
}
