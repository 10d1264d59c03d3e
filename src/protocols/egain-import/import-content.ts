/** The bodies of the kick-offs: what they may say. */
import type { Attribute } from '../egain/check-request.ts';
import { TIME } from '../egain/describe.ts';

const S3 = 'AWS S3 bucket';
const SHARED = 'Shared file path';

/** What the rules accept. Members that are null are not there. */
export interface ImportContent {
  readonly dataSource: DataSource;
  readonly operation: 'import' | 'reimport';
  readonly scheduleTime?: { readonly date: string; readonly stopDate?: string | null } | null;
}

export interface ValidateImportContent {
  readonly dataSource: DataSource;
}

export interface DataSource {
  readonly type: typeof S3 | typeof SHARED;
  readonly path: string;
}

/** Of the current revision, its guides, and the older one. */
const CREDENTIALS = [
  'accessKeyId',
  'secretAccessKey',
  'accessKey',
  'secretKey',
  'username',
  'password',
] as const;

interface Lengths {
  readonly path?: number;
  readonly region?: number;
  readonly credential?: number;
}

/** The contract limits the lengths at the import alone. */
const LENGTHS: Lengths = { path: 1024, region: 20, credential: 1024 };

function dataSource(lengths: Lengths): Attribute {
  const text = (maxLength: number | undefined) => ({
    type: 'string' as const,
    ...(maxLength !== undefined && { maxLength }),
  });
  return {
    type: 'object',
    additionalProperties: false,
    required: ['type', 'path'],
    properties: {
      type: { type: 'string', enum: [S3, SHARED] },
      path: {
        ...text(lengths.path),
        format: 'uri',
        minLength: 1,
        description:
          'Address of a package: a folder, or a ZIP archive. Any that `locations` maps, whatever the type.',
      },
      region: text(lengths.region),
      credentials: {
        type: 'object',
        additionalProperties: false,
        properties: Object.fromEntries(CREDENTIALS.map((name) => [name, text(lengths.credential)])),
      },
    },
  };
}

/** Source: eGain's OpenAPI documents, `ImportContent` in all revisions. */
export const IMPORT_CONTENT: Attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['dataSource', 'operation'],
  properties: {
    dataSource: dataSource(LENGTHS),
    operation: { type: 'string', enum: ['import', 'reimport'] },
    scheduleTime: {
      type: 'object',
      additionalProperties: false,
      required: ['date'],
      properties: { date: TIME, stopDate: TIME },
    },
  },
};

/** Source: eGain's OpenAPI documents, `ValidateImportContent`. */
export const VALIDATE_CONTENT: Attribute = {
  type: 'object',
  additionalProperties: false,
  required: ['dataSource'],
  properties: { dataSource: dataSource({}) },
};
