import type { LightMyRequestResponse } from 'fastify';
import type { CallOptions, ProtocolTestServer } from '../support/protocol-server.ts';

export const SOURCES = {
  name: 'sources',
  key: ['id'],
  schema: {
    type: 'object',
    properties: {
      id: { type: 'string' },
      name: { type: 'string' },
      connector: { type: 'string', enum: ['active-directory', 'delimited-file'] },
      threshold: { type: 'integer' },
      secret: { type: 'string' },
    },
    required: ['id', 'connector'],
  },
};

export const TRANSFORMS = {
  name: 'transforms',
  key: ['id'],
  schema: {
    type: 'object',
    properties: { id: { type: 'string' }, title: { type: 'string' } },
    required: ['id'],
  },
};

export const ROLES = {
  name: 'roles',
  key: ['id'],
  schema: {
    type: 'object',
    properties: { id: { type: 'integer' }, name: { type: 'string' } },
    required: ['id'],
  },
};

export const COLLECTIONS = [SOURCES, TRANSFORMS, ROLES];

export const BINDING = {
  tenant: 'acme',
  types: {
    SOURCE: { collection: 'sources', id: 'id', name: 'name', fields: ['connector', 'threshold'] },
    TRANSFORM: { collection: 'transforms', id: 'id', name: 'title' },
    ROLE: { collection: 'roles', id: 'id', name: 'name' },
  },
};

export const SOURCE_RECORDS = [
  {
    id: 's1',
    name: 'Active Directory',
    connector: 'active-directory',
    threshold: '9007199254740993',
    secret: 'x',
  },
  { id: 's2', name: 'HR', connector: 'delimited-file', threshold: '7', secret: 'y' },
];

export interface Part {
  readonly name: string;
  readonly text: string;
  /** Absent: a field. */
  readonly fileName?: string;
  readonly mediaType?: string;
}

/** A form as the body of a call. */
export function form(parts: readonly Part[]): CallOptions {
  const boundary = 'a-boundary';
  const pieces = parts.map(({ name, text, fileName, mediaType }) => {
    const file = fileName === undefined ? '' : `; filename="${fileName}"`;
    const type = mediaType === undefined ? '' : `\r\ncontent-type: ${mediaType}`;
    return `--${boundary}\r\ncontent-disposition: form-data; name="${name}"${file}${type}\r\n\r\n${text}\r\n`;
  });
  return {
    body: `${pieces.join('')}--${boundary}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}` },
  };
}

export interface ObjectOf {
  readonly type: string;
  readonly id: string;
  readonly name: string;
  readonly object: object;
}

/** A document to import. */
export function documentOf(objects: readonly ObjectOf[]): string {
  return JSON.stringify({
    version: 1,
    tenant: 'acme',
    objects: objects.map(({ object, ...self }) => ({ version: 1, self, object })),
  });
}

/** Imports in the usual form: both parts as files, as the vendor's client sends them. */
export function postImport(
  server: ProtocolTestServer,
  document: string,
  options: object = {},
  url = '/beta/sp-config/import',
): Promise<LightMyRequestResponse> {
  const parts = [
    { name: 'data', text: document, fileName: 'config.json', mediaType: 'application/json' },
    { name: 'options', text: JSON.stringify(options), fileName: 'blob', mediaType: 'application/json' },
  ];
  return server.call('POST', url, form(parts));
}
