/** A collection of articles, packages in a bucket, and the log that jobs leave beside them. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { LightMyRequestResponse } from 'fastify';
import type { Definition } from '../../engine/harness.ts';
import { putFolder } from '../../support/egain-package.ts';
import type { Entries } from '../../support/zip.ts';
import { type CallOptions, type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';

export const ARTICLES = {
  name: 'articles',
  key: ['title'],
  schema: {
    type: 'object',
    properties: {
      title: { type: 'string' },
      path: { type: 'string' },
      html: { type: 'string' },
      available: { type: 'string', format: 'date-time' },
    },
    required: ['title', 'path', 'html'],
  },
};

export const BINDING = {
  articles: {
    collection: 'articles',
    fields: { name: 'title', folder: 'path', content: 'html', availabilityDate: 'available' },
  },
};

export const KICK_OFF = '/knowledge/contentmgr/v4/import/content';

export interface ImportServer extends ProtocolTestServer {
  /** What stands for `s3://bucket/`. */
  readonly bucket: string;
  /** What stands for `file:///share/`. */
  readonly share: string;
  /** Puts a package into the bucket. */
  put(name: string, articles: readonly object[]): Promise<void>;
  start(body: unknown, options?: CallOptions & { url?: string }): Promise<LightMyRequestResponse>;
  validate(body: unknown, options?: CallOptions): Promise<LightMyRequestResponse>;
  status(id: string, options?: CallOptions): Promise<LightMyRequestResponse>;
  cancel(id: string, options?: CallOptions): Promise<LightMyRequestResponse>;
  log(id: string): Promise<string>;
}

export async function startImportServer(
  options: {
    readonly binding?: Readonly<Record<string, unknown>>;
    readonly collection?: Definition;
    readonly change?: Parameters<typeof startProtocols>[0]['change'];
  } = {},
): Promise<ImportServer> {
  const bucket = await mkdtemp(join(tmpdir(), 'waybill-import-bucket-'));
  const share = await mkdtemp(join(tmpdir(), 'waybill-import-share-'));
  const server = await startProtocols({
    collections: [options.collection ?? ARTICLES],
    protocols: { 'egain-import': { ...BINDING, ...options.binding } },
    locations: {
      's3://bucket/': bucket,
      'file:///share/': share,
      '/mnt/share/': share,
      'sftp://files.example.com/': share,
      's3://deep/only/': bucket,
    },
    ...(options.change && { change: options.change }),
  });
  return {
    ...server,
    bucket,
    share,
    async put(name, articles) {
      await putFolder(join(bucket, name), entriesOf(articles));
    },
    start: (json, { url = KICK_OFF, ...more } = {}) => server.call('POST', url, { json, ...more }),
    validate: (json, more) => server.call('POST', `${KICK_OFF}/validate`, { json, ...more }),
    status: (id, more) => server.call('GET', `${KICK_OFF}/${id}/status`, more),
    cancel: (id, more) => server.call('POST', `${KICK_OFF}/${id}/cancel`, more),
    log: (id) => readFile(join(bucket, `logs/import-logs-${id}.txt`), 'utf8'),
    async close() {
      await server.close();
      await rm(bucket, { recursive: true });
      await rm(share, { recursive: true });
    },
  };
}

/** A package with these articles; texts are in place. */
export function entriesOf(articles: readonly object[]): Entries {
  return { 'package/knowledgehub/articles/articles.json': JSON.stringify({ articles }) };
}

export function article(name: string, more: object = {}): object {
  return { name, folder: { path: 'Shop/Orders' }, content: `<p>${name}</p>`, ...more };
}

/** The body of an import, with changes. */
export function importContent(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return { dataSource: dataSource(), operation: 'import', ...changes };
}

export function dataSource(changes: Readonly<Record<string, unknown>> = {}): Record<string, unknown> {
  return {
    type: 'AWS S3 bucket',
    path: 's3://bucket/in',
    region: 'us-east-1',
    credentials: { accessKeyId: 'AKIAIOSFODNN7EXAMPLE', secretAccessKey: 'never-to-be-seen' },
    ...changes,
  };
}

/** The job's id, out of `location`. */
export function idOf({ headers }: LightMyRequestResponse): string {
  return String(headers['location']).split('/').at(-2) ?? '';
}
