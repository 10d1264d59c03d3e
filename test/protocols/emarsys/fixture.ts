import type { CallOptions, ProtocolTestServer } from '../support/protocol-server.ts';

const TEXT = { type: ['string', 'null'] };
const TIME = { type: ['string', 'null'], format: 'date-time' };
const INTEGER = { type: ['integer', 'null'] };

export const CONTACTS = {
  name: 'contacts',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      first_name: TEXT,
      email: TEXT,
      note: TEXT,
      country: TEXT,
      changed_at: TIME,
      registered_at: TIME,
      origin: TEXT,
      origin_id: INTEGER,
    },
    required: ['id'],
  },
};

export const RESPONSES = {
  name: 'responses',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      contact: INTEGER,
      email: TEXT,
      campaign: INTEGER,
      campaign_title: TEXT,
      url: TEXT,
      event: TEXT,
      country: TEXT,
      at: TIME,
    },
    required: ['id'],
  },
};

export const BINDING = {
  contacts: {
    collection: 'contacts',
    userId: 'id',
    fields: {
      '1': { field: 'first_name', names: { en: 'First Name', de: 'Vorname' } },
      '3': { field: 'email', names: { en: 'E-Mail' } },
      '14': { field: 'note' },
      '106533': { field: 'country' },
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
      '5': { field: 'url', names: { en: 'Url' } },
    },
    time: 'at',
    source: 'event',
    sources: { trackable_links: ['click'], mail_open: ['open'] },
    emailId: 'campaign',
  },
  contactLists: {
    '111111111': {
      filter: { field: 'country', op: 'eq', value: 'AT' },
      responses: { filter: { field: 'country', op: 'eq', value: 'AT' } },
    },
    '7': { filter: { field: 'id', op: 'lt', value: '3' } },
  },
  segments: { '123': { filter: { field: 'first_name', op: 'not_null' } } },
};

/** Summer in Vienna is two hours before UTC: the first record has changed on the second of May there. */
const PEOPLE = [
  {
    id: '1',
    first_name: 'Ann',
    email: 'ann@example.com',
    note: 'two\r\nlines',
    country: 'AT',
    changed_at: '2026-05-01T22:30:00Z',
    registered_at: '2026-01-10T11:00:00Z',
    origin: 'form',
    origin_id: '123',
  },
  {
    id: '2',
    first_name: 'Bob',
    email: 'bob@example.com',
    note: 'a;b,c',
    country: 'DE',
    changed_at: '2026-05-03T10:00:00Z',
    registered_at: '2026-01-10T12:00:00Z',
    origin: 'api',
    origin_id: '0',
  },
  {
    id: '3',
    first_name: 'Eve',
    email: 'eve@example.com',
    note: 'x',
    country: 'AT',
    changed_at: '2026-05-03T12:00:00Z',
    registered_at: '2026-02-01T00:00:00Z',
    origin: 'api',
    origin_id: '',
  },
  {
    id: '4',
    first_name: '',
    email: 'dan@example.com',
    note: '',
    country: '',
    changed_at: '2026-06-01T00:00:00Z',
    registered_at: '',
    origin: 'form',
    origin_id: '9',
  },
];

const EVENTS = [
  {
    id: '1',
    contact: '1',
    email: 'ann@example.com',
    campaign: '5',
    campaign_title: 'May',
    url: 'https://a/1',
    event: 'click',
    country: 'AT',
    at: '2026-05-02T10:00:00Z',
  },
  {
    id: '2',
    contact: '2',
    email: 'bob@example.com',
    campaign: '5',
    campaign_title: 'May',
    url: '',
    event: 'open',
    country: 'DE',
    at: '2026-05-02T11:00:00Z',
  },
  {
    id: '3',
    contact: '1',
    email: 'ann@example.com',
    campaign: '6',
    campaign_title: 'June',
    url: '',
    event: 'unsubscribe',
    country: 'AT',
    at: '2026-06-02T10:00:00Z',
  },
  {
    id: '4',
    contact: '2',
    email: 'bob@example.com',
    campaign: '6',
    campaign_title: 'June',
    url: '',
    event: 'bounce',
    country: 'DE',
    at: '2026-06-02T11:00:00Z',
  },
];

export async function fill({ engine }: ProtocolTestServer): Promise<void> {
  await engine.import({ collection: 'contacts', source: { records: PEOPLE.map(withoutEmpty) } });
  await engine.import({ collection: 'responses', source: { records: EVENTS.map(withoutEmpty) } });
}

function withoutEmpty(record: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(record).filter(([, value]) => value !== ''));
}

export const API = '/api/v2';

/** A kick-off of each kind with nothing that could be left out. */
export const LEAST = {
  'contact/getchanges': {
    distribution_method: 'local',
    time_range: ['2026-01-01', '2027-01-01'],
    origin: 'all',
    origin_id: '0',
    contact_fields: ['3'],
  },
  'contact/getregistrations': {
    distribution_method: 'local',
    time_range: ['2026-01-01', '2027-01-01'],
    contact_fields: ['3'],
  },
  'email/getresponses': {
    distribution_method: 'local',
    time_range: ['2026-01-01', '2027-01-01'],
    contact_fields: ['3'],
    sources: 'all',
    analysis_fields: [],
  },
  'email/getcontacts': { distribution_method: 'local', contactlist: '111111111', contact_fields: ['3'] },
  'export/filter': { distribution_method: 'local', filter: 123, contact_fields: ['3'] },
} as const;
export type KickOffPath = keyof typeof LEAST;

export interface Reply {
  readonly replyCode: number;
  readonly replyText: string;
  readonly data: unknown;
}

/** Starts an export; members that are undefined are left out. */
export async function kickOff(
  server: ProtocolTestServer,
  path: KickOffPath,
  changes: Readonly<Record<string, unknown>> = {},
  options: CallOptions = {},
): Promise<{ status: number; reply: Reply; id: number }> {
  const json = { ...LEAST[path], ...changes };
  const answer = await server.call('POST', `${API}/${path}`, { ...options, json });
  const reply = answer.json<Reply>();
  return { status: answer.statusCode, reply, id: (reply.data as { id?: number }).id ?? -1 };
}

/** The CSV that a kick-off leads to. */
export async function csvOf(
  server: ProtocolTestServer,
  path: KickOffPath,
  changes: Readonly<Record<string, unknown>> = {},
): Promise<string> {
  const { reply, id } = await kickOff(server, path, changes);
  if (reply.replyCode !== 0) throw new Error(reply.replyText);
  const job = await server.runNext();
  if (job.state !== 'succeeded') throw new Error(`${job.state}: ${JSON.stringify(job.failure)}`);
  return (await server.call('GET', `${API}/export/${id}/data`)).body;
}
