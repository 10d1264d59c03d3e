import type { JsonDialect, RecordWriter, SourceValue } from '../format.ts';

/** Renders one record as a JSON object on one line; fields that are `undefined` are left out. */
export function objectRenderer(fields: readonly string[]): (values: readonly SourceValue[]) => string {
  const names = fields.map((field) => `${JSON.stringify(field)}:`);
  return (values) => {
    let text = '';
    for (let i = 0; i < names.length; i += 1) {
      const value = values[i];
      if (value === undefined) continue;
      text += (text === '' ? '{' : ',') + (names[i] as string) + renderValue(value);
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

/** `"name":value` on one line; nothing for a value that is absent. */
export function renderMember(name: string, value: SourceValue): readonly string[] {
  return value === undefined ? [] : [`${JSON.stringify(name)}:${renderValue(value)}`];
}

function renderValue(value: Exclude<SourceValue, undefined>): string {
  if (value === null) return 'null';
  if (typeof value === 'string') return JSON.stringify(value);
  // Line breaks in JSON's source text can only stand between tokens, where a space means the same.
  return /[\r\n]/.test(value.text) ? value.text.replace(/[\r\n]+/g, ' ') : value.text;
}

/** Writes a JSON array with one element per line. */
export function createJsonWriter(dialect: JsonDialect, fields: readonly string[]): RecordWriter {
  const render = objectRenderer(fields);
  let separator = '';
  return {
    begin: () => {
      separator = '\n';
      return dialect.hasBom ? '\uFEFF[' : '[';
    },
    record: (values) => {
      const text = separator + render(values);
      separator = ',\n';
      return text;
    },
    end: () => '\n]\n',
  };
}
