/** Which field of a source is which field of the collection: worked out from the names, with the evidence, or set. */
import { closestWord, didYouMean } from '../core/did-you-mean.ts';
import { AppError } from '../core/errors.ts';
import type { IgnoredField, ImportMode } from '../core/job.ts';
import { quoteName, showName } from '../core/show-invisible.ts';
import { ADDED_COLUMNS, addedColumnsOf } from './added-columns.ts';
import type { Collection, ColumnFacts, Field } from './collection.ts';
import type { FieldMatch, MatchReason } from './field-match.ts';
import { filledBy, leaveOutFilled } from './filled-by-target.ts';
import type { Mapping } from './mapping.ts';
import { findRivals, findTwins } from './rival-fields.ts';
import { lookOf, simplifyName } from './same-name.ts';

export interface MatchOptions {
  readonly collection: Collection;
  /** Names in the source, in order. */
  readonly sourceFields: readonly string[];
  /** Cells of the header that these names were made of, by position; absent: they are the names. */
  readonly headerCells?: readonly string[] | undefined;
  /** False where further names may come later, as in JSON: then a missing field is a matter of each record. */
  readonly isComplete: boolean;
  readonly mode: ImportMode;
  /** Set with the job; then nothing is guessed. */
  readonly mapping?: Mapping;
  /** What is known about the columns: a column without default that may not be null is required as well. */
  readonly facts?: readonly ColumnFacts[];
}

export interface MatchResult {
  readonly mapping: Mapping;
  readonly matches: readonly FieldMatch[];
  /** Source fields that lead nowhere and are not ignored on purpose. */
  readonly unknownFields: readonly string[];
  /** The same, with the field that each may have been meant for; and what only the target fills. */
  readonly ignoredFields: readonly IgnoredField[];
  /** Columns without a name that lead nowhere: empty ones are none. */
  readonly namelessFields: readonly string[];
  /** Why the job cannot run; empty when it can. */
  readonly errors: readonly AppError[];
}

/** Matches names in the order exact, alias, title, similar; a name that fits two fields fits none. */
export function matchFields(options: MatchOptions): MatchResult {
  const { sourceFields, mapping: given } = options;
  const mapping = given === undefined ? undefined : withSourceNames(given, sourceFields);
  if (mapping !== undefined) {
    const matches = mapping.fields.map(givenMatch);
    return { ...judgeMatches(options, matches, mapping, mapping), matches };
  }
  const { matches, filled } = leaveOutFilled(guessMatches(options), options.collection, options.facts ?? []);
  const found = {
    fields: matches.map(({ field, source }) => ({ field, source: source ?? field })),
    ignore: filled.map(({ source }) => source),
    ...(filled.length > 0 && { filled }),
  };
  return { ...judgeMatches(options, matches, found, undefined), matches };
}

function judgeMatches(
  options: MatchOptions,
  matches: readonly FieldMatch[],
  mapping: Mapping,
  given: Mapping | undefined,
): Omit<MatchResult, 'matches'> {
  const { collection, sourceFields, headerCells } = options;
  const leftOut = new Set([
    ...addedColumnsOf(sourceFields),
    ...mapping.ignore,
    ...matches.map((match) => match.source),
  ]);
  const leading = sourceFields.flatMap((name, i) =>
    leftOut.has(name) ? [] : [{ name, cell: headerCells?.[i] }],
  );
  const namelessFields = leading.filter(({ cell }) => cell?.trim() === '').map(({ name }) => name);
  const unknownFields = leading.map(({ name }) => name).filter((name) => !namelessFields.includes(name));
  const errors = [
    ...missingKey(options, matches),
    ...missingRequired(options, matches),
    ...unknownTargets(options, matches),
    ...unknownSources(options, matches),
    ...(given === undefined
      ? findRivals(collection, sourceFields, headerCells, matches)
      : findTwins(collection, sourceFields, headerCells, given)),
    ...nothingMatched(collection, sourceFields, matches),
    ...(collection.unknownFields === 'error' ? refusedFields(collection, unknownFields) : []),
  ];
  const filled = (mapping.filled ?? []).filter(({ source }) => sourceFields.includes(source));
  const ignoredFields = [
    ...filled.map(({ source, because }) => ({ name: source, because })),
    ...describeIgnored(collection, unknownFields, matches),
  ];
  return {
    mapping: namelessFields.length === 0 ? mapping : { ...mapping, nameless: namelessFields },
    unknownFields,
    ignoredFields,
    namelessFields,
    errors,
  };
}

