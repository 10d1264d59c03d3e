import type { Collection } from './collection.ts';
import type { Mapping } from './mapping.ts';
import { lookOf, simplifyName } from './same-name.ts';

/**
 * Tells how many fields of a collection these names lead to, so that a header is known from a record. With a mapping it is the names that
 * the mapping takes fields from.
 */
export function createRecognition(
  collection: Collection,
  mapping?: Mapping,
): (names: readonly string[]) => number {
  const [simplify, words] =
    mapping === undefined
      ? ([simplifyName, collection.fields.map(wordsOf)] as const)
      : ([lookOf, mapping.fields.flatMap(({ source }) => (source === undefined ? [] : [[source]]))] as const);
  return countFields(words, simplify);
}

/** The same for names that a source is expected to have, each of a field of its own. */
export function recogniseNames(names: readonly string[]): (names: readonly string[]) => number {
  return countFields(
    names.map((name) => [name]),
    lookOf,
  );
}

/** @param words of each field */
function countFields(
  words: readonly (readonly string[])[],
  simplify: (word: string) => string,
): (names: readonly string[]) => number {
  const exact = new Map(entries(words, (word) => word));
  const alike = new Map(entries(words, simplify).filter(([word]) => word !== ''));
  return (names) => {
    const fields = names.map((name) => exact.get(name) ?? alike.get(simplify(name)));
    return new Set(fields.filter((field) => field !== undefined)).size;
  };
}

function entries(
  words: readonly (readonly string[])[],
  simplify: (word: string) => string,
): (readonly [string, number])[] {
  return words.flatMap((alternatives, field) => alternatives.map((word) => [simplify(word), field] as const));
}

function wordsOf({ name, aliases, title }: Collection['fields'][number]): readonly string[] {
  return title === undefined ? [name, ...aliases] : [name, ...aliases, title];
}
