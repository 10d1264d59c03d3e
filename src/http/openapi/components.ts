/** Schemas with a name of their own stand once in the document, below `components.schemas`, however often they are used. */

/** Members that hold data, not schemas. */
const DATA = new Set(['examples', 'example', 'enum', 'const', 'default', 'required']);

export interface Components {
  /** The schema with every named one in it, itself included, replaced by a reference. */
  refer(schema: unknown): unknown;
  /** The named schemas that were met, by name. */
  readonly schemas: Readonly<Record<string, unknown>>;
}

/**
 * A schema's name is its `title`.
 *
 * @throws Error when two schemas that differ have one name
 */
export function createComponents(): Components {
  const originals = new Map<string, string>();
  const schemas: Record<string, unknown> = {};

  function refer(schema: unknown): unknown {
    if (typeof schema !== 'object' || schema === null) return schema;
    if (Array.isArray(schema)) return schema.map(refer);
    const { title } = schema as { title?: unknown };
    // A property that is called `title` is a schema, not a text.
    if (typeof title !== 'string') return copy(schema);
    const original = JSON.stringify(schema);
    const known = originals.get(title);
    if (known !== undefined && known !== original) throw new Error(`Two schemas are called "${title}".`);
    if (known === undefined) {
      originals.set(title, original);
      const { title: _, ...members } = schema as Record<string, unknown>;
      schemas[title] = copy(members);
    }
    return { $ref: `#/components/schemas/${title}` };
  }

  function copy(schema: object): object {
    return Object.fromEntries(
      Object.entries(schema).map(([name, member]) => [name, DATA.has(name) ? member : refer(member)]),
    );
  }

  return { refer, schemas };
}
