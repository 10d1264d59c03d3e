import { type ReaderContext, type Reading, refusal, type ValueReader } from './value-reader.ts';

const NUL = refusal('field.nul_character');
const LONE_SURROGATE = refusal('field.lone_surrogate');

/** What PostgreSQL cannot store in any text; undefined for a sound text. */
export function refuseUnstorable(text: string) {
  if (text.includes('\0')) return NUL;
  return text.isWellFormed() ? undefined : LONE_SURROGATE;
}

/** Text is text: a JSON number or boolean is refused, for what it looked like in the source is anybody's guess. A cell shows its text. */
export function createTextReader({ sqlType }: ReaderContext): ValueReader {
  const readText = (text: string): Reading => refuseUnstorable(text) ?? text;
  return {
    readText,
    readJson: ({ kind, shown }) =>
      shown === undefined ? refusal('field.not_text', { actual: kind }) : readText(shown),
    toKey: KEYS.get(sqlType.base) ?? ((canonical) => canonical),
  };
}

/** Types whose equality is not that of their text: char(n) is padded with spaces, citext knows no case. */
const KEYS: ReadonlyMap<string, (canonical: string) => string> = new Map([
  ['character', (canonical: string) => canonical.replace(/ +$/, '')],
  ['citext', (canonical: string) => canonical.toLowerCase()],
]);
