import { parseJsonWithSource } from '../schema/json-value.ts';
import { createNestedCheck } from './nested-check.ts';
import {
  isRemarked,
  type ReaderContext,
  type Reading,
  type Refusal,
  type Remarked,
  refusal,
  type ValueReader,
} from './value-reader.ts';

/** Thrown out of the recursion and caught in this file. */
class ElementRefused extends Error {
  readonly reading: Refusal;
  constructor(reading: Refusal) {
    super(reading.code);
    this.reading = reading;
  }
}

const NOT_ARRAY = refusal('field.not_json', { reason: 'expected an array' });

/** Readers of the column's element type. */
export interface ElementReaders {
  readonly ofJson: ValueReader;
  readonly ofLiteral: ValueReader;
  /** `jsonb[]`: an array in the array is an element, not a dimension. */
  readonly isJson: boolean;
}

/**
 * Array columns (`text[]`): a JSON array becomes PostgreSQL's literal. A text may be a JSON array or such a literal
 * (`{a,"b c",NULL}`) of one dimension.
 */
export function createArrayReader(
  { field, isJsonSource }: ReaderContext,
  elements: ElementReaders,
): ValueReader {
  /** The first thing that was said about an element of the array that is read. */
  let remark: Remarked | undefined;
  const note = (reading: Reading): Reading => {
    if (typeof reading === 'string' || !isRemarked(reading)) return reading;
    remark ??= reading;
    return reading.value;
  };
  const ofJson = noting(elements.ofJson, note);
  const ofLiteral = noting(elements.ofLiteral, note);
  const withRemark = (read: () => Reading): Reading => {
    remark = undefined;
    const reading = read();
    return typeof reading === 'string' && remark !== undefined
      ? { ...(remark as Remarked), value: reading }
      : reading;
  };
  const { nested } = field.schema;
  const checkNested = nested === undefined ? undefined : createNestedCheck(nested);
  const render = (values: readonly unknown[]) =>
    elements.isJson ? renderRow(values, ofJson) : renderArray(values, ofJson);
  const readArray = (text: string): Reading => {
    try {
      const value = parseJsonWithSource(text, keepNumberText);
      return Array.isArray(value) ? (checkNested?.(text) ?? render(value)) : NOT_ARRAY;
    } catch (error) {
      return error instanceof ElementRefused ? error.reading : NOT_ARRAY;
    }
  };
  return {
    readText: (text) => {
      if (isJsonSource) return NOT_ARRAY;
      return withRemark(() => (text.startsWith('{') ? readLiteral(text, ofLiteral) : readArray(text)));
    },
    readJson: (value) => (value.kind === 'array' ? withRemark(() => readArray(value.text)) : NOT_ARRAY),
    toKey: (canonical) => canonical,
  };
}

function noting(
  { readText, readJson, toKey }: ValueReader,
  note: (reading: Reading) => Reading,
): ValueReader {
  return { readText: (text) => note(readText(text)), readJson: (value) => note(readJson(value)), toKey };
}

/** A number as its source wrote it; a class of its own tells it from a string. */
class NumberText {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

function keepNumberText(_key: string, value: unknown, context: { source?: string }): unknown {
  return typeof value === 'number' ? new NumberText(context.source ?? String(value)) : value;
}

/** PostgreSQL's arrays are rectangular: sub-arrays of different lengths are refused. */
function renderArray(values: readonly unknown[], element: ValueReader): string {
  const inner = values.map((value) =>
    Array.isArray(value) ? renderArray(value, element) : renderElement(value, element),
  );
  const shapes = new Set(values.map((value) => (Array.isArray(value) ? shapeOf(value) : '')));
  if (shapes.size > 1)
    throw new ElementRefused(refusal('field.not_json', { reason: 'its rows differ in length' }));
  return `{${inner.join(',')}}`;
}

function renderRow(values: readonly unknown[], element: ValueReader): string {
  return `{${values.map((value) => renderElement(value, element)).join(',')}}`;
}

function shapeOf(value: unknown): string {
  return Array.isArray(value) ? `[${value.length}${shapeOf(value[0])}]` : '';
}

function renderElement(value: unknown, element: ValueReader): string {
  if (value === null) return 'NULL';
  const reading = readElement(value, element);
  if (typeof reading !== 'string') throw new ElementRefused(reading);
  return `"${reading.replaceAll(/["\\]/g, String.raw`\$&`)}"`;
}

function readElement(value: unknown, element: ValueReader): Reading {
  if (typeof value === 'string') return element.readText(value);
  if (value instanceof NumberText) return element.readJson({ kind: 'number', text: value.text });
  if (typeof value === 'boolean') return element.readJson({ kind: 'boolean', text: String(value) });
  const text = JSON.stringify(value, (_key, inner: unknown) =>
    inner instanceof NumberText ? rawJson(inner.text) : inner,
  );
  return element.readJson({ kind: 'object', text });
}

/** A number that is written out digit by digit; TypeScript's library does not know `JSON.rawJSON` yet. */
const { rawJSON: rawJson } = JSON as unknown as { readonly rawJSON: (text: string) => unknown };

/** An element with or without quotes, then a comma or the closing brace. */
const LITERAL_ELEMENT = /\s*(?:"((?:[^"\\]|\\[^])*)"|([^\s"{},\\](?:[^"{},\\]*[^\s"{},\\])?))\s*([,}])/y;

/** The schema of nested values says nothing about a literal, whose elements have no JSON types. */
function readLiteral(text: string, element: ValueReader): Reading {
  const bad = refusal('field.not_json', { reason: 'expected an array such as ["a","b"] or {a,b}' });
  const values: (string | null)[] = [];
  if (/^\{\s*\}$/.test(text)) return '{}';
  LITERAL_ELEMENT.lastIndex = 1;
  for (let end = ','; end === ','; ) {
    const match = LITERAL_ELEMENT.exec(text);
    if (match === null) return bad;
    const bare = match[2];
    values.push(
      bare?.toUpperCase() === 'NULL' ? null : (bare ?? (match[1] ?? '').replaceAll(/\\([^])/g, '$1')),
    );
    end = match[3] ?? '}';
    if (end === '}' && match.index + match[0].length !== text.length) return bad;
  }
  try {
    return renderRow(values, element);
  } catch (error) {
    return error instanceof ElementRefused ? error.reading : bad;
  }
}
