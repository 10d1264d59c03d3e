import { nameOf, type Schema } from './document.ts';
import { type Html, html, renderLine, renderText } from './html.ts';

/** A schema in a few words, such as `array of Job` or `integer, 1 to 500`. */
export function renderType(schema: Schema): Html {
  if (schema.$ref !== undefined) {
    const name = nameOf(schema.$ref);
    return html`<a href="#schema-${name}">${name}</a>`;
  }
  if (schema.enum !== undefined) {
    return html`${schema.enum.map((value, index) => html`${index > 0 ? ' | ' : ''}<code>${String(value)}</code>`)}`;
  }
  const variants = schema.anyOf ?? schema.oneOf;
  if (variants !== undefined)
    return html`${variants.map((one, index) => html`${index > 0 ? ' or ' : ''}${renderType(one)}`)}`;
  if (schema.type === 'array') return html`array of ${renderType(schema.items ?? {})}${renderBounds(schema)}`;
  const type = [schema.type ?? 'any'].flat().join(' or ');
  if (type === 'object' && typeof schema.additionalProperties === 'object') {
    return html`object of ${renderType(schema.additionalProperties)}`;
  }
  return html`${schema.format ?? type}${renderBounds(schema)}`;
}

function renderBounds(schema: Schema): string {
  const { minimum, maximum, minLength, maxLength, minItems, maxItems } = schema;
  const ranges = [
    renderRange(minimum, maximum, ''),
    renderRange(minLength, maxLength, ' characters'),
    renderRange(minItems, maxItems, ' of them'),
  ].filter((range) => range !== '');
  return ranges.map((range) => `, ${range}`).join('');
}

function renderRange(from: number | undefined, to: number | undefined, unit: string): string {
  const [first, last] = [from?.toLocaleString('en'), to?.toLocaleString('en')];
  if (first !== undefined && last !== undefined)
    return first === last ? `${first}${unit}` : `${first} to ${last}${unit}`;
  if (last !== undefined) return `at most ${last}${unit}`;
  // That a count is no less than nothing goes without saying.
  return first === undefined || first === '0' ? '' : `at least ${first}${unit}`;
}

/** The members of an object, one a row, with those of objects inside below them. */
export function renderMembers(schema: Schema): Html {
  const rows = memberRows(schema, '');
  if (rows.length === 0) return html`<p>${renderType(schema)}</p>`;
  return html`<div class="scroll"><table><thead><tr><th>member</th><th>type</th><th>what</th></tr></thead><tbody>${rows}</tbody></table></div>`;
}

function memberRows(schema: Schema, prefix: string): Html[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, member]) => {
    const isRequired = schema.required?.includes(name) === true;
    const inner = member.properties === undefined ? member.items : member;
    const below =
      inner?.properties === undefined
        ? []
        : memberRows(inner, `${prefix}${name}${inner === member ? '' : '[]'}.`);
    return [
      html`<tr><td><code>${prefix}${name}</code>${isRequired ? html`<b class="required" title="always there">*</b>` : ''}</td><td>${renderType(member)}</td><td>${renderLine(member.description ?? '')}</td></tr>`,
      ...below,
    ];
  });
}

export function renderNamedSchema(name: string, schema: Schema): Html {
  const description = schema.description === undefined ? '' : renderText(schema.description);
  return html`<section class="schema" id="schema-${name}"><h3><a href="#schema-${name}">${name}</a></h3>${description}${renderMembers(schema)}</section>`;
}
