/** A portal with three kinds of resources, and the folders that stand for its clients' places. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightMyRequestResponse } from 'fastify';
import { type CallOptions, type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';

export const ARTICLES = {
  name: 'articles',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'integer' },
      name: { type: 'string' },
      lang: { type: 'string' },
      is_published: { type: 'boolean' },
      is_searchable: { type: 'boolean' },
    },
    required: ['id'],
  },
};

export const TOPICS = {
  name: 'topics',
  key: ['id'],
  schema: {
    type: 'object',
    properties: { id: { type: 'integer' }, title: { type: 'string' } },
    required: ['id'],
  },
};

const ROLES = { language: 'lang', published: 'is_published', searchable: 'is_searchable' };

export const BINDING = {
  portals: {
    'PROD-1000': {
      articles: { collection: 'articles', fields: ROLES, columns: ['id', 'name'] },
      topics: { collection: 'topics' },
    },
    'PROD-2000': { articles: { collection: 'articles', fields: { language: 'lang' } } },
  },
  languages: { 'en-US': 'en', 'de-DE': 'de' },
};

export const KICK_OFF = '/knowledge/portalmgr/v4/content/export';

export interface ExportServer extends ProtocolTestServer {
  /** What stands for `s3://bucket/`. */
  readonly bucket: string;
  /** What stands for `sftp://files.example.com/` and, on another port, `sftp://files.example.com:2222/`. */
  readonly sftp: readonly [string, string];
  /** Asks for an export with the language header that it needs. */
  start(body: unknown, options?: CallOptions & { url?: string }): Promise<LightMyRequestResponse>;
  status(id: string, options?: CallOptions): Promise<LightMyRequestResponse>;
}

export async function startExportServer(
  options: Partial<Pick<Parameters<typeof startProtocols>[0], 'change' | 'protocols'>> = {},
): Promise<ExportServer> {
  const folders = await Promise.all(
    ['bucket', 'sftp', 'sftp2'].map((name) => mkdtemp(join(tmpdir(), `waybill-egain-${name}-`))),
  );
  const [bucket = '', first = '', second = ''] = folders;
  const locations = {
    's3://bucket/': bucket,
    'sftp://files.example.com/': first,
    'sftp://files.example.com:2222/': second,
  };
  const server = await startProtocols({
    collections: [ARTICLES, TOPICS],
    protocols: { 'egain-export': BINDING },
    locations,
    ...options,
  });
  const call: ProtocolTestServer['call'] = (method, url, { headers, ...options } = {}) =>
    server.call(method, url, { ...options, headers: { 'accept-language': 'en-US', ...headers } });
  return {
    ...server,
    call,
    bucket,
    sftp: [first, second],
    start: (json, { url = KICK_OFF, ...options } = {}) => call('POST', url, { json, ...options }),
    status: (id, options) => call('GET', `${KICK_OFF}/${id}/status`, options),
    async close() {
      await server.close();
      await Promise.all(folders.map((folder) => rm(folder, { recursive: true })));
    },
  };
}

/** Articles in English by number; every tenth is German, every fourth not published, every fifth not searchable. */
export function articles(count: number): Record<string, unknown>[] {
  return Array.from({ length: count }, (_, index) => ({
    id: String(index + 1),
    name: `Article ${index + 1}`,
    lang: index % 10 === 9 ? 'de' : 'en',
    is_published: index % 4 !== 3,
    is_searchable: index % 5 !== 4,
  }));
}

/** A kick-off of everything, with changes. */
export function knowledgeExport(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    portalID: 'PROD-1000',
    language: { code: 'en-US' },
    resourceTypes: ['articles'],
    articleCategories: 'all',
    dataDestination: {
      destinationType: 'AWS S3 bucket',
      path: 's3://bucket/mydeptfolder',
      s3Details: { region: 'us-east-1', accessKey: 'AKIAIOSFODNN7EXAMPLE', secretKey: 'a-secret-key' },
    },
    ...changes,
  };
}

/** The job's id, out of `location`. */
export function idOf({ headers }: LightMyRequestResponse): string {
  return String(headers['location']).split('/').at(-1) ?? '';
}

export interface DeliveredFile {
  readonly name: string;
  readonly records: readonly Readonly<Record<string, unknown>>[];
}

/** Files in a folder by name, with the records in them. */
export async function readDelivered(folder: string): Promise<DeliveredFile[]> {
  const names = (await readdir(folder)).toSorted();
  return Promise.all(
    names.map(async (name) => ({ name, records: JSON.parse(await readFile(join(folder, name), 'utf8')) })),
  );
}
