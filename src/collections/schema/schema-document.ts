/** A schema as it was written: every subschema by its place, and what `$ref`, `$anchor` and `$id` lead to. */
import { didYouMean } from '../../core/did-you-mean.ts';
import { escapePointer } from './evaluation.ts';
import { NESTINGS } from './keywords.ts';
import { MAX_DEFINITION_DEPTH, MAX_SUBSCHEMAS } from './schema-limits.ts';

export type SchemaObject = { readonly [keyword: string]: unknown };
export type Tokens = readonly (string | number)[];
export type OnProblem = (tokens: Tokens, message: string) => void;

/** One subschema. */
export interface Location {
  readonly schema: boolean | SchemaObject;
  /** From the document's root; the root's is empty. */
  readonly tokens: Tokens;
  /** Absolute URI of the schema resource that it belongs to. */
  readonly resource: string;
}

export interface SchemaDocument {
  readonly root: Location;
  readonly at: (tokens: Tokens) => Location | undefined;
  /** What a reference leads to, or why to nothing. */
  readonly resolve: (reference: string, from: Location) => Location | string;
  /** Every subschema with this `$dynamicAnchor`. */
  readonly dynamicAnchors: (name: string) => readonly Location[];
}

/** Where a document without `$id` is: references in it are relative to something. */
const DEFAULT_BASE = 'waybill:/schema';
const DRAFT = /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/;
const ANCHOR = /^[A-Za-z_][-A-Za-z0-9._]*$/;

export function pointerOf(tokens: Tokens): string {
  return tokens.map((token) => `/${escapePointer(String(token))}`).join('');
}

export function isSchemaObject(value: unknown): value is SchemaObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Reports what cannot be a schema at all; keywords are looked at when they are compiled. */
export function openSchemaDocument(written: unknown, onProblem: OnProblem): SchemaDocument {
  const places = new Map<string, Location>();
  const names = new Map<string, Location>();
  const dynamic = new Map<string, Location[]>();
  const root: Location = {
    schema: isSchemaObject(written) || typeof written === 'boolean' ? written : {},
    tokens: [],
    resource: DEFAULT_BASE,
  };
  const open: Location[] = [root];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    if (places.size >= MAX_SUBSCHEMAS) {
      onProblem([], `it has more than ${MAX_SUBSCHEMAS} subschemas (limit: ${MAX_SUBSCHEMAS})`);
      break;
    }
    const location = enter(next);
    places.set(pointerOf(location.tokens), location);
    open.push(...subschemas(location, onProblem));
  }

  function enter(location: Location): Location {
    const { schema, tokens } = location;
    if (!isSchemaObject(schema)) return location;
    const entered = { ...location, resource: readId(schema, location, onProblem) };
    if (tokens.length === 0 || entered.resource !== location.resource) name(entered, '');
    name(entered, readAnchor(schema, '$anchor', tokens, onProblem));
    const dynamicName = readAnchor(schema, '$dynamicAnchor', tokens, onProblem);
    name(entered, dynamicName);
    if (dynamicName !== undefined) dynamic.set(dynamicName, [...(dynamic.get(dynamicName) ?? []), entered]);
    return entered;
  }

  function name(location: Location, fragment: string | undefined): void {
    if (fragment === undefined) return;
    const uri = `${location.resource}#${fragment}`;
    const other = names.get(uri);
    if (other !== undefined && other.schema !== location.schema) {
      onProblem(location.tokens, `"${fragment || location.resource}" names another subschema already`);
    }
    names.set(uri, location);
  }

  return {
    root: places.get('') ?? root,
    at: (tokens) => places.get(pointerOf(tokens)),
    resolve: (reference, from) => resolve(reference, from, { places, names }),
    dynamicAnchors: (anchor) => dynamic.get(anchor) ?? [],
  };
}

interface Index {
  readonly places: ReadonlyMap<string, Location>;
  readonly names: ReadonlyMap<string, Location>;
}

