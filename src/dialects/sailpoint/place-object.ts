/** One object of an uploaded document -> the record that it is. */
import { parseExactJson } from '../../core/exact-json.ts';
import type { JsonElement, PlacedRecord } from '../dialect.ts';
import type { WireRequest } from '../wire.ts';
import type { SailPointBinding, TypeBinding } from './binding.ts';
import { refuse } from './faults.ts';
import { textOf } from './object-ref.ts';
import type { ObjectType } from './object-types.ts';
import { type ImportOptions, selectTypes } from './read-options.ts';

interface Self {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
}

/** @returns undefined where an object is not meant. @throws Refusal for what is no object of a type that may be imported */
export function createPlacing(
  request: WireRequest,
  binding: SailPointBinding,
  options: ImportOptions,
): (element: JsonElement) => PlacedRecord | undefined {
  const meant = new Set(selectTypes(options, binding));
  return (element) => {
    const self = readSelf(request, element);
    const type = self.type as ObjectType;
    const bound = binding.types.get(type);
    if (bound === undefined) {
      if (options.includeTypes.length > 0) return undefined;
      throw refuse(request, 'illegalValue', `There is no object type ${textOf(self.type)} here.`);
    }
    if (!meant.has(type) || !isChosen(self, options.objectOptions[type])) return undefined;
    if (!bound.importable) {
      throw refuse(request, 'illegalValue', `Objects of the type ${type} cannot be imported.`);
    }
    return { part: type, line: lineOf(request, element, self, bound) };
  };
}

function readSelf(request: WireRequest, element: JsonElement): Self {
  const self = element.get('self');
  if (typeof self === 'object' && self?.kind === 'object') return parseExactJson(self.text) as Self;
  throw refuse(request, 'illegalValue', 'An object of the file has no "self" with its type, id and name.');
}

function isChosen(
  { id, name }: Self,
  choice: { readonly includedIds: readonly string[]; readonly includedNames: readonly string[] } | undefined,
): boolean {
  const { includedIds = [], includedNames = [] } = choice ?? {};
  if (includedIds.length === 0 && includedNames.length === 0) return true;
  return includedIds.includes(textOf(id)) || includedNames.includes(textOf(name));
}

function lineOf(request: WireRequest, element: JsonElement, self: Self, bound: TypeBinding): string {
  const object = element.get('object');
  if (typeof object !== 'object' || object?.kind !== 'object') {
    throw refuse(request, 'illegalValue', `The object ${textOf(self.id)} of the file has no "object".`);
  }
  // Line breaks can only stand between tokens, where a space means the same.
  const text = object.text.replaceAll(/[\r\n]+/g, ' ');
  const members = { [bound.id]: self.id ?? undefined, [bound.name]: self.name ?? undefined };
  if (bound.object !== undefined) return withMembers(members, `{${JSON.stringify(bound.object)}:${text}}`);
  // What an object does not say of itself, `self` says.
  const said = JSON.parse(text) as object;
  const added = Object.entries(members).filter(([name]) => !Object.hasOwn(said, name));
  return withMembers(Object.fromEntries(added), text);
}

/** The text of a JSON object, figure by figure as it is, with these members before its own. */
function withMembers(members: Readonly<Record<string, unknown>>, object: string): string {
  const own = object.slice(1).trimStart();
  const added = JSON.stringify(members).slice(0, -1);
  return `${added}${added === '{' || own === '}' ? '' : ','}${own}`;
}
