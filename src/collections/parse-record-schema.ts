/** The outer object of a collection's JSON Schema: its properties, and the keywords that span them. */
import { didYouMean } from '../core/did-you-mean.ts';
import { compileSchema } from './ajv.ts';
import { ObjectReader } from './definition-reader.ts';

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
  readonly recordSchema: Readonly<Record<string, unknown>> | undefined;
}

export function parseRecordSchema(schema: ObjectReader): ParsedRecordSchema {
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
    recordSchema: readRecordSchema(schema, properties.names),
  };
}

function readRecordSchema(
  schema: ObjectReader,
  names: readonly string[],
): Record<string, unknown> | undefined {
  const keywords = schema.names.filter((name) => RECORD_KEYWORDS.includes(name));
  if (keywords.length === 0) return undefined;
  const dependent = schema.object('dependentRequired');
  for (const name of dependent?.names ?? []) {
    if (dependent) refuseUnknownNames(dependent, name, [name, ...(dependent.texts(name) ?? [])], names);
  }
  const members = keywords.map((name): [string, unknown] => [name, schema.get(name)]);
  if (schema.has('$defs') && JSON.stringify(members).includes('"$ref"'))
    members.push(['$defs', schema.get('$defs')]);
  const recordSchema = Object.fromEntries(members);
  try {
    compileSchema(recordSchema);
  } catch (error) {
    schema.report(
      undefined,
      `the schema does not compile: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
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
