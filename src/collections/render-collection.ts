import { omitUndefined } from '../core/omit-undefined.ts';
import type { Collection, Field, FieldSchema, FieldType } from './collection.ts';
import { plainDecimal } from './decimal.ts';
import { renderReference } from './parse-references.ts';
import { renderTarget } from './parse-target.ts';
import { isExactDecimal } from './schema/read-keyword.ts';

/**
 * The definition of a collection in the form that `parseCollection` reads: parsing it gives the same collection. Defaults
 * are left out; every column that is not called like its field is written down.
 */
export function renderCollection(collection: Collection): Record<string, unknown> {
  const { key, scope, references, transforms, validators, session } = collection;
  const rules = collection.fields.map((field): [string, object] => [field.name, renderRules(field)]);
  const written = rules.filter(([, rule]) => Object.keys(rule).length > 0);
  return omitUndefined({
    name: collection.name,
    title: collection.title,
    key: unlessEmpty(key),
    keyIndex: collection.keyIndex,
    schema: renderSchema(collection),
    fields: written.length > 0 ? Object.fromEntries(written) : undefined,
    target: renderTarget(collection.target),
    scope: unlessEmpty(scope),
    references: unlessEmpty(references.map(renderReference)),
    session,
    unknownFields: collection.unknownFields === 'ignore' ? undefined : collection.unknownFields,
    transforms: unlessEmpty(transforms),
    validators: unlessEmpty(validators),
  });
}

function unlessEmpty<T>(list: readonly T[]): readonly T[] | undefined {
  return list.length === 0 ? undefined : list;
}

function renderRules({ name, title, aliases, column, rules }: Field): object {
  return omitUndefined({
    title,
    aliases: unlessEmpty(aliases),
    column: column === name ? undefined : column,
    ...rules,
  });
}

/** A schema that goes deeper than fields is given back as it was written, since its parts refer to one another. */
function renderSchema({ fields, recordSchema }: Collection): unknown {
  const deep = recordSchema ?? fields.find((field) => field.schema.nested !== undefined)?.schema.nested;
  if (deep !== undefined) return deep.document;
  const required = fields.filter((field) => field.schema.isRequired).map((field) => field.name);
  return omitUndefined({
    type: 'object',
    properties: Object.fromEntries(fields.map((field) => [field.name, renderProperty(field)])),
    required: unlessEmpty(required),
  });
}

/** JSON Schema's type and format for each of ours. */
const JSON_TYPES: Readonly<Record<FieldType, { type: string | readonly string[]; format?: string }>> = {
  text: { type: 'string' },
  integer: { type: 'integer' },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  time: { type: 'string', format: 'time' },
  'date-time': { type: 'string', format: 'date-time' },
  uuid: { type: 'string', format: 'uuid' },
  json: { type: ['object', 'array', 'string', 'number', 'boolean'] },
};

function renderProperty({ type, schema }: Field): Record<string, unknown> {
  const { minLength, maxLength, pattern, format } = schema;
  const json = JSON_TYPES[type];
  // A field that is not required may be null without saying so.
  const needsNull = schema.isNullable && schema.isRequired;
  return omitUndefined({
    type: needsNull ? [json.type, 'null'].flat() : json.type,
    format: json.format ?? format,
    enum: schema.enum?.map((value) => renderValue(type, value)),
    ...omitUndefined({ minLength, maxLength, pattern }),
    ...renderLimits(schema),
  });
}

function renderLimits(schema: FieldSchema): Record<string, unknown> {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const limits = omitUndefined({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf });
  return Object.fromEntries(Object.entries(limits).map(([name, value]) => [name, renderNumber(value)]));
}

function renderValue(type: FieldType, value: string): unknown {
  if (type === 'boolean') return value === 'true';
  return type === 'integer' || type === 'number' ? renderNumber(value) : value;
}

/** A JSON number where that is exact, else the text. */
function renderNumber(text: string): number | string {
  const value = Number(text);
  return isExactDecimal(value) && plainDecimal(String(value)) === text ? value : text;
}
