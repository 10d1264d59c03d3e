/** Which collections stand behind the object types, and which fields name an object. */
import { NAME, SCOPE } from '../binding-schema.ts';
import type { UsedCollection } from '../protocol.ts';
import { IMPORTABLE_TYPES, OBJECT_TYPES, type ObjectType } from './object-types.ts';

export interface TypeBinding {
  readonly collection: string;
  /** Field of `self.id`. */
  readonly id: string;
  /** Field of `self.name`. */
  readonly name: string;
  /** Field that holds an object as JSON. Absent: the collection's fields are the members of an object. */
  readonly object?: string;
  /** What is exported, in this order; default all. `object` is the last. */
  readonly fields?: readonly string[];
  readonly scope?: Readonly<Record<string, string>>;
  readonly importable: boolean;
}

export interface SailPointBinding {
  /** Shown in exported documents. */
  readonly tenant: string;
  readonly types: ReadonlyMap<ObjectType, TypeBinding>;
}

const TYPE = {
  type: 'object',
  additionalProperties: false,
  required: ['collection', 'id', 'name'],
  not: { type: 'object', properties: { object: true, fields: true }, required: ['object', 'fields'] },
  properties: {
    collection: { ...NAME, description: 'The collection whose records are the objects.' },
    id: { ...NAME, description: 'Its field that is the id of an object (`self.id`).' },
    name: { ...NAME, description: 'Its field that is the name of an object (`self.name`).' },
    object: {
      ...NAME,
      description: 'A field that holds the whole object as JSON. Default: its fields are members of it.',
    },
    fields: {
      type: 'array',
      items: NAME,
      minItems: 1,
      description: 'Fields of an exported object, id and name among them; default all. Leave secrets out.',
    },
    scope: SCOPE,
    importable: {
      type: 'boolean',
      description: `Objects of this type may be imported. Default: ${IMPORTABLE_TYPES.join(', ')}.`,
    },
  },
};

export const BINDING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['types'],
  properties: {
    tenant: { ...NAME, description: 'Name of the tenant in exported documents. Default `waybill`.' },
    types: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      description: 'The object types that have objects.',
      properties: Object.fromEntries(OBJECT_TYPES.map((name) => [name, TYPE])),
    },
  },
};

/** What the binding schema accepts, with what may be left out filled in. */
export function readBinding(raw: unknown): SailPointBinding {
  const { tenant = 'waybill', types } = raw as {
    tenant?: string;
    types: Readonly<Record<string, Omit<TypeBinding, 'importable'> & { importable?: boolean }>>;
  };
  const bound = OBJECT_TYPES.flatMap((type) => {
    const given = types[type];
    if (given === undefined) return [];
    const { id, name, object, importable = IMPORTABLE_TYPES.includes(type) } = given;
    const fields = object === undefined ? given.fields : [object];
    const all = fields && [...new Set([id, name, ...fields])];
    return [[type, { ...given, importable, ...(all && { fields: all }) }] as const];
  });
  return { tenant, types: new Map(bound) };
}

export function usedCollections({ types }: SailPointBinding): UsedCollection[] {
  return [...types].map(([type, { collection, scope, id, name, fields = [] }]) => ({
    collection,
    scope,
    fields: [...new Set([id, name, ...fields])],
    place: `types.${type}`,
  }));
}
