/** An empty file to fill in, for `collections template`. */
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

/** Names of the fields, in order: the header line's fields, before any quoting. */
export function templateHeader({ fields }: Collection): readonly string[] {
  return fields.map((field) => field.name);
}

/** A CSV header line (RFC 4180, with `\r\n`). */
export function renderCsvTemplate(collection: Collection): string {
  const quote = (name: string) =>
    /[",\r\n]|^\s|\s$|^$/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
  return `${templateHeader(collection).map(quote).join(',')}\r\n`;
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
  const { type: kind } = (schema.nested ?? {}) as { type?: unknown };
  return kind === 'array' ? [] : {};
}
