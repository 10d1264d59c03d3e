/** Which collections stand behind the portals, and which of their fields play a role. */
import type { Filter } from '../../core/job.ts';
import { NAME, SCOPE } from '../binding-schema.ts';
import type { UsedCollection } from '../protocol.ts';

/** In the order of the parts of a job. */
export const RESOURCE_TYPES = ['articles', 'topics', 'portals'] as const;
export type ResourceType = (typeof RESOURCE_TYPES)[number];

/** What the attributes of a kick-off are checked against. */
export const ROLES = {
  language: 'The language of a record. Without it a record is in every language.',
  published: 'A boolean: whether it is published. Without it, exportUnpublishedOnly is refused.',
  searchable: 'A boolean: whether it can be found by searching. Without it every record can.',
} as const;
export type Role = keyof typeof ROLES;

/** Field by role. */
export type RoleFields = Readonly<Partial<Record<Role, string>>>;

export interface Resource {
  readonly collection: string;
  readonly fields?: RoleFields;
  /** Fields of its records in the files, in order; default all. */
  readonly columns?: readonly string[];
  /** Column = value pairs of the collection's scope. */
  readonly scope?: Readonly<Record<string, string>>;
}

export type Portal = Readonly<Partial<Record<ResourceType, Resource>>>;

export interface ExportBinding {
  /** By portal ID. */
  readonly portals: Readonly<Record<string, Portal>>;
  /** What the language fields say, by language code of the vendor. */
  readonly languages?: Readonly<Record<string, string>>;
}

/** Source: eGain's OpenAPI document, `KnowledgeExport.portalID`. */
export const PORTAL_ID = { pattern: '^[a-zA-Z0-9]{2,4}-\\d{4,15}$', minLength: 7, maxLength: 20 } as const;

/** Codes of content; answers have others. Source: eGain's OpenAPI document 21.23, `language.code`, and its older revision. */
export const CONTENT_LANGUAGES = (
  'en-US fr-FR en-GB es-ES it-IT nl-NL da-DA sv-SE pt-PT fi-FI no-NB no-NN ja-JA de-DE pt-BR zh-CN zh-TW ko-KO ru-RU el-EL tr-TR ' +
  'pl-PL cs-CS sk-SK hu-HU sr-SR ar-SA hr-HR ro-RO th-TH de-AT vi-VN id-ID ms-MY fil-PH fr-CA hi-IN uk-UA bg-BG sl-SI xx-XX ' +
  'da-DK ja-JP ko-KR'
).split(' ');

const RESOURCE = {
  type: 'object',
  additionalProperties: false,
  required: ['collection'],
  properties: {
    collection: { ...NAME, description: 'The collection that is exported.' },
    fields: {
      type: 'object',
      additionalProperties: false,
      description: 'Which of its fields an attribute of the kick-off is held against.',
      properties: Object.fromEntries(
        Object.entries(ROLES).map(([role, description]) => [role, { ...NAME, description }]),
      ),
    },
    columns: { type: 'array', items: NAME, minItems: 1, description: 'Fields in the files; default all.' },
    scope: SCOPE,
  },
};

export const BINDING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['portals'],
  properties: {
    portals: {
      type: 'object',
      minProperties: 1,
      description: 'By portal ID, such as PROD-1000. A portal that is not named is answered with 404-101.',
      propertyNames: PORTAL_ID,
      additionalProperties: {
        type: 'object',
        additionalProperties: false,
        minProperties: 1,
        description: 'A resource type that is not named is refused with 400-196.',
        properties: Object.fromEntries(RESOURCE_TYPES.map((type) => [type, RESOURCE])),
      },
    },
    languages: {
      type: 'object',
      description:
        'What the language fields say for a language code, such as {"en-US": "en"}. Default: the code.',
      propertyNames: { enum: CONTENT_LANGUAGES },
      additionalProperties: NAME,
    },
  },
};

export function usedCollections({ portals, languages = {} }: ExportBinding): UsedCollection[] {
  return Object.entries(portals).flatMap(([portalId, portal]) =>
    Object.entries(portal).map(([type, { collection, scope, fields = {}, columns = [] }]) => ({
      collection,
      scope,
      fields: [...new Set([...Object.values(fields), ...columns])],
      filters: filtersOf(fields, Object.values(languages)),
      place: `portals.${portalId}.${type}`,
    })),
  );
}

function filtersOf(fields: RoleFields, languages: readonly string[]): Filter[] {
  const { language, published, searchable } = fields;
  const flags = [published, searchable].filter((field) => field !== undefined);
  return [
    ...flags.map((field): Filter => ({ field, op: 'eq', value: 'true' })),
    ...(language !== undefined && languages.length > 0
      ? [{ field: language, op: 'in', value: languages } satisfies Filter]
      : []),
  ];
}
