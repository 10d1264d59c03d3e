import type { Collection, Field } from '../../collections/collection.ts';
import { createNotation } from '../../collections/field-notation.ts';
import { asRfc3339 } from '../../collections/stored-date.ts';
import type { CopyTextRow } from '../../formats/copy-text/copy-text-reader.ts';
import type { SourceValue } from '../../formats/format.ts';
import type { FormulaGuard } from '../../formats/guard-formulas.ts';

/** PostgreSQL's text of one value to the text of a file; undefined where they are the same. */
export type RenderText = (stored: string) => string;

/**
 * By field: what an import of the same collection takes back unchanged, as text.
 *
 * @param onOther told of a field with a value that none of its patterns can show
 */
export function textRenderers(
  collection: Collection,
  fields: readonly string[],
  guard?: FormulaGuard,
  onOther: (field: string) => void = () => {},
): (RenderText | undefined)[] {
  return fieldsByName(collection, fields).map((field, position) => {
    if (field.type === 'text') return guard && ((stored) => guard.guard(position, stored));
    const notation = createNotation(field, () => onOther(field.name));
    return notation ?? (field.type === 'date-time' ? asRfc3339 : undefined);
  });
}

/** Rows as the values that a format's writer takes: one for each field, and one more where they are guarded. */
export function createRowRenderer(
  collection: Collection,
  fields: readonly string[],
  options: {
    isTyped: boolean;
    guard?: FormulaGuard | undefined;
    onOther?: (field: string) => void;
  },
): (row: CopyTextRow) => SourceValue[] {
  const { guard } = options;
  const texts = textRenderers(collection, fields, guard, options.onOther);
  const renderers = fieldsByName(collection, fields).map(
    (field, position) => (options.isTyped ? typedRenderer(field) : undefined) ?? texts[position] ?? asText,
  );
  const renderRow = (row: CopyTextRow) =>
    renderers.map((render, position) => {
      const stored = row[position];
      return stored === null || stored === undefined ? null : render(stored);
    });
  return guard === undefined ? renderRow : (row) => [...renderRow(row), guard.cell()];
}

const asText: RenderText = (stored) => stored;

/** JSON and workbooks keep numbers, booleans and nested values as what they are; NaN and infinities have no such form and stay text. */
function typedRenderer({ type }: Field): ((stored: string) => SourceValue) | undefined {
  switch (type) {
    case 'integer':
    case 'number':
      return (stored) => (/^-?\d/.test(stored) ? { kind: 'number', text: stored } : stored);
    case 'boolean':
      return (stored) => ({ kind: 'boolean', text: stored === 't' ? 'true' : 'false' });
    case 'json':
      // Whatever JSON it is, its text goes out as it is.
      return (stored) => ({ kind: 'object', text: stored });
    case 'text':
    case 'date':
    case 'time':
    case 'date-time':
    case 'uuid':
      return undefined;
  }
}

function fieldsByName(collection: Collection, fields: readonly string[]): Field[] {
  return fields.map((name) => {
    const field = collection.fields.find((candidate) => candidate.name === name);
    if (field === undefined) throw new Error(`collection ${collection.name} has no field "${name}"`);
    return field;
  });
}
