/** Collections behind every report, with records that each parameter tells apart. */
import type { LightMyRequestResponse } from 'fastify';
import { fromBufferPromise } from 'yauzl';
import type { Job } from '../../../src/core/job.ts';
import { readSheets } from '../../unit/formats/workbook.ts';
import type { ProtocolTestServer } from '../support/protocol-server.ts';

const TEXT = { type: 'string' };

export const ACTIVITIES = {
  name: 'activities',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      user: TEXT,
      url: TEXT,
      event: TEXT,
      at: { type: 'string', format: 'date-time' },
    },
    required: ['id'],
  },
};

/** The least: a report. */
export const BINDING = {
  reports: {
    activities: {
      collection: 'activities',
      fields: { user: 'user', object: 'url', event: 'event', time: 'at' },
    },
  },
};

const ACCESS = {
  name: 'access',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      who: TEXT,
      team: TEXT,
      site: TEXT,
      source: TEXT,
      level: { type: 'string', enum: ['summary', 'site', 'object'] },
    },
    required: ['id'],
  },
};

const LINKS = {
  name: 'links',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      kind: { type: 'integer' },
      at: { type: 'string', format: 'date-time' },
    },
    required: ['id'],
  },
};

export const COLLECTIONS = [ACTIVITIES, ACCESS, LINKS];

const ACCESS_REPORT = {
  collection: 'access',
  fields: { user: 'who', group: 'team', site: 'site', dataSource: 'source', level: 'level' },
};
const LINKS_REPORT = { collection: 'links', fields: { linkType: 'kind', time: 'at' } };

/** Every report. */
export const WHOLE_BINDING = {
  reports: {
    activities: { ...BINDING.reports.activities, columns: ['id', 'event'], titles: { event: 'Activity' } },
    userAccess: ACCESS_REPORT,
    groupAccess: ACCESS_REPORT,
    sitePermissions: ACCESS_REPORT,
    sharingLinks: LINKS_REPORT,
    googleActivities: BINDING.reports.activities,
    googleUserAccess: ACCESS_REPORT,
    googleGroupAccess: ACCESS_REPORT,
    googleDrivePermissions: ACCESS_REPORT,
    googleSharingLinks: LINKS_REPORT,
  },
};

/** `ann@example.com` asked for object `https://a/x%20y#1` in the second. */
const ACTIVITY_ROWS: readonly (readonly [string, string, string, string, string])[] = [
  ['1', 'ann@example.com', 'https://a/1', 'View', '2026-05-01T10:00:00Z'],
  ['2', 'ann@example.com', 'https://a/x%20y#1', 'Edit', '2026-05-02T10:00:00.250Z'],
  ['3', 'ann_contoso.com#EXT#@example.com', 'https://a/1', 'View', '2026-05-03T10:00:00Z'],
];

const ACCESS_ROWS: readonly (readonly [string, string, string, string, string, string])[] = [
  ['1', 'ann@example.com', 'g1', 'https://s/1', 'OneDrive', 'summary'],
  ['2', 'ann@example.com', 'g1', 'https://s/2', 'SharePoint Online', 'site'],
  ['3', 'ann@example.com', 'g1', 'https://s/2', 'OneDrive', 'object'],
  ['4', 'bob@example.com', 'g2', 'https://s/3', 'Microsoft Teams', 'summary'],
  ['5', 'ann@example.com', 'g1', 'd1', 'User Drive', 'summary'],
  ['6', 'ann@example.com', 'g1', 'd2', 'Shared Drive', 'object'],
  ['7', 'bob@example.com', 'g2', 'd2', 'User Drive', 'summary'],
];

const LINK_ROWS: readonly (readonly [string, string, string])[] = [
  ['1', '32', '2026-05-01T00:00:00Z'],
  ['2', '64', '2026-05-02T00:00:00Z'],
  ['3', '128', '2026-05-03T00:00:00Z'],
  ['4', '301', '2026-05-04T00:00:00Z'],
  ['5', '303', '2026-05-05T00:00:00Z'],
  ['6', '32', '2026-06-01T00:00:00Z'],
];

export async function fill({ engine }: Pick<ProtocolTestServer, 'engine'>): Promise<void> {
  const rows: Readonly<Record<string, readonly Record<string, string>[]>> = {
    activities: ACTIVITY_ROWS.map(([id, user, url, event, at]) => ({ id, user, url, event, at })),
    access: ACCESS_ROWS.map(([id, who, team, site, source, level]) => ({
      id,
      who,
      team,
      site,
      source,
      level,
    })),
    links: LINK_ROWS.map(([id, kind, at]) => ({ id, kind, at })),
  };
  for (const [collection, records] of Object.entries(rows)) {
    await engine.import({ collection, source: { records } });
  }
}

/** A kick-off of each operation with nothing that could be left out. */
export const LEAST = {
  exportObjectActivities: 'activities/object/https%3A%2F%2Fa%2F1/export',
  exportUserActivities: 'users/ann%40example.com/activities/export',
  exportUserAccess: 'users/ann%40example.com/access/export?dataSources=OneDrive',
  exportGroupAccess: 'groups/g1/access/export?exportOptionType=1&dataSources=OneDrive',
  exportSitePermissions: 'sites/permission/export?siteUrls=https%3A%2F%2Fs%2F1',
  exportSharingLinks:
    'sharingLinks/export?exportLinkType=32&startTime=2026-05-01T00:00:00&finishTime=2026-05-31T23:59:59',
  exportGoogleObjectActivities: 'google/activities/object/https%3A%2F%2Fa%2F1/export',
  exportGoogleUserActivities: 'google/users/ann%40example.com/activities/export',
  exportGoogleUserAccess: 'google/users/ann%40example.com/access/export?dataSources=User%20Drive',
  exportGoogleGroupAccess: 'google/groups/g1/access/export?exportOptionType=2&dataSources=User%20Drive',
  exportGoogleDrivePermissions: 'google/drives/permission/export?driveIds=d1',
  exportGoogleSharingLinks:
    'google/sharingLinks/export?exportLinkType=301&startTime=2026-05-01T00:00:00&finishTime=2026-05-31T23:59:59',
} as const;

/** What an archive has: the name of the workbook, and its rows with the header. */
export async function openReport({
  rawPayload,
}: LightMyRequestResponse): Promise<{ name: string; rows: readonly (readonly unknown[])[] }> {
  const zip = await fromBufferPromise(rawPayload);
  for await (const entry of zip.eachEntry()) {
    const bytes = Buffer.concat(await (await zip.openReadStreamPromise(entry)).toArray());
    const sheets = await readSheets(bytes);
    return { name: entry.fileName, rows: sheets.flatMap(({ data }) => data) };
  }
  throw new Error('the archive is empty');
}

/** Starts and runs the export, and fetches its report. */
export async function exportOf(
  server: ProtocolTestServer,
  path: string,
): Promise<{ job: Job; file: LightMyRequestResponse }> {
  const started = await server.call('GET', `/insights/${path}`);
  if (started.statusCode !== 200) throw new Error(started.body);
  const job = await server.runNext();
  const { jobId } = started.json<{ jobId: string }>();
  const file = await server.call('GET', `/insights/job/${jobId}/exportfile`);
  return { job, file };
}

/** Ids of the records in the report. */
export async function idsOf(server: ProtocolTestServer, path: string): Promise<string> {
  const { file } = await exportOf(server, path);
  const { rows } = await openReport(file);
  return rows
    .slice(1)
    .map(([id]) => String(id))
    .join(' ');
}
