/** The keywords of JSON Schema 2020-12, and where subschemas lie in them. */

/** `one`: a schema. `list`: an array of them. `map`: an object of them. */
export type Nesting = 'one' | 'list' | 'map';

/** Keywords that have subschemas. */
export const NESTINGS: ReadonlyMap<string, Nesting> = new Map<string, Nesting>([
  ['allOf', 'list'],
  ['anyOf', 'list'],
  ['oneOf', 'list'],
  ['not', 'one'],
  ['if', 'one'],
  ['then', 'one'],
  ['else', 'one'],
  ['dependentSchemas', 'map'],
  ['properties', 'map'],
  ['patternProperties', 'map'],
  ['additionalProperties', 'one'],
  ['propertyNames', 'one'],
  ['unevaluatedProperties', 'one'],
  ['prefixItems', 'list'],
  ['items', 'one'],
  ['contains', 'one'],
  ['unevaluatedItems', 'one'],
  ['contentSchema', 'one'],
  ['$defs', 'map'],
  // The names of earlier drafts, which 2020-12 keeps apart but does not forbid.
  ['definitions', 'map'],
  // Arrays of names may stand among the schemas.
  ['dependencies', 'map'],
]);

/** Keywords without subschemas that decide. */
const ASSERTIONS =
  'type enum const multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minLength maxLength pattern format minItems maxItems uniqueItems minContains maxContains minProperties maxProperties required dependentRequired'.split(
    ' ',
  );

/** Keywords of identity and reference. */
const CORE = ['$schema', '$id', '$ref', '$anchor', '$dynamicRef', '$dynamicAnchor'];

/** Keywords that say nothing about what is valid. `contentEncoding` and its like describe a text; they do not judge it. */
const ANNOTATIONS =
  '$comment $vocabulary title description default deprecated readOnly writeOnly examples contentEncoding contentMediaType'.split(
    ' ',
  );

export const KEYWORDS: readonly string[] = [...CORE, ...NESTINGS.keys(), ...ASSERTIONS, ...ANNOTATIONS];
const KNOWN: ReadonlySet<string> = new Set(KEYWORDS);

export function isKeyword(name: string): boolean {
  return KNOWN.has(name);
}
