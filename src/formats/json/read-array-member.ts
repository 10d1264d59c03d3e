/** A JSON document with one long array in it, read element by element and never as a whole. */
import { AppError } from '../../core/errors.ts';
import { describeIssue } from '../../core/issue.ts';
import type { JsonDialect, ReadLimits, SourceRecord, SourceValue } from '../format.ts';
import { ArrayMember } from './array-member.ts';
import { JsonReader } from './json-reader.ts';

const DIALECT: JsonDialect = { format: 'json', encoding: 'utf-8', hasBom: false, compression: 'none' };

/** What a document may have beside its array. */
const MAX_REST_BYTES = 1024 * 1024;

/**
 * Gives the members of each element; returns what the document has beside the array, in whose place is an empty one.
 *
 * @param name of the array, a member of the object that the document is
 * @throws AppError `source.unreadable` for what is no such document, `format.limit_exceeded` where it has more than 1 MiB beside the array
 */
export async function* readArrayMember(
  bytes: AsyncIterable<Uint8Array>,
  name: string,
  limits: ReadLimits,
): AsyncGenerator<ReadonlyMap<string, SourceValue>, unknown> {
  const array = new ArrayMember(name);
  const reader = new JsonReader(DIALECT, { dialect: DIALECT, limits });
  for await (const chunk of bytes) {
    for (const piece of array.push(chunk)) {
      for (const record of reader.push(piece)) yield membersOf(record, reader.fields, name);
    }
    if (array.restBytes > MAX_REST_BYTES) throw tooMuch(name);
    if (array.count > 1) throw unreadable(`it has "${name}" more than once`);
  }
  if (array.count === 0) throw unreadable(`it is no object with an array "${name}"`);
  for (const record of reader.end()) yield membersOf(record, reader.fields, name);
  return parseRest(array.rest());
}

function membersOf(
  { values, problems, number }: SourceRecord,
  fields: readonly string[],
  name: string,
): ReadonlyMap<string, SourceValue> {
  const [problem] = problems ?? [];
  if (problem !== undefined) throw unreadable(`element ${number} of "${name}": ${describeIssue(problem)}`);
  const members = new Map<string, SourceValue>();
  for (const [position, value] of values.entries()) {
    if (value !== undefined) members.set(fields[position] as string, value);
  }
  return members;
}

function parseRest(bytes: Buffer): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (error) {
    throw unreadable((error as Error).message, error);
  }
}

function unreadable(reason: string, cause?: unknown): AppError {
  return new AppError('source.unreadable', `The document cannot be read: ${reason}.`, { cause });
}

function tooMuch(name: string): AppError {
  return new AppError(
    'format.limit_exceeded',
    `The document has more than ${MAX_REST_BYTES} bytes beside "${name}".`,
  );
}
