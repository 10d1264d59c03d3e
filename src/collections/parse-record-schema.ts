/** The outer object of a collection's JSON Schema: its properties, and the keywords that span them. */
import { didYouMean } from '../core/did-you-mean.ts';
import type { RecordSchema } from './collection.ts';
import { ObjectReader } from './definition-reader.ts';
import { reportSchemaProblems } from './report-schema-problems.ts';

/** Keywords that are checked on the record as a whole. */
const RECORD_KEYWORDS =
  'allOf anyOf oneOf not if then else dependentRequired dependentSchemas minProperties maxProperties'.split(
    ' ',
  );
const ANNOTATIONS = ['$schema', '$id', '$comment', '$defs', 'title', 'description', 'examples'];
const KNOWN = [...ANNOTATIONS, 'type', 'properties', 'required', 'additionalProperties', ...RECORD_KEYWORDS];
const DRAFT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;

export interface ParsedRecordSchema {
  readonly properties: ObjectReader;
  readonly required: readonly string[];
  readonly definitions: ReadonlyMap<string, unknown>;
  /** `additionalProperties: false`. */
  readonly isClosed: boolean;
  readonly recordSchema: RecordSchema | undefined;
  /** The schema as it was written. */
  readonly document: unknown;
  /** Instructions of the fields' patterns so far. */
  readonly patterns: { instructions: number };
}

/** @param document is what `schema` reads */
export function parseRecordSchema(schema: ObjectReader, document: unknown): ParsedRecordSchema {
  schema.refuseUnknown(KNOWN);
  const draft = schema.text('$schema');
  if (draft !== undefined && !DRAFT.test(draft))
    schema.report('$schema', `expected JSON Schema 2020-12, got "${draft}"`);
  if (schema.has('type') && schema.get('type') !== 'object') schema.report('type', 'a record is an object');
  const properties = schema.object('properties') ?? new ObjectReader({}, schema.path, schema.problems);
  if (properties.names.length === 0) schema.report('properties', 'at least one property is needed');
  const required = schema.texts('required') ?? [];
  refuseUnknownNames(schema, 'required', required, properties.names);
  const definitions = schema.object('$defs');
  return {
    properties,
    required,
    definitions: new Map((definitions?.names ?? []).map((name) => [name, definitions?.get(name)])),
    isClosed: schema.flag('additionalProperties') === false,
    recordSchema: readRecordSchema(schema, document, properties.names),
    document,
    patterns: { instructions: 0 },
  };
}

function readRecordSchema(
  schema: ObjectReader,
  document: unknown,
  names: readonly string[],
): RecordSchema | undefined {
  const keywords = schema.names.filter((name) => RECORD_KEYWORDS.includes(name));
  if (keywords.length === 0) return undefined;
  const dependent = schema.object('dependentRequired');
  for (const name of dependent?.names ?? []) {
    if (dependent) refuseUnknownNames(dependent, name, [name, ...(dependent.texts(name) ?? [])], names);
  }
  const recordSchema = { document, tokens: [], keywords };
  reportSchemaProblems(recordSchema, schema);
  return recordSchema;
}

function refuseUnknownNames(
  reader: ObjectReader,
  member: string,
  used: readonly string[],
  names: readonly string[],
): void {
  for (const name of used) {
    if (!names.includes(name))
      reader.report(member, `there is no property "${name}"${didYouMean(name, names)}`);
  }
}
