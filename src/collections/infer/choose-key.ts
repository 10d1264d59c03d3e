import type { FieldTally } from './field-tally.ts';

export interface KeyCandidate {
  readonly name: string;
  readonly type: string;
  readonly tally: FieldTally;
}

export interface KeyChoice {
  readonly key: readonly string[];
  /** A sentence. */
  readonly reason: string;
}

/** What identifying fields are called, the most telling first; the last word of the name counts (`zip_code`, `userId`). */
const KEY_WORDS = [
  'id',
  'uuid',
  'guid',
  'key',
  'code',
  'zip',
  'zipcode',
  'postcode',
  'email',
  'sku',
  'isbn',
  'iata',
  'number',
  'no',
  'slug',
];
const KEY_TYPES = ['text', 'integer', 'uuid'];
/** Uniqueness among fewer records says nothing. */
const MIN_RECORDS = 2;

/** A field of which every sampled record has another value, and whose name says that this is not an accident. */
export function chooseKey(candidates: readonly KeyCandidate[], sampled: number): KeyChoice {
  const unique = candidates.filter(({ tally, type }) => {
    return KEY_TYPES.includes(type) && tally.values === sampled && tally.distinct.size === sampled;
  });
  const ranked = unique
    .map(({ name }) => ({
      name,
      rank: KEY_WORDS.indexOf(lastWord(name)),
      isWhole: lastWord(name) === name.toLowerCase(),
    }))
    .filter(({ rank }) => rank >= 0)
    .sort((a, b) => Number(b.isWhole) - Number(a.isWhole) || a.rank - b.rank);
  const [best] = ranked;
  if (best === undefined || sampled < MIN_RECORDS)
    return { key: [], reason: whyNone(candidates, unique, sampled) };
  return { key: [best.name], reason: `${best.name} is different in each of ${sampled} sampled records.` };
}

function lastWord(name: string): string {
  const words = name
    .replaceAll(/([a-z])([A-Z])/g, '$1 $2')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u);
  return words.filter((word) => word !== '').at(-1) ?? '';
}

function whyNone(
  candidates: readonly KeyCandidate[],
  unique: readonly KeyCandidate[],
  sampled: number,
): string {
  if (sampled < MIN_RECORDS) return 'No key, because the sample is too small to tell.';
  if (unique.length > 0) {
    const names = unique.map(({ name }) => name).join(', ');
    return `No key: ${names} ${unique.length === 1 ? 'is' : 'are'} different in each of ${sampled} sampled records, but none is named like a key.`;
  }
  const named = candidates.filter(({ name }) => KEY_WORDS.includes(lastWord(name))).map(({ name }) => name);
  const detail =
    named.length > 0
      ? ` (${named.join(', ')} ${named.length === 1 ? 'repeats' : 'repeat'} or ${named.length === 1 ? 'has' : 'have'} gaps)`
      : '';
  return `No key, because no field is different in each of ${sampled} sampled records${detail}.`;
}