/** What was most likely meant, among the fields that the source does not fill. */
function describeIgnored(
  { fields }: Collection,
  unknownFields: readonly string[],
  matches: readonly FieldMatch[],
): IgnoredField[] {
  const filled = new Set(matches.filter(({ by }) => by !== 'awaited').map(({ field }) => field));
  const open = fields.map(({ name }) => name).filter((name) => !filled.has(name));
  return unknownFields.map((name) => {
    const closest = closestWord(name, open);
    return closest === undefined ? { name } : { name, closest };
  });
}

/** A mapping is written by hand, or on another machine: names that look the same are meant. */
function withSourceNames(mapping: Mapping, sourceFields: readonly string[]): Mapping {
  const find = (source: string) => {
    if (sourceFields.includes(source)) return source;
    const alike = sourceFields.filter((name) => lookOf(name) === lookOf(source));
    return alike.length === 1 ? (alike[0] ?? source) : source;
  };
  const fields = mapping.fields.map((mapped) =>
    mapped.source === undefined ? mapped : { ...mapped, source: find(mapped.source) },
  );
  return { ...mapping, fields, ignore: mapping.ignore.map(find) };
}

function givenMatch({ field, source }: Mapping['fields'][number]): FieldMatch {
  return source === undefined ? { field, by: 'mapping' } : { field, source, by: 'mapping' };
}

function guessMatches({ collection, sourceFields, isComplete }: MatchOptions): FieldMatch[] {
  const free = new Set(sourceFields.filter((name) => !ADDED_COLUMNS.includes(name)));
  const found = new Map<Field, FieldMatch>();
  const rounds: [MatchReason, (field: Field) => readonly string[], (name: string) => string][] = [
    ['name', (field) => [field.name], (name) => name],
    ['alias', (field) => field.aliases, (name) => name],
    ['title', (field) => (field.title === undefined ? [] : [field.title]), (name) => name],
    [
      'similar',
      (field) => [field.name, ...field.aliases, ...(field.title === undefined ? [] : [field.title])],
      simplifyName,
    ],
  ];
  for (const [by, wordsOf, normalise] of rounds) {
    const open = collection.fields.filter((field) => !found.has(field));
    for (const [field, source] of matchRound(open, [...free], wordsOf, normalise)) {
      found.set(field, { field: field.name, source, by });
      free.delete(source);
    }
  }
  return collection.fields.flatMap((field): FieldMatch[] => {
    const match = found.get(field);
    if (match !== undefined) return [match];
    return isComplete ? [] : [{ field: field.name, source: field.name, by: 'awaited' }];
  });
}

/** Pairs that fit one to one. */
function matchRound(
  fields: readonly Field[],
  sources: readonly string[],
  wordsOf: (field: Field) => readonly string[],
  normalise: (name: string) => string,
): [Field, string][] {
  const pairs = fields.flatMap((field) => {
    const words = new Set(wordsOf(field).map(normalise));
    return sources
      .filter((source) => words.has(normalise(source)))
      .map((source): [Field, string] => [field, source]);
  });
  const isOnly = (field: Field, source: string) =>
    pairs.every(([otherField, otherSource]) => (otherField === field) === (otherSource === source));
  return pairs.filter(([field, source]) => isOnly(field, source));
}

