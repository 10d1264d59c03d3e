/** A definition that was accepted once is loaded for ever, whatever rules came after it: those are for what is applied. */
import type { Collection } from './collection.ts';
import { parseCollection } from './parse-collection.ts';
import { isExactDecimal } from './schema/read-keyword.ts';

/** @throws AppError `collection.invalid` for what was never accepted */
export function parseStoredCollection(definition: unknown): Collection {
  return parseCollection(withExactNumbers(definition));
}

/**
 * Numbers of fields that a JSON number does not hold were taken as they are read, and are written as texts since: the text of the same
 * number means what was meant then.
 */
function withExactNumbers(definition: unknown): unknown {
  if (!isObject(definition) || !isObject(definition['schema'])) return definition;
  const { schema } = definition;
  const { properties } = schema;
  if (!isObject(properties)) return definition;
  const exact = Object.entries(properties).map(([name, property]) => [
    name,
    isObject(property) ? exactMembers(property) : property,
  ]);
  return { ...definition, schema: { ...schema, properties: Object.fromEntries(exact) } };
}

function exactMembers(property: Readonly<Record<string, unknown>>): object {
  return Object.fromEntries(
    Object.entries(property).map(([keyword, value]) => [
      keyword,
      keyword === 'enum' && Array.isArray(value) ? value.map(exactValue) : exactValue(value),
    ]),
  );
}

function exactValue(value: unknown): unknown {
  return typeof value === 'number' && !isExactDecimal(value) ? String(value) : value;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