function resolve(reference: string, from: Location, { places, names }: Index): Location | string {
  const uri = URL.parse(reference, from.resource);
  if (uri === null) return `${JSON.stringify(reference)} is not a reference`;
  const fragment = decode(uri.hash.slice(1));
  uri.hash = '';
  const resource = names.get(`${uri.href}#`);
  if (resource === undefined) {
    return `${JSON.stringify(reference)} leads out of the definition; everything it refers to must be in it`;
  }
  const found = fragment.startsWith('/')
    ? places.get(pointerOf(resource.tokens) + fragment)
    : names.get(`${uri.href}#${fragment}`);
  if (found !== undefined) return found;
  const known = [...places.keys()]
    .filter((pointer) => pointer.startsWith('/$defs/'))
    .map((pointer) => `#${pointer}`);
  return `${JSON.stringify(reference)} refers to nothing${didYouMean(reference, known.slice(0, 1000))}`;
}

function decode(fragment: string): string {
  try {
    return decodeURIComponent(fragment);
  } catch {
    return fragment;
  }
}

function readId(schema: SchemaObject, { tokens, resource }: Location, onProblem: OnProblem): string {
  const { $schema: draft, $id: id } = schema;
  if (draft !== undefined && (typeof draft !== 'string' || !DRAFT.test(draft))) {
    onProblem([...tokens, '$schema'], `expected JSON Schema 2020-12, got ${JSON.stringify(draft)}`);
  }
  if (id === undefined) return resource;
  const uri = typeof id === 'string' ? URL.parse(id, resource) : null;
  if (uri === null || uri.hash !== '') {
    onProblem([...tokens, '$id'], `expected a URI without fragment, got ${JSON.stringify(id)}`);
    return resource;
  }
  // An empty fragment is none.
  uri.hash = '';
  return uri.href;
}

function readAnchor(
  schema: SchemaObject,
  keyword: '$anchor' | '$dynamicAnchor',
  tokens: Tokens,
  onProblem: OnProblem,
): string | undefined {
  const anchor = schema[keyword];
  if (anchor === undefined) return undefined;
  if (typeof anchor === 'string' && ANCHOR.test(anchor)) return anchor;
  onProblem(
    [...tokens, keyword],
    `expected a name (a letter or _, then letters, digits, "-", "." and "_"), got ${JSON.stringify(anchor)}`,
  );
  return undefined;
}

function subschemas(parent: Location, onProblem: OnProblem): Location[] {
  const { schema, tokens, resource } = parent;
  if (!isSchemaObject(schema)) return [];
  return Object.entries(schema).flatMap(([keyword, value]) => {
    const nesting = NESTINGS.get(keyword);
    if (nesting === undefined) return [];
    const written = entriesOf(nesting, value, [...tokens, keyword]);
    if (typeof written === 'string') {
      onProblem([...tokens, keyword], written);
      return [];
    }
    return written.flatMap(([place, inner]): Location[] => {
      if (keyword === 'dependencies' && Array.isArray(inner)) return [];
      if (isSchemaObject(inner) || typeof inner === 'boolean')
        return [{ schema: inner, tokens: place, resource }];
      onProblem(place, 'expected a schema: an object, true or false');
      return [];
    });
  });
}

function entriesOf(
  nesting: 'one' | 'list' | 'map',
  value: unknown,
  tokens: Tokens,
): [Tokens, unknown][] | string {
  if (nesting === 'one') return [[tokens, value]];
  if (nesting === 'list') {
    if (!Array.isArray(value) || value.length === 0) return 'expected a list of schemas with at least one';
    return value.map((item: unknown, index) => [[...tokens, index], item]);
  }
  if (!isSchemaObject(value)) return 'expected an object of schemas';
  return Object.entries(value).map(([name, inner]) => [[...tokens, name], inner]);
}

/** Finds a value that is nested deeper than recursion may follow, without recursion. */
export function isTooDeep(value: unknown): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const { value: inner, depth } = next;
    if (typeof inner !== 'object' || inner === null) continue;
    if (depth >= MAX_DEFINITION_DEPTH) return true;
    for (const member of Object.values(inner)) open.push({ value: member, depth: depth + 1 });
  }
  return false;
}
