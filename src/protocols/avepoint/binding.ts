/** Which collections stand behind the reports, and which fields play which role in them. */
import type { Filter } from '../../core/job.ts';
import { NAME, SCOPE } from '../binding-schema.ts';
import type { UsedCollection } from '../protocol.ts';
import { KICK_OFFS, neededRoles } from './kick-offs.ts';
import { LEVELS } from './levels.ts';
import { REPORTS, type ReportName, ROLES, type Role } from './reports.ts';

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
  /** Source of the default: learn.avepoint.com, "Insights for Microsoft 365 Web API": only 5 export jobs can run simultaneously. */
  readonly simultaneousExports: number;
}

const SIMULTANEOUS_EXPORTS = 5;

function reportSchema(report: ReportName): object {
  const needed = neededRoles(report);
  return {
    type: 'object',
    additionalProperties: false,
    required: ['collection', ...(needed.length > 0 ? ['fields'] : [])],
    properties: {
      collection: { ...NAME, description: 'The collection that the report is made of.' },
      fields: {
        type: 'object',
        additionalProperties: false,
        required: needed,
        description:
          'Which of its fields a parameter is held against. Without one, the parameter is refused.',
        properties: Object.fromEntries(
          Object.entries(ROLES).map(([role, description]) => [role, { ...NAME, description }]),
        ),
      },
      columns: {
        type: 'array',
        items: NAME,
        minItems: 1,
        uniqueItems: true,
        description: 'Fields of the report; default all.',
      },
      titles: { type: 'object', additionalProperties: NAME, description: 'Titles of columns, by field.' },
      scope: SCOPE,
    },
  };
}

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
      properties: Object.fromEntries(REPORTS.map((name) => [name, reportSchema(name)])),
    },
    simultaneousExports: {
      type: 'integer',
      minimum: 1,
      maximum: 1000,
      description: `Exports at once; one more is refused with 429. Default ${SIMULTANEOUS_EXPORTS}.`,
    },
  },
};

/** What the binding schema accepts, with what may be left out filled in. */
export function readBinding(raw: unknown): AvePointBinding {
  const given = raw as Partial<AvePointBinding>;
  return {
    simultaneousExports: given.simultaneousExports ?? SIMULTANEOUS_EXPORTS,
    reports: Object.fromEntries(
      Object.entries(given.reports ?? {}).map(([name, report]) => [
        name,
        { ...report, fields: report.fields ?? {} },
      ]),
    ),
  };
}

export function usedCollections({ reports }: AvePointBinding): UsedCollection[] {
  return REPORTS.flatMap((name) => {
    const report = reports[name];
    if (report === undefined) return [];
    const { collection, scope, fields, columns = [], titles = {} } = report;
    return {
      collection,
      scope,
      fields: [...new Set([...Object.values(fields), ...columns, ...Object.keys(titles)])],
      filters: samplesOf(name, fields),
      place: `reports.${name}`,
    };
  });
}

/** What parameters will ask for, so that a field that takes no such values is found when the server starts. */
function samplesOf(name: ReportName, fields: ReportBinding['fields']): Filter[] {
  return KICK_OFFS.filter(({ report }) => report === name)
    .flatMap(({ parameters }) => parameters)
    .flatMap(({ role, values }): Filter[] => {
      const field = fields[role];
      if (field === undefined) return [];
      if (role === 'time') return [{ field, op: 'ge', value: '2026-05-01T00:00:00Z' }];
      if (role === 'level') return [{ field, op: 'in', value: Object.values(LEVELS).flat() }];
      return values === undefined ? [] : [{ field, op: 'in', value: values }];
    });
}
