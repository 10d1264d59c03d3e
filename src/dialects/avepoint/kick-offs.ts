/** The twelve kick-offs, as data: path, report, and what each parameter asks for. */
import type { ReportName, Role } from './binding.ts';

/** How a parameter is read. */
export type ParameterKind = 'text' | 'texts' | 'from' | 'to' | 'option' | 'linkType' | 'dataSources';

export interface KickOffParameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly role: Role;
  readonly isRequired?: boolean;
  /** Of a list. */
  readonly most?: number;
  /** The values that there are. */
  readonly values?: readonly string[];
}

export interface KickOff {
  readonly path: string;
  readonly operationId: string;
  readonly summary: string;
  readonly report: ReportName;
  /** The parameter in the path. */
  readonly subject?: KickOffParameter;
  readonly parameters: readonly KickOffParameter[];
}

const FROM = { name: 'startTime', kind: 'from', role: 'time' } as const;
const TO = { name: 'finishTime', kind: 'to', role: 'time' } as const;
const EVENTS = { name: 'eventTypes', kind: 'texts', role: 'event' } as const;
const REQUIRED_TIMES = [
  { ...FROM, isRequired: true },
  { ...TO, isRequired: true },
] as const;

const MICROSOFT_SOURCES = ['Microsoft Teams', 'SharePoint Online', 'OneDrive', 'Microsoft 365 Group'];
const GOOGLE_SOURCES = ['User Drive', 'Shared Drive'];

function dataSources(values: readonly string[]): KickOffParameter {
  return { name: 'dataSources', kind: 'dataSources', role: 'dataSource', isRequired: true, values };
}

const OPTION = { name: 'exportOptionType', kind: 'option', role: 'level', values: ['1', '2', '3'] } as const;

function sites(name: string, more: Partial<KickOffParameter> = {}): KickOffParameter {
  return { name, kind: 'texts', role: 'site', most: 100, ...more };
}

export const KICK_OFFS: readonly KickOff[] = [
  {
    path: '/activities/object/:path/export',
    operationId: 'exportObjectActivities',
    summary: 'Export the activities on an object',
    report: 'activities',
    subject: { name: 'path', kind: 'text', role: 'object' },
    parameters: [FROM, TO, EVENTS],
  },
  {
    path: '/users/:email/activities/export',
    operationId: 'exportUserActivities',
    summary: 'Export the activities of a user',
    report: 'activities',
    subject: { name: 'email', kind: 'text', role: 'user' },
    parameters: [FROM, TO, EVENTS],
  },
  {
    path: '/users/:email/access/export',
    operationId: 'exportUserAccess',
    summary: 'Export what a user has access to',
    report: 'userAccess',
    subject: { name: 'email', kind: 'text', role: 'user' },
    parameters: [sites('siteUrls'), dataSources(MICROSOFT_SOURCES), OPTION],
  },
  {
    path: '/groups/:groupId/access/export',
    operationId: 'exportGroupAccess',
    summary: 'Export what a group has access to',
    report: 'groupAccess',
    subject: { name: 'groupId', kind: 'text', role: 'group' },
    parameters: [{ ...OPTION, isRequired: true }, sites('siteUrls'), dataSources(MICROSOFT_SOURCES)],
  },
  {
    path: '/sites/permission/export',
    operationId: 'exportSitePermissions',
    summary: 'Export the permissions on sites',
    report: 'sitePermissions',
    parameters: [sites('siteUrls', { isRequired: true })],
  },
  {
    path: '/sharingLinks/export',
    operationId: 'exportSharingLinks',
    summary: 'Export the sharing links of a kind',
    report: 'sharingLinks',
    parameters: [
      {
        name: 'exportLinkType',
        kind: 'linkType',
        role: 'linkType',
        isRequired: true,
        values: ['32', '64', '128'],
      },
      ...REQUIRED_TIMES,
    ],
  },
  {
    path: '/google/activities/object/:id/export',
    operationId: 'exportGoogleObjectActivities',
    summary: 'Export the activities on a Google object',
    report: 'googleActivities',
    subject: { name: 'id', kind: 'text', role: 'object' },
    parameters: [FROM, TO, EVENTS],
  },
  {
    path: '/google/users/:email/activities/export',
    operationId: 'exportGoogleUserActivities',
    summary: 'Export the activities of a Google user',
    report: 'googleActivities',
    subject: { name: 'email', kind: 'text', role: 'user' },
    parameters: [FROM, TO, EVENTS],
  },
  {
    path: '/google/users/:email/access/export',
    operationId: 'exportGoogleUserAccess',
    summary: 'Export what a Google user has access to',
    report: 'googleUserAccess',
    subject: { name: 'email', kind: 'text', role: 'user' },
    parameters: [sites('driveIds'), dataSources(GOOGLE_SOURCES), OPTION],
  },
  {
    path: '/google/groups/:groupId/access/export',
    operationId: 'exportGoogleGroupAccess',
    summary: 'Export what a Google group has access to',
    report: 'googleGroupAccess',
    subject: { name: 'groupId', kind: 'text', role: 'group' },
    parameters: [
      { ...OPTION, isRequired: true, values: ['2', '3'] },
      sites('driveIds'),
      dataSources(GOOGLE_SOURCES),
    ],
  },
  {
    path: '/google/drives/permission/export',
    operationId: 'exportGoogleDrivePermissions',
    summary: 'Export the permissions on Google drives',
    report: 'googleDrivePermissions',
    parameters: [sites('driveIds', { isRequired: true })],
  },
  {
    path: '/google/sharingLinks/export',
    operationId: 'exportGoogleSharingLinks',
    summary: 'Export the Google sharing links of a kind',
    report: 'googleSharingLinks',
    parameters: [
      {
        name: 'exportLinkType',
        kind: 'linkType',
        role: 'linkType',
        isRequired: true,
        values: ['301', '303'],
      },
      ...REQUIRED_TIMES,
    ],
  },
];
