import type { Collection } from '../../collections/collection.ts';
import type { CopyTextRow } from '../../formats/copy-text/copy-text-reader.ts';
import type { SourceValue } from '../../formats/format.ts';
import { guardFormula } from '../../formats/guard-formulas.ts';

/** PostgreSQL's text of one value to what an import of the same collection takes back unchanged. */
type RenderValue = (text: string) => SourceValue;

const asText: RenderValue = (text) => text;
const asJson: RenderValue = (text) => ({ kind: text.startsWith('[') ? 'array' : 'object', text });
/** `2024-01-31 10:00:00.5+00` as RFC 3339: the session's zone is UTC. */
const asInstant: RenderValue = (text) => text.replace(' ', 'T').replace(/\+00$/, 'Z');
const asBooleanWord: RenderValue = (text) => (text === 't' ? 'true' : 'false');

/** JSON keeps numbers and booleans as what they are; NaN and infinities have no JSON form and stay text. */
function asJsonScalar(kind: 'number' | 'boolean'): RenderValue {
  if (kind === 'boolean') return (text) => ({ kind, text: text === 't' ? 'true' : 'false' });
  return (text) => (/^-?\d/.test(text) ? { kind, text } : text);
}

function renderValueOf(
  type: Collection['fields'][number]['type'],
  isJson: boolean,
  isGuarded: boolean,
): RenderValue {
  switch (type) {
    case 'integer':
    case 'number':
      return isJson ? asJsonScalar('number') : asText;
    case 'boolean':
      return isJson ? asJsonScalar('boolean') : asBooleanWord;
    case 'json':
      return isJson ? asJson : asText;
    case 'date-time':
      return asInstant;
    case 'text':
      return isGuarded ? guardFormula : asText;
    case 'date':
    case 'time':
    case 'uuid':
      return asText;
  }
}

/** @param fields names, in the order of the rows' columns */
export function createRowRenderer(
  collection: Collection,
  fields: readonly string[],
  options: { isJson: boolean; guardFormulas: boolean },
): (row: CopyTextRow) => SourceValue[] {
  const types = new Map(collection.fields.map((field) => [field.name, field.type]));
  const renderers = fields.map((name) =>
    renderValueOf(types.get(name) ?? 'text', options.isJson, options.guardFormulas && !options.isJson),
  );
  return (row) =>
    renderers.map((render, position) => {
      const text = row[position];
      return text === null || text === undefined ? null : render(text);
    });
}
