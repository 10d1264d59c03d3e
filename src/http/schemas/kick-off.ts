/** What `POST /v1/imports`, `/v1/validations` and `/v1/exports` accept. */
import { IMPORT_MODES } from '../../core/job.ts';
import { COMPRESSIONS, ENCODINGS } from '../../formats/format.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { FILE_NAME } from './incoming-file.ts';
import { ANYTHING, listOf, named, objectOf, TEXT_MAP, TIME } from './shared.ts';

export const EXPORT_ENCODINGS = ['utf-8', 'utf-8-bom', 'utf-16le', 'windows-1252'] as const;
const FORMAT_NAMES = ['csv', 'jsonl', 'json'] as const;
const POSITIVE = { type: 'integer', minimum: 1 } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const FLAG = { type: 'boolean' } as const;
const NAME = { type: 'string', minLength: 1, maxLength: HTTP_LIMITS.nameCharacters.value } as const;
const UUID = { type: 'string', format: 'uuid' } as const;

/** What every kick-off may say about its job. */
const DESCRIPTION = {
  description: { type: 'string', maxLength: HTTP_LIMITS.descriptionCharacters.value },
  labels: {
    type: 'array',
    maxItems: HTTP_LIMITS.labels.value,
    items: { type: 'string', minLength: 1, maxLength: HTTP_LIMITS.labelCharacters.value },
  },
  metadata: ANYTHING,
  createdBy: { type: 'string', maxLength: HTTP_LIMITS.createdByCharacters.value },
  priority: { type: 'integer', minimum: -100, maximum: 100 },
  startAt: TIME,
  stopAt: TIME,
  scope: TEXT_MAP,
} as const;

/** How to read the source, where it should not be found out. */
export const DIALECT = {
  title: 'Dialect',
  type: 'object',
  additionalProperties: false,
  properties: {
    format: { enum: FORMAT_NAMES },
    encoding: { enum: ENCODINGS },
    compression: { enum: COMPRESSIONS },
    delimiter: { type: 'string', minLength: 1, maxLength: 1 },
    quote: { type: 'string', minLength: 1, maxLength: 1 },
    escape: { type: 'string', minLength: 1, maxLength: 1 },
    header: FLAG,
  },
} as const;

const MAPPED_FIELD = objectOf(
  {
    field: NAME,
    source: NAME,
    constant: { type: ['string', 'null'] },
    default: { type: 'string' },
    trim: FLAG,
    valueMap: { type: 'object', additionalProperties: { type: ['string', 'null'] } },
    otherwise: { enum: ['keep', 'error'] },
  },
  ['source', 'constant', 'default', 'trim', 'valueMap', 'otherwise'],
);

export const MAPPING = named(
  'Mapping',
  objectOf({ fields: listOf(MAPPED_FIELD), ignore: listOf({ type: 'string' }) }, ['ignore']),
);

const SOURCE = {
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    upload: { ...UUID, description: 'A file sent to /v1/uploads.' },
    job: { ...UUID, description: 'A finished validation: import what that one checked.' },
    records: { type: 'array', minItems: 1, items: ANYTHING },
    url: { type: 'string', description: 'Not yet: refused as `source.unsupported`.' },
  },
} as const;

/** Options of an import or a validation that are one value each. */
const IMPORT_OPTIONS = {
  mode: { enum: IMPORT_MODES },
  atomicity: { enum: ['chunk', 'all'] },
  duplicates: { enum: ['error', 'first', 'last'] },
  maxErrors: COUNT,
  maxErrorShare: { type: 'number', minimum: 0, maximum: 1 },
  allowNothingAccepted: FLAG,
  maxDeletes: COUNT,
  replaceDespiteErrors: FLAG,
  replaceByNothing: FLAG,
  rowsPerSecond: POSITIVE,
  lockTimeoutMs: { type: 'integer', minimum: 1, maximum: 3_600_000 },
  effects: FLAG,
  allowConcurrent: FLAG,
} as const;

export const IMPORT_BODY = {
  title: 'ImportRequest',
  examples: [
    { collection: 'people', source: { upload: '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00' } },
    {
      collection: 'people',
      mode: 'insert',
      source: { records: [{ id: 1, name: 'Ann', born: '1990-05-17' }] },
      labels: ['nightly'],
    },
  ],
  type: 'object',
  additionalProperties: false,
  required: ['source'],
  properties: {
    collection: NAME,
    source: SOURCE,
    ...IMPORT_OPTIONS,
    dialect: DIALECT,
    mapping: MAPPING,
    ...DESCRIPTION,
  },
} as const;

const { source: _, ...FILE_IMPORT_MEMBERS } = IMPORT_BODY.properties;

/** The part `job` of a form: the file is the source. */
export const FILE_IMPORT_BODY = {
  title: 'FileImportRequest',
  examples: [{ collection: 'people', mode: 'insert', labels: ['nightly'] }],
  type: 'object',
  additionalProperties: false,
  required: ['collection'],
  properties: FILE_IMPORT_MEMBERS,
} as const;

const { labels: LABEL, metadata: __, scope: ___, ...PLAIN_DESCRIPTION } = DESCRIPTION;

/** The same in the query, where the body is the file: members of objects have a dot in their names. */
export const IMPORT_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    collection: { ...NAME, description: 'With this the body is the file, whatever its content type says.' },
    ...IMPORT_OPTIONS,
    ...PLAIN_DESCRIPTION,
    label: { ...LABEL, description: 'Several times for several labels.' },
    ...Object.fromEntries(
      Object.entries(DIALECT.properties).map(([name, schema]) => [`dialect.${name}`, schema]),
    ),
    name: FILE_NAME,
  },
  patternProperties: { '^(scope|metadata)\\..': { type: 'string' } },
} as const;

export const EXPORT_BODY = {
  title: 'ExportRequest',
  examples: [
    { collection: 'people' },
    {
      collection: 'people',
      fields: ['id', 'name'],
      filter: { field: 'born', op: 'ge', value: '1990-01-01' },
      order: [{ field: 'name' }],
      format: 'jsonl',
      compression: 'gzip',
    },
  ],
  type: 'object',
  additionalProperties: false,
  required: ['collection'],
  properties: {
    collection: NAME,
    fields: { type: 'array', minItems: 1, items: NAME },
    // Its shape is recursive: `parse-filter.ts` reads it.
    filter: ANYTHING,
    order: listOf(objectOf({ field: NAME, direction: { enum: ['asc', 'desc'] } }, ['direction'])),
    format: { enum: FORMAT_NAMES },
    compression: { enum: COMPRESSIONS },
    delimiter: { type: 'string', minLength: 1, maxLength: 1 },
    header: FLAG,
    encoding: { enum: EXPORT_ENCODINGS },
    splitRecords: POSITIVE,
    splitBytes: POSITIVE,
    guardFormulas: FLAG,
    ...DESCRIPTION,
  },
} as const;

export const CORRECTION_BODY = named('CorrectionRequest', {
  ...objectOf({ upload: UUID }),
  examples: [{ upload: '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00' }],
});
