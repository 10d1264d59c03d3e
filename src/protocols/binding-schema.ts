/** What the bindings of all protocols say in the same way, as JSON Schema. */

/** Name of a collection, a field or something of the vendor's. */
export const NAME = { type: 'string', minLength: 1 } as const;

/** Beside a collection: what it is restricted to. */
export const SCOPE = {
  type: 'object',
  additionalProperties: NAME,
  description: 'Values of the scope, if the collection has one.',
} as const;
