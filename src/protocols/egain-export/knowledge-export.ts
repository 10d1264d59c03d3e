/** The body of the kick-off: what it may say, and what it asks for. */
import type { Attribute } from '../egain/check-request.ts';
import { CONTENT_LANGUAGES, PORTAL_ID, RESOURCE_TYPES, type ResourceType } from './binding.ts';

export const ALL = 'all';
const S3 = 'AWS S3 bucket';
const SFTP = 'SFTP server';

/** What the rules accept. Members that are null are not there. */
export interface KnowledgeExport {
  readonly portalID: string;
  readonly language: { readonly code: string };
  readonly resourceTypes: readonly (ResourceType | typeof ALL)[];
  readonly dataDestination: DataDestination;
  readonly articleCategories?: 'searchable' | 'all' | null;
  readonly exportUnpublishedOnly?: boolean | null;
}

export interface DataDestination {
  readonly destinationType: typeof S3 | typeof SFTP;
  readonly path: string;
  readonly sftpDetails?: { readonly host: string; readonly port?: number | null } | null;
}

const SECRET = { type: 'string', maxLength: 128 } as const;
const REGION = { type: 'string', maxLength: 20 } as const;

const DATA_DESTINATION: Attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['destinationType', 'path'],
  properties: {
    destinationType: { type: 'string', enum: [S3, SFTP] },
    path: {
      type: 'string',
      minLength: 1,
      maxLength: 1024,
      description: 's3://bucket/folder, or a path on the SFTP server.',
    },
    sftpDetails: {
      type: 'object',
      additionalProperties: false,
      required: ['username', 'host'],
      properties: {
        username: SECRET,
        password: SECRET,
        host: { type: 'string', pattern: '^(?!:\\/\\/)([a-zA-Z0-9-]{1,63}\\.)+[a-zA-Z]{2,63}$' },
        port: { type: 'integer', minimum: 1, maximum: 65_535, default: 22 },
      },
    },
    s3Details: {
      type: 'object',
      additionalProperties: false,
      required: ['region', 'accessKey', 'secretKey'],
      properties: { region: REGION, accessKey: SECRET, secretKey: SECRET },
    },
    region: { ...REGION, description: 'As an older revision of the contract has it.' },
    credentials: {
      type: 'object',
      additionalProperties: false,
      required: ['accessKey', 'secretKey'],
      description: 'As an older revision of the contract has it.',
      properties: { accessKey: SECRET, secretKey: SECRET },
    },
  },
};

/** Source: eGain's OpenAPI documents, `KnowledgeExport` in both revisions. */
export const KNOWLEDGE_EXPORT: Attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['portalID', 'language', 'resourceTypes', 'dataDestination'],
  properties: {
    portalID: { type: 'string', ...PORTAL_ID },
    language: {
      type: 'object',
      additionalProperties: false,
      required: ['code'],
      properties: { code: { type: 'string', enum: CONTENT_LANGUAGES } },
    },
    resourceTypes: {
      type: 'array',
      minItems: 1,
      items: { type: 'string', enum: [...RESOURCE_TYPES, ALL] },
    },
    dataDestination: DATA_DESTINATION,
    articleCategories: { type: 'string', enum: ['searchable', 'all'], default: 'searchable' },
    exportUnpublishedOnly: { type: 'boolean', default: false },
  },
};

const DEFAULT_SFTP_PORT = 22;

/** The address of the folder that the files go to; undefined: the path is no address of its destination type. */
export function findLocation({ destinationType, path, sftpDetails }: DataDestination): string | undefined {
  if (destinationType === S3) return path.startsWith('s3://') ? path : undefined;
  const { host = '', port } = sftpDetails ?? {};
  const authority = (port ?? DEFAULT_SFTP_PORT) === DEFAULT_SFTP_PORT ? host : `${host}:${port}`;
  return `sftp://${authority.toLowerCase()}/${path.replace(/^\/+/, '')}`;
}

/** An attribute that this destination type cannot do without. */
export function findMissingDetail({ destinationType, sftpDetails }: DataDestination): string | undefined {
  const isMissing = destinationType === SFTP && (sftpDetails === undefined || sftpDetails === null);
  return isMissing ? 'dataDestination.sftpDetails' : undefined;
}
