/** Two fields of a source that lead to one field of the collection: which one counts is not for us to say. */
import { AppError } from '../core/errors.ts';
import { quoteName } from '../core/show-invisible.ts';
import { ADDED_COLUMNS } from './added-columns.ts';
import type { Collection } from './collection.ts';
import type { FieldMatch } from './field-match.ts';
import type { Mapping } from './mapping.ts';
import { simplifyName } from './same-name.ts';

/** A field of the source. */
interface Source {
  readonly name: string;
  /** What the header has there: `name` is that, or tells it from an equal one. */
  readonly label: string;
  readonly column: number;
}

/** @param cells of a header, by position; absent: the names as they are */
export function findRivals(
  collection: Collection,
  sourceFields: readonly string[],
  cells: readonly string[] | undefined,
  matches: readonly FieldMatch[],
): AppError[] {
  const sources = sourcesOf(sourceFields, cells).filter(({ name }) => !ADDED_COLUMNS.includes(name));
  const taken = new Map(matches.map(({ field, source }) => [source, field]));
  return collection.fields.flatMap(({ name: field, aliases, title }) => {
    const words = new Set([field, ...aliases, ...(title === undefined ? [] : [title])].map(simplifyName));
    const rivals = sources.filter(({ name, label }) => {
      const owner = taken.get(name);
      return owner === field || (owner === undefined && words.has(simplifyName(label)));
    });
    return rivals.length < 2 ? [] : [refuse(collection, field, rivals)];
  });
}

/** What a mapping takes by a name that the header has twice, and says nothing of the other. */
export function findTwins(
  collection: Collection,
  sourceFields: readonly string[],
  cells: readonly string[] | undefined,
  { fields, ignore }: Mapping,
): AppError[] {
  const sources = sourcesOf(sourceFields, cells);
  const named = new Set([...fields.map(({ source }) => source), ...ignore]);
  return fields.flatMap(({ field, source }) => {
    const own = sources.find(({ name }) => name === source);
    if (own === undefined) return [];
    const twins = sources.filter((one) => one.label === own.label && (one === own || !named.has(one.name)));
    return twins.length < 2 ? [] : [refuse(collection, field, twins)];
  });
}

function sourcesOf(names: readonly string[], cells: readonly string[] | undefined): Source[] {
  return names.map((name, i) => ({ name, label: cells?.[i] ?? name, column: i + 1 }));
}

function refuse({ name: collection }: Collection, field: string, rivals: readonly Source[]): AppError {
  const [first, second] = rivals as [Source, Source];
  const isTwice = rivals.every(({ label }) => label === first.label);
  const columns = rivals.map(({ column }) => column);
  const what = isTwice
    ? `${quoteName(first.label)} more than once (columns ${joined(columns.map(String))})`
    : joined(rivals.map(({ label }) => quoteName(label)));
  const called = rivals.some(({ name, label }) => name !== label)
    ? `, where they are called ${joined(rivals.map(({ name }) => quoteName(name)))}`
    : '';
  return new AppError(
    'job.field_mismatch',
    `The source has ${what}, and ${rivals.length === 2 ? 'both lead' : 'all lead'} to ${quoteName(field)} of ${collection}. ` +
      `Rename or remove all but one, or say with a mapping which one counts and ignore the others${called}.`,
    { details: { field, source: first.name, sources: rivals.map(({ name }) => name), other: second.name } },
  );
}

function joined(words: readonly string[]): string {
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`;
}
