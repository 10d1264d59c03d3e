/** Which collection the articles of packages go to, and which of its fields have which of their members. */
import { AppError } from '../../core/errors.ts';
import { NAME, SCOPE } from '../binding-schema.ts';
import type { UsedCollection } from '../protocol.ts';

/** Members that the vendor's guide has. Others may be named, too. */
export const MEMBERS = {
  name: 'The title.',
  folder: 'The path of the folder, such as Shop/Orders.',
  content: 'The HTML.',
  availabilityDate: 'When it becomes available: a date and time.',
} as const;

export interface ImportBinding {
  readonly articles: {
    readonly collection: string;
    /** Field by member of an article. */
    readonly fields: Readonly<Record<string, string>>;
    /** Column = value pairs of the collection's scope. */
    readonly scope?: Readonly<Record<string, string>>;
  };
  /** Address of the folder for logs. */
  readonly logs?: string;
  readonly maxRecords?: number;
  readonly simultaneousJobs?: number;
}

/** Figures of a status are never above it. Source: eGain's OpenAPI documents, `ImportStatus`. */
export const MOST_RECORDS = 100_000;

export const BINDING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['articles'],
  properties: {
    articles: {
      type: 'object',
      additionalProperties: false,
      required: ['collection', 'fields'],
      properties: {
        collection: { ...NAME, description: 'The collection that articles are imported into.' },
        fields: {
          type: 'object',
          minProperties: 1,
          description:
            'Which of its fields has which member of an article. Members that are not named are left out.',
          properties: Object.fromEntries(
            Object.entries(MEMBERS).map(([member, description]) => [member, { ...NAME, description }]),
          ),
          additionalProperties: NAME,
        },
        scope: SCOPE,
      },
    },
    logs: {
      ...NAME,
      pattern: '[^/]$',
      description: 'Address of the folder for logs. Default: `logs` at the root of where the package lies.',
    },
    maxRecords: {
      type: 'integer',
      minimum: 1,
      maximum: MOST_RECORDS,
      description: 'Articles of one job; more fail it once they are counted. Default 100,000.',
    },
    simultaneousJobs: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'Jobs that have not ended; one more is refused with 412. Default: as many as come.',
    },
  },
};

/**
 * What the binding schema accepts.
 *
 * @throws AppError `config.invalid` when two members go to one field
 */
export function readBinding(raw: unknown): ImportBinding {
  const binding = raw as ImportBinding;
  const fields = Object.values(binding.articles.fields);
  const twice = fields.find((field, index) => fields.indexOf(field) !== index);
  if (twice === undefined) return binding;
  throw new AppError(
    'config.invalid',
    `protocols.egain-import.articles.fields: two members go to the field "${twice}"`,
  );
}

/** What the source calls each field. */
export function sourceNamesOf({ articles }: ImportBinding): Readonly<Record<string, string>> {
  return Object.fromEntries(Object.entries(articles.fields).map(([member, field]) => [field, member]));
}

export function usedCollections({ articles }: ImportBinding): UsedCollection[] {
  const { collection, fields, scope } = articles;
  return [{ collection, scope, fields: Object.values(fields), place: 'articles' }];
}