function missingKey({ collection, sourceFields, isComplete }: MatchOptions, matches: readonly FieldMatch[]) {
  const missing = collection.key.filter((name) => !isMatched(name, matches, isComplete));
  return missing.map((field) => {
    const hint = didYouMean(field, sourceFields);
    const message = `The source has no field for ${quoteName(field)}, which is part of the key of ${collection.name}${hint}. It has: ${list(sourceFields)}.`;
    return new AppError('job.missing_key_field', message, {
      details: { field, sourceFields: sourceFields.slice(0, 100) },
    });
  });
}

function missingRequired(options: MatchOptions, matches: readonly FieldMatch[]): AppError[] {
  const { collection, mode, isComplete, sourceFields } = options;
  if (mode === 'update' || mode === 'delete') return [];
  const missing = collection.fields.filter((field) => {
    return (
      isNeeded(field, options) &&
      !collection.key.includes(field.name) &&
      !isMatched(field.name, matches, isComplete)
    );
  });
  return missing.map(({ name }) => {
    const hint = didYouMean(name, sourceFields);
    return mismatch(
      `The source has no field for ${quoteName(name)}, which ${collection.name} requires${hint}.`,
      {
        field: name,
      },
    );
  });
}

function isNeeded(field: Field, { facts = [] }: MatchOptions): boolean {
  const column = facts.find((facts) => facts.column === field.column);
  if (filledBy(field, facts) !== undefined) return false;
  return field.schema.isRequired || !(column === undefined || column.isNullable || column.hasDefault);
}

function isMatched(name: string, matches: readonly FieldMatch[], isComplete: boolean): boolean {
  return matches.some((match) => match.field === name && (match.by !== 'awaited' || !isComplete));
}

/** A mapping may be written by hand, and must name fields that the collection has. */
function unknownTargets({ collection }: MatchOptions, matches: readonly FieldMatch[]): AppError[] {
  const names = collection.fields.map((field) => field.name);
  return matches
    .filter(({ field }) => !names.includes(field))
    .map(({ field }) => {
      const hint = didYouMean(field, names);
      return mismatch(
        `The mapping fills ${quoteName(field)}, which ${collection.name} does not have${hint}.`,
        {
          field,
        },
      );
    });
}

/** A mapping must name what is there. */
function unknownSources({ sourceFields, isComplete, mapping }: MatchOptions, matches: readonly FieldMatch[]) {
  if (mapping === undefined || !isComplete) return [];
  const missing = matches.filter(({ source }) => source !== undefined && !sourceFields.includes(source));
  return missing.map(({ field, source = '' }) => {
    const hint = didYouMean(source, sourceFields);
    return mismatch(
      `The mapping takes ${quoteName(field)} from ${quoteName(source)}, which the source does not have${hint}.`,
      {
        field,
        source,
      },
    );
  });
}

function nothingMatched(
  collection: Collection,
  sourceFields: readonly string[],
  matches: readonly FieldMatch[],
) {
  if (matches.some((match) => match.by !== 'awaited') || sourceFields.length === 0) return [];
  const names = list(collection.fields.map((field) => field.name));
  return [
    mismatch(
      `No field of the source is one of ${collection.name}: it has ${list(sourceFields)}; expected ${names}.`,
      {},
    ),
  ];
}

function refusedFields(collection: Collection, unknownFields: readonly string[]): AppError[] {
  const names = collection.fields.map((field) => field.name);
  return unknownFields.map((source) => {
    return mismatch(
      `${collection.name} has no field ${quoteName(source)}${didYouMean(source, names)}, and refuses unknown fields.`,
      { source },
    );
  });
}

function mismatch(message: string, details: Record<string, unknown>): AppError {
  return new AppError('job.field_mismatch', message, { details });
}

function list(names: readonly string[]): string {
  if (names.length === 0) return 'none';
  const shown = names.slice(0, 20).map(showName).join(', ');
  return names.length > 20 ? `${shown} and ${names.length - 20} more` : shown;
}
