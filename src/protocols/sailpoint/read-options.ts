/** The options of an export and of an import, which have the same words for what is meant. */
import { didYouMean } from '../../core/did-you-mean.ts';
import type { Refusal, WireRequest } from '../wire.ts';
import type { SailPointBinding } from './binding.ts';
import { refuse } from './faults.ts';
import { isObjectType, OBJECT_TYPES, type ObjectType } from './object-types.ts';

/** Objects of one type; both empty: all. */
export interface ObjectChoice {
  readonly includedIds: readonly string[];
  readonly includedNames: readonly string[];
}

/** As the request has them: exported documents repeat them. */
export interface Selection {
  readonly excludeTypes: readonly string[];
  readonly includeTypes: readonly string[];
  readonly objectOptions: Readonly<Record<string, ObjectChoice>>;
}

export interface ExportOptions extends Selection {
  readonly description?: string;
}

export interface ImportOptions extends Selection {
  readonly excludeBackup: boolean;
}

export const EVERYTHING: Selection = { excludeTypes: [], includeTypes: [], objectOptions: {} };

type Given = Readonly<Record<string, unknown>>;

/** Every status and every list of jobs repeats it. Chosen: the documents have no limit. */
export const DESCRIPTION_CHARACTERS = 10_000;

/** @throws Refusal */
export function readExportOptions(request: WireRequest): ExportOptions {
  const given = readObject(request, request.body, 'The body');
  const description = given['description'] ?? undefined;
  if (description !== undefined && typeof description !== 'string') {
    throw refuse(request, 'badContent', 'description must be a string.');
  }
  if (description !== undefined && description.length > DESCRIPTION_CHARACTERS) {
    throw refuse(request, 'illegalValue', `description has more than ${DESCRIPTION_CHARACTERS} characters.`);
  }
  return { ...readSelection(request, given), ...(description !== undefined && { description }) };
}

/** @param text of the form's part `options` @throws Refusal */
export function readImportOptions(request: WireRequest, text: string | undefined): ImportOptions {
  const given =
    text === undefined || text.trim() === ''
      ? {}
      : readObject(request, parseJson(request, text), 'The part "options"');
  const excludeBackup = given['excludeBackup'] ?? false;
  if (typeof excludeBackup !== 'boolean') {
    throw refuse(request, 'badContent', 'excludeBackup must be true or false.');
  }
  return { ...readSelection(request, given), excludeBackup };
}

/** `includeTypes` goes before `excludeTypes`. */
export function isMeant({ includeTypes, excludeTypes }: Selection, type: ObjectType): boolean {
  return includeTypes.length > 0 ? includeTypes.includes(type) : !excludeTypes.includes(type);
}

/** Types of the binding that are meant, in its order. */
export function selectTypes(selection: Selection, { types }: SailPointBinding): ObjectType[] {
  return [...types.keys()].filter((type) => isMeant(selection, type));
}

/** The refusal of a name that is none of the vendor's. Those that no collection stands behind are accepted, and have no objects. */
export function refuseType(request: WireRequest, name: string): Refusal {
  const known = OBJECT_TYPES.join(', ');
  const hint = didYouMean(name, OBJECT_TYPES);
  return refuse(request, 'illegalValue', `There is no object type ${name}${hint}; there are ${known}.`);
}

function readSelection(request: WireRequest, given: Given): Selection {
  const objectOptions = readObject(request, given['objectOptions'] ?? {}, 'objectOptions');
  const selection = {
    excludeTypes: readTexts(request, given, 'excludeTypes'),
    includeTypes: readTexts(request, given, 'includeTypes'),
    objectOptions: Object.fromEntries(
      Object.entries(objectOptions).map(([type, choice]) => {
        const one = readObject(request, choice ?? {}, `objectOptions.${type}`);
        const includedIds = readTexts(request, one, 'includedIds');
        return [type, { includedIds, includedNames: readTexts(request, one, 'includedNames') }];
      }),
    ),
  };
  const named = [...selection.excludeTypes, ...selection.includeTypes, ...Object.keys(objectOptions)];
  const unknown = named.find((name) => !isObjectType(name));
  if (unknown !== undefined) throw refuseType(request, unknown);
  return selection;
}

function parseJson(request: WireRequest, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw refuse(request, 'badContent', `The part "options" is not JSON: ${(error as Error).message}`);
  }
}

function readObject(request: WireRequest, value: unknown, what: string): Given {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Given;
  throw refuse(request, 'badContent', `${what} must be a JSON object.`);
}

function readTexts(request: WireRequest, given: Given, name: string): readonly string[] {
  const value = given[name] ?? [];
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw refuse(request, 'badContent', `${name} must be a list of strings.`);
}
