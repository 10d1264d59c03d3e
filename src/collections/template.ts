/** An empty file to fill in, for the template of a collection. */
import type { Collection, Field, FieldType } from './collection.ts';

/** Values that show the notation; the schema's own allowed values come first. */
const EXAMPLES: Readonly<Record<FieldType, string>> = {
  text: 'text',
  integer: '1',
  number: '1.5',
  boolean: 'true',
  date: '2024-01-31',
  time: '12:30:00',
  'date-time': '2024-01-31T12:30:00Z',
  uuid: '123e4567-e89b-42d3-a456-426614174000',
  json: '{}',
};

/**
 * What stands above the columns of a file to fill in: the fields' names, or their titles for people. A title that an import would take
 * for another field, or that two fields have, is left for the name.
 */
export function templateHeader({ fields }: Collection, words: 'names' | 'titles'): readonly string[] {
  if (words === 'names') return fields.map((field) => field.name);
  const namesOf = ({ name, aliases, title }: Field) => [name, ...aliases, title];
  return fields.map((field) => {
    const isClear = fields.every((other) => other === field || !namesOf(other).includes(field.title));
    return (isClear ? field.title : undefined) ?? field.name;
  });
}

/** A JSON array of one record with a value of the right kind in each field. It shows the form; its values need not be valid. */
export function renderJsonTemplate({ fields }: Collection): string {
  const entries = fields.map((field): [string, unknown] => [field.name, exampleOf(field)]);
  return `${JSON.stringify([Object.fromEntries(entries)], undefined, 2)}\n`;
}

function exampleOf({ type, schema, rules }: Field): unknown {
  const text =
    schema.enum?.[0] ??
    (type === 'boolean' ? 'true' : undefined) ??
    rules.datePatterns?.[0] ??
    EXAMPLES[type];
  if (type === 'integer' || type === 'number') return Number(text);
  if (type === 'boolean') return text === 'true';
  if (type !== 'json') return text;
  return schema.nested?.types[0] === 'array' ? [] : {};
}
