/** The key of a record beside its issues: read where the issue is found, and compared with one that somebody asks for. */
import { AppError } from '../core/errors.ts';
import { cutIssueValue } from '../core/issue.ts';
import { type Collection, type ColumnFacts, FIELD_TYPES, type Field } from './collection.ts';
import { createReader } from './judge/create-reader.ts';
import { acceptedText } from './judge/value-reader.ts';
import { parseSqlType } from './sql-type.ts';

/**
 * Where the key's values lie among `fields`, in the key's order; undefined where issues have no key: the collection has none, `fields`
 * lacks a part of it, or a part is sensitive.
 */
export function findKeyPositions(
  collection: Collection,
  fields: readonly string[],
): readonly number[] | undefined {
  const positions = collection.key.map((name) => fields.indexOf(name));
  const isShown = positions.length > 0 && !positions.includes(-1) && !hasSensitiveKey(collection);
  return isShown ? positions : undefined;
}

/**
 * Reads the key of a record for its issues: the canonical texts in the key's order, each cut as values of issues are. Gives undefined where
 * `findKeyPositions` does, and for a record that lacks a part of its key.
 */
export function createKeyReader(
  collection: Collection,
  fields: readonly string[],
): (valueAt: (position: number) => unknown) => readonly string[] | undefined {
  const positions = findKeyPositions(collection, fields);
  if (positions === undefined) return () => undefined;
  return (valueAt) => {
    const key: string[] = [];
    for (const position of positions) {
      const value = valueAt(position);
      if (typeof value !== 'string') return undefined;
      key.push(cutIssueValue(value));
    }
    return key;
  };
}

/**
 * Tells whether an issue's key is the one that is asked for. Values of the column's type count, not how they are written: `1.5` is `1.50`, and
 * a point in time is the same in any offset. For one type PostgreSQL and the judge write canonical texts that differ so. What only the
 * database knows of equality (collations, operator classes of an index) does not count.
 *
 * @param facts what the job knew of the columns; those that are not among them are what a managed table would have
 * @throws AppError `request.invalid` when the collection's issues have no key, or one of another number of fields
 */
export function createKeyMatch(
  collection: Collection,
  asked: readonly string[],
  facts: readonly ColumnFacts[] = [],
): (key: readonly string[] | undefined) => boolean {
  assertAskable(collection, asked);
  const forms = collection.key.map((name) => {
    const field = collection.fields.find((one) => one.name === name);
    return createForm(
      field,
      facts.find(({ column }) => column === field?.column),
    );
  });
  const wanted = asked.map((text, at) => forms[at]?.(text));
  return (key) => key?.every((text, at) => forms[at]?.(text) === wanted[at]) ?? false;
}

function assertAskable(collection: Collection, asked: readonly string[]): void {
  const { name, key } = collection;
  if (key.length === 0) throw invalid(`Collection ${name} has no key, so its issues cannot be found by one.`);
  if (hasSensitiveKey(collection))
    throw invalid(
      `The key of collection ${name} (${key.join(', ')}) is sensitive, so issues do not have it.`,
    );
  if (asked.length === key.length) return;
  throw invalid(
    `The key of collection ${name} is ${key.join(', ')}: give "key" ${key.length === 1 ? 'once' : `${key.length} times, in this order`}, got ${asked.length}.`,
  );
}

function invalid(message: string): AppError {
  return new AppError('request.invalid', message);
}

function hasSensitiveKey({ key, fields }: Collection): boolean {
  return fields.some((field) => key.includes(field.name) && field.rules.sensitive === true);
}

/** Equal texts for equal values; what the type does not take is compared as it is written, and cut as issues have it. */
function createForm(field: Field | undefined, facts: ColumnFacts | undefined): (text: string) => string {
  if (field === undefined) return cutIssueValue;
  const sqlType = parseSqlType(facts?.sqlType ?? FIELD_TYPES[field.type]);
  const reader = createReader({ field: { ...field, rules: {} }, facts, sqlType, isJsonSource: false });
  return (text) => {
    const read = acceptedText(reader.readText(field.type === 'text' ? cutIssueValue(text) : text));
    return read === undefined ? cutIssueValue(text) : reader.toKey(read);
  };
}
