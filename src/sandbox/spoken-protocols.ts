/** How each protocol is bound to the collections of the sandbox, and what a first request in it looks like. */
import type { Job, JobKind } from '../core/job.ts';
import { PROTOCOLS } from '../protocols/all-protocols.ts';
import type { Protocol } from '../protocols/protocol.ts';
import { PACKAGE_FOLDER } from './content/films.ts';

export interface FirstRequest {
  readonly method: 'GET' | 'POST';
  /** Below the base path of the protocol. */
  readonly path: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: object;
}

type NamedJob = Pick<Job, 'id' | 'number'>;

interface Spoken {
  readonly binding: Readonly<Record<string, unknown>>;
  readonly first: FirstRequest;
  /** Where it says how a job of a kind stands, below its base path. */
  readonly status: Readonly<Partial<Record<JobKind, (job: NamedJob) => string>>>;
}

/** Places that requests may name; they are folders of the sandbox. */
export const PLACES = { s3: 's3://sandbox/', sftp: 'sftp://sandbox.example.com/' } as const;

const ACTIVITIES = {
  collection: 'activities',
  fields: { user: 'user', object: 'object', event: 'event', time: 'at' },
};
const ACCESS = {
  collection: 'permissions',
  fields: { user: 'user', group: 'group', site: 'site', dataSource: 'data_source', level: 'level' },
};
const PERMISSIONS = { collection: 'permissions', fields: { site: 'site' } };
const LINKS = { collection: 'links', fields: { linkType: 'type', time: 'at' } };

const AVEPOINT: Spoken = {
  binding: {
    reports: {
      activities: ACTIVITIES,
      userAccess: ACCESS,
      groupAccess: ACCESS,
      sitePermissions: PERMISSIONS,
      sharingLinks: LINKS,
      googleActivities: ACTIVITIES,
      googleUserAccess: ACCESS,
      googleGroupAccess: ACCESS,
      googleDrivePermissions: PERMISSIONS,
      googleSharingLinks: LINKS,
    },
  },
  first: { method: 'GET', path: '/users/american-airlines@example.com/activities/export' },
  status: { export: ({ number }) => `/job/${number}/exportstatus` },
};

const EGAIN_EXPORT: Spoken = {
  binding: {
    portals: {
      'PROD-1000': {
        articles: {
          collection: 'articles',
          fields: { language: 'language', published: 'is_published', searchable: 'is_searchable' },
          columns: ['id', 'name', 'content'],
        },
      },
    },
  },
  first: {
    method: 'POST',
    path: '/content/export',
    headers: { 'accept-language': 'en-US' },
    json: {
      portalID: 'PROD-1000',
      language: { code: 'en-US' },
      resourceTypes: ['articles'],
      dataDestination: {
        destinationType: 'AWS S3 bucket',
        path: `${PLACES.s3}exports`,
        s3Details: { region: 'us-east-1', accessKey: 'any', secretKey: 'any' },
      },
    },
  },
  status: { export: ({ id }) => `/content/export/${id.toUpperCase()}/status` },
};

const EGAIN_IMPORT: Spoken = {
  binding: {
    articles: {
      collection: 'drafts',
      fields: { name: 'name', folder: 'folder', content: 'content' },
    },
  },
  first: {
    method: 'POST',
    path: '/import/content',
    json: {
      dataSource: {
        type: 'AWS S3 bucket',
        path: `${PLACES.s3}${PACKAGE_FOLDER}`,
        region: 'us-east-1',
        credentials: { accessKeyId: 'any', secretAccessKey: 'any' },
      },
      operation: 'import',
    },
  },
  status: { import: ({ id }) => `/import/content/${id.toUpperCase()}/status` },
};

const EMARSYS: Spoken = {
  binding: {
    contacts: {
      collection: 'contacts',
      userId: 'id',
      fields: {
        '3': { field: 'email', names: { en: 'E-Mail', de: 'E-Mail' } },
        '11': { field: 'city', names: { en: 'City', de: 'Stadt' } },
        '12': { field: 'state', names: { en: 'State', de: 'Bundesland' } },
        '18': { field: 'name', names: { en: 'Company', de: 'Firma' } },
      },
      changedAt: 'changed_at',
      registeredAt: 'registered_at',
      origin: 'origin',
      originId: 'origin_id',
    },
    responses: {
      collection: 'responses',
      userId: 'contact',
      contactFields: { '3': { field: 'email', names: { en: 'E-Mail' } } },
      analysisFields: {
        '1': { field: 'campaign_title', names: { en: 'Campaign title' } },
        '4': { field: 'link', names: { en: 'Link title' } },
        '12': { field: 'campaign', names: { en: 'Campaign ID' } },
      },
      time: 'at',
      source: 'damage',
      sources: {
        mail_open: ['None'],
        trackable_links: ['Minor'],
        unsubscribe: ['Substantial'],
        complaint: ['Medium', 'B', 'C'],
      },
      emailId: 'campaign',
    },
    contactLists: { '1': { filter: { field: 'state', op: 'eq', value: 'TX' } } },
    segments: { '1': { filter: { field: 'origin', op: 'eq', value: 'form' } } },
  },
  first: {
    method: 'POST',
    path: '/contact/getchanges',
    json: {
      distribution_method: 'local',
      time_range: ['2026-01-01', '2027-01-01'],
      origin: 'all',
      origin_id: '0',
      contact_fields: ['3', '18'],
    },
  },
  status: { export: ({ number }) => `/export/${number}` },
};

const SAILPOINT: Spoken = {
  binding: {
    tenant: 'sandbox',
    types: {
      SOURCE: { collection: 'sources', id: 'id', name: 'name' },
      TRANSFORM: { collection: 'transforms', id: 'id', name: 'name' },
      RULE: { collection: 'rules', id: 'id', name: 'name' },
    },
  },
  first: {
    method: 'POST',
    path: '/export',
    json: { description: 'A first export', includeTypes: ['SOURCE', 'TRANSFORM', 'RULE'] },
  },
  status: { export: ({ id }) => `/export/${id}`, import: ({ id }) => `/import/${id}` },
};

const SPOKEN: Readonly<Record<string, Spoken>> = {
  avepoint: AVEPOINT,
  'egain-export': EGAIN_EXPORT,
  'egain-import': EGAIN_IMPORT,
  emarsys: EMARSYS,
  sailpoint: SAILPOINT,
};

export interface SpokenProtocol extends Spoken {
  readonly protocol: Protocol;
}

/** All that come with Waybill. */
export const SPOKEN_PROTOCOLS: readonly SpokenProtocol[] = PROTOCOLS.flatMap((protocol) => {
  const spoken = SPOKEN[protocol.name];
  return spoken === undefined ? [] : [{ protocol, ...spoken }];
});

/** What stands below `protocols` in a configuration. */
export const BINDINGS = Object.fromEntries(
  SPOKEN_PROTOCOLS.map(({ protocol, binding }) => [protocol.name, binding]),
);
