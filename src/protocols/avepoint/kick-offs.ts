/** The twelve kick-offs, as data: path, report, and what each parameter asks for. Source: AV-DOC (docs/vendors/avepoint.md#kick-offs). */
import type { ReportName, Role } from './reports.ts';

export interface KickOffParameter {
  readonly name: string;
  /** Of the field that it is checked against. */
  readonly role: Role;
  /** How: `in` takes a list, which is a parameter that is repeated. */
  readonly op: 'eq' | 'in' | 'ge' | 'le';
  readonly isRequired?: boolean;
  /** Values in a list, at most. */
  readonly most?: number;
  /** The values that there are; absent: any text. */
  readonly values?: readonly string[];
}

export interface KickOff {
  readonly path: string;
  /** The path of a group's kick-off without a group: slashes that are doubled count as one. */
  readonly pathOfAll?: string;
  readonly operationId: string;
  readonly summary: string;
  readonly report: ReportName;
  /** The parameter in the path. */
  readonly subject?: KickOffParameter;
  readonly parameters: readonly KickOffParameter[];
}

const REQUIRED = { isRequired: true } as const;

const FROM: KickOffParameter = { name: 'startTime', role: 'time', op: 'ge' };
const TO: KickOffParameter = { name: 'finishTime', role: 'time', op: 'le' };
const PERIOD = [FROM, TO];
const REQUIRED_PERIOD = PERIOD.map((parameter) => ({ ...parameter, ...REQUIRED }));
const EVENTS: KickOffParameter = { name: 'eventTypes', role: 'event', op: 'in' };

const USER: KickOffParameter = { name: 'email', role: 'user', op: 'eq' };
const GROUP: KickOffParameter = { name: 'groupId', role: 'group', op: 'eq' };

const LEVEL: KickOffParameter = {
  name: 'exportOptionType',
  role: 'level',
  op: 'eq',
  values: ['1', '2', '3'],
};
const MICROSOFT_SOURCES = dataSources(
  'Microsoft Teams',
  'SharePoint Online',
  'OneDrive',
  'Microsoft 365 Group',
);
const GOOGLE_SOURCES = dataSources('User Drive', 'Shared Drive');
const SITES = places('siteUrls');
const DRIVES = places('driveIds');

function dataSources(...values: string[]): KickOffParameter {
  return { name: 'dataSources', role: 'dataSource', op: 'in', values, ...REQUIRED };
}

/** Source of the number: AV-DOC, and 100 in all requests of AV-SDK. */
function places(name: string): KickOffParameter {
  return { name, role: 'site', op: 'in', most: 100 };
}

function linkType(...values: string[]): KickOffParameter {
  return { name: 'exportLinkType', role: 'linkType', op: 'eq', values, ...REQUIRED };
}

export const KICK_OFFS: readonly KickOff[] = [
  {
    path: '/activities/object/:path/export',
    operationId: 'exportObjectActivities',
    summary: 'Export the activities on an object',
    report: 'activities',
    subject: { name: 'path', role: 'object', op: 'eq' },
    parameters: [...PERIOD, EVENTS],
  },
  {
    path: '/users/:email/activities/export',
    operationId: 'exportUserActivities',
    summary: 'Export the activities of a user',
    report: 'activities',
    subject: USER,
    parameters: [...PERIOD, EVENTS],
  },
  {
    path: '/users/:email/access/export',
    operationId: 'exportUserAccess',
    summary: 'Export what a user has access to',
    report: 'userAccess',
    subject: USER,
    parameters: [SITES, MICROSOFT_SOURCES, LEVEL],
  },
  {
    path: '/groups/:groupId/access/export',
    pathOfAll: '/groups/access/export',
    operationId: 'exportGroupAccess',
    summary: 'Export what a group has access to',
    report: 'groupAccess',
    subject: GROUP,
    parameters: [{ ...LEVEL, ...REQUIRED }, SITES, MICROSOFT_SOURCES],
  },
  {
    path: '/sites/permission/export',
    operationId: 'exportSitePermissions',
    summary: 'Export the permissions on sites',
    report: 'sitePermissions',
    parameters: [{ ...SITES, ...REQUIRED }],
  },
  {
    path: '/sharingLinks/export',
    operationId: 'exportSharingLinks',
    summary: 'Export the sharing links of a kind',
    report: 'sharingLinks',
    parameters: [linkType('32', '64', '128'), ...REQUIRED_PERIOD],
  },
  {
    path: '/google/activities/object/:id/export',
    operationId: 'exportGoogleObjectActivities',
    summary: 'Export the activities on a Google object',
    report: 'googleActivities',
    subject: { name: 'id', role: 'object', op: 'eq' },
    parameters: [...PERIOD, EVENTS],
  },
  {
    path: '/google/users/:email/activities/export',
    operationId: 'exportGoogleUserActivities',
    summary: 'Export the activities of a Google user',
    report: 'googleActivities',
    subject: USER,
    parameters: [...PERIOD, EVENTS],
  },
  {
    path: '/google/users/:email/access/export',
    operationId: 'exportGoogleUserAccess',
    summary: 'Export what a Google user has access to',
    report: 'googleUserAccess',
    subject: USER,
    parameters: [DRIVES, GOOGLE_SOURCES, LEVEL],
  },
  {
    path: '/google/groups/:groupId/access/export',
    pathOfAll: '/google/groups/access/export',
    operationId: 'exportGoogleGroupAccess',
    summary: 'Export what a Google group has access to',
    report: 'googleGroupAccess',
    subject: GROUP,
    // 1 is not supported yet, say the documents.
    parameters: [{ ...LEVEL, ...REQUIRED, values: ['2', '3'] }, DRIVES, GOOGLE_SOURCES],
  },
  {
    path: '/google/drives/permission/export',
    operationId: 'exportGoogleDrivePermissions',
    summary: 'Export the permissions on Google drives',
    report: 'googleDrivePermissions',
    parameters: [{ ...DRIVES, ...REQUIRED }],
  },
  {
    path: '/google/sharingLinks/export',
    operationId: 'exportGoogleSharingLinks',
    summary: 'Export the Google sharing links of a kind',
    report: 'googleSharingLinks',
    parameters: [linkType('301', '303'), ...REQUIRED_PERIOD],
  },
];

/** Roles that every kick-off of the report asks for: without fields for them it could never be made. */
export function neededRoles(report: ReportName): Role[] {
  const [first = [], ...others] = KICK_OFFS.filter((kickOff) => kickOff.report === report).map(rolesOf);
  return first.filter((role) => others.every((roles) => roles.includes(role)));
}

function rolesOf({ subject, parameters }: KickOff): Role[] {
  const required = parameters.filter(({ isRequired }) => isRequired === true);
  return [...new Set([...(subject ? [subject] : []), ...required].map(({ role }) => role))];
}
