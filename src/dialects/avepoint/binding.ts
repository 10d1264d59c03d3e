/** Which collections stand behind the reports, and which fields play which role in them. */
import type { UsedCollection } from '../dialect.ts';

export const REPORTS = [
  'activities',
  'userAccess',
  'groupAccess',
  'sitePermissions',
  'sharingLinks',
  'googleActivities',
  'googleUserAccess',
  'googleGroupAccess',
  'googleDrivePermissions',
  'googleSharingLinks',
] as const;
export type ReportName = (typeof REPORTS)[number];

/** What a parameter of a kick-off is held against. */
export const ROLES = {
  object: 'Address or id of the object that an activity was about.',
  user: "The user's address.",
  group: 'Id of the group.',
  site: 'Address of a site, or id of a drive.',
  dataSource: 'Where the access is: Microsoft Teams, SharePoint Online and so on.',
  linkType: 'Kind of a sharing link, as its number.',
  time: 'When it happened.',
  event: 'Kind of an activity.',
  level: '`summary`, `site` or `object`: which of them a report has is said by exportOptionType.',
} as const;
export type Role = keyof typeof ROLES;

export interface ReportBinding {
  readonly collection: string;
  /** Field by role. */
  readonly fields: Readonly<Partial<Record<Role, string>>>;
  /** Fields of the report, in order; default all. */
  readonly columns?: readonly string[];
  /** Header texts by field. */
  readonly titles?: Readonly<Record<string, string>>;
  /** Column = value pairs of the collection's scope. */
  readonly scope?: Readonly<Record<string, string>>;
}

export interface AvePointBinding {
  readonly reports: Readonly<Partial<Record<ReportName, ReportBinding>>>;
  readonly simultaneousExports?: number;
}

const NAME = { type: 'string', minLength: 1 };

const REPORT = {
  type: 'object',
  additionalProperties: false,
  required: ['collection'],
  properties: {
    collection: { ...NAME, description: 'The collection that the report is made of.' },
    fields: {
      type: 'object',
      additionalProperties: false,
      description: 'Which of its fields a parameter is held against. Without one, the parameter is refused.',
      properties: Object.fromEntries(
        Object.entries(ROLES).map(([role, description]) => [role, { ...NAME, description }]),
      ),
    },
    columns: { type: 'array', items: NAME, minItems: 1, description: 'Fields of the report; default all.' },
    titles: { type: 'object', additionalProperties: NAME, description: 'Titles of columns, by field.' },
    scope: {
      type: 'object',
      additionalProperties: NAME,
      description: 'Values of the scope, if the collection has one.',
    },
  },
};

export const BINDING_SCHEMA = {
  type: 'object',
  additionalProperties: false,
  required: ['reports'],
  properties: {
    reports: {
      type: 'object',
      additionalProperties: false,
      minProperties: 1,
      description: 'A report that is not named is answered with 404.',
      properties: Object.fromEntries(REPORTS.map((name) => [name, REPORT])),
    },
    simultaneousExports: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: 'Exports at once; one more is refused with 429. Default 5.',
    },
  },
};

/** What the binding schema accepts, with what may be left out filled in. */
export function readBinding(raw: unknown): AvePointBinding {
  const { reports, ...rest } = raw as AvePointBinding;
  return {
    ...rest,
    reports: Object.fromEntries(
      Object.entries(reports).map(([name, report]) => [name, { ...report, fields: report.fields ?? {} }]),
    ),
  };
}

export function usedCollections({ reports }: AvePointBinding): UsedCollection[] {
  return Object.entries(reports).map(([name, { collection, fields, columns = [], titles = {} }]) => ({
    collection,
    fields: [...new Set([...Object.values(fields), ...columns, ...Object.keys(titles)])],
    place: `reports.${name}`,
  }));
}
