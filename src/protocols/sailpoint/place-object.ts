/** One object of an uploaded document -> the record that it is. */
import { parseExactJson } from '../../core/exact-json.ts';
import type { JsonElement, PlacedRecord } from '../protocol.ts';
import type { WireRequest } from '../wire.ts';
import type { SailPointBinding, TypeBinding } from './binding.ts';
import type { LeftOut } from './facts.ts';
import { refuse } from './faults.ts';
import { textOf } from './object-ref.ts';
import { isObjectType, type ObjectType } from './object-types.ts';
import { type ImportOptions, isMeant, refuseType } from './read-options.ts';

interface Self {
  readonly type?: unknown;
  readonly id?: unknown;
  readonly name?: unknown;
}

export interface Placing {
  /** @returns undefined where an object is not meant, or left out. @throws Refusal for what is not an object of the vendor's types */
  place(element: JsonElement): PlacedRecord | undefined;
  /** What was left out so far, though it is meant. */
  leftOut(): Readonly<Partial<Record<ObjectType, LeftOut>>>;
}

export function createPlacing(
  request: WireRequest,
  { types }: SailPointBinding,
  options: ImportOptions,
): Placing {
  const leftOut: Partial<Record<ObjectType, LeftOut>> = {};
  const leave = (type: ObjectType, reason: LeftOut['reason']) => {
    leftOut[type] = { reason, objects: (leftOut[type]?.objects ?? 0) + 1 };
    return undefined;
  };
  return {
    place(element) {
      const self = readSelf(request, element);
      const { type } = self;
      if (!isObjectType(type)) throw refuseType(request, textOf(type));
      if (!isMeant(options, type) || !isChosen(self, options.objectOptions[type])) return undefined;
      const bound = types.get(type);
      if (bound === undefined) return leave(type, 'not_configured');
      if (!bound.importable) return leave(type, 'not_importable');
      return { part: type, line: lineOf(request, element, self, bound) };
    },
    leftOut: () => leftOut,
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
