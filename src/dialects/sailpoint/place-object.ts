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

/** The object as the file has it, figure by figure; what it does not say of itself, `self` says. */
function lineOf(request: WireRequest, element: JsonElement, self: Self, bound: TypeBinding): string {
  const object = element.get('object');
  if (typeof object !== 'object' || object?.kind !== 'object') {
    throw refuse(request, 'illegalValue', `The object ${textOf(self.id)} of the file has no "object".`);
  }
  const said = JSON.parse(object.text) as object;
  const added = [
    [bound.id, self.id],
    [bound.name, self.name],
  ]
    .filter(([field, value]) => (value ?? undefined) !== undefined && !Object.hasOwn(said, field as string))
    .map(([field, value]) => `${JSON.stringify(field)}:${JSON.stringify(value)}`);
  // Line breaks can only stand between tokens, where a space means the same.
  const rest = object.text.slice(1).replaceAll(/[\r\n]+/g, ' ');
  const isEmpty = Object.keys(said).length === 0;
  return `{${added.join(',')}${added.length === 0 || isEmpty ? '' : ','}${rest}`;
}
