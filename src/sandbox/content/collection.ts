/** A collection of the sandbox: its definition, and where its records come from. */
export interface SandboxCollection {
  readonly name: string;
  readonly definition: Readonly<Record<string, unknown>>;
  /** As JSON objects, a few hundred at most. */
  readonly records: () => Promise<readonly Readonly<Record<string, unknown>>[]>;
}

/** Types of fields that definitions are made of; those of keys come in every record. */
export const TYPES = {
  textKey: { type: 'string' },
  integerKey: { type: 'integer' },
  text: { type: ['string', 'null'] },
  time: { type: ['string', 'null'], format: 'date-time' },
  integer: { type: ['integer', 'null'] },
  number: { type: ['number', 'null'] },
  boolean: { type: ['boolean', 'null'] },
} as const;

/** @param key a field that every record has */
export function describe(
  title: string,
  key: string,
  properties: Readonly<Record<string, object>>,
): SandboxCollection['definition'] {
  return { title, key: [key], schema: { type: 'object', properties, required: [key] } };
}
