/** What `POST /v1/imports`, `/v1/validations` and `/v1/exports` accept. */
import { IMPORT_OPTIONS } from '../../core/import-options.ts';
import { RESULT_COMPRESSIONS } from '../../formats/format.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { DESTINATION, LOG } from './delivery.ts';
import { FILE_NAME } from './incoming-file.ts';
import { ANYTHING, listOf, named, objectOf, TEXT_MAP, TIME } from './shared.ts';
import { SOURCE } from './source.ts';
import { DIALECT, FORMAT_NAMES, MAPPING } from './source-reading.ts';

export const EXPORT_ENCODINGS = ['utf-8', 'utf-8-bom', 'utf-16le', 'windows-1252'] as const;
const POSITIVE = { type: 'integer', minimum: 1 } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;
const FLAG = { type: 'boolean' } as const;
const NAME = { type: 'string', minLength: 1, maxLength: HTTP_LIMITS.nameCharacters.value } as const;
const CHARACTER = { type: 'string', minLength: 1, maxLength: 1 } as const;
const UUID = { type: 'string', format: 'uuid' } as const;

const NOTIFY_URL = {
  type: 'string',
  minLength: 1,
  maxLength: HTTP_LIMITS.notifyUrlCharacters.value,
  description:
    'Receives a `POST` with the job. Must be `https:` or `http:`, and on the public internet, unless `outgoing.allow` permits it.',
} as const;

/** What every kick-off may say about its job. */
const DESCRIPTION = {
  description: {
    type: 'string',
    maxLength: HTTP_LIMITS.descriptionCharacters.value,
    description: 'For people; shown with the job.',
  },
  labels: {
    type: 'array',
    maxItems: HTTP_LIMITS.labels.value,
    items: { type: 'string', minLength: 1, maxLength: HTTP_LIMITS.labelCharacters.value },
    description: 'To find the job again.',
  },
  metadata: { ...ANYTHING, description: 'Stored with the job, and returned unchanged.' },
  createdBy: {
    type: 'string',
    maxLength: HTTP_LIMITS.createdByCharacters.value,
    description: 'Who started the job, in your own words.',
  },
  priority: {
    type: 'integer',
    minimum: -100,
    maximum: 100,
    description: 'Higher priorities go first. Default 0.',
  },
  startAt: { ...TIME, description: 'Earliest start.' },
  stopAt: { ...TIME, description: 'Stop at the next chunk boundary. Such a job can be resumed.' },
  after: {
    ...UUID,
    description:
      'The job that must succeed before this one starts. If it does not, this one fails with `job.prerequisite_failed`.',
  },
  scope: { ...TEXT_MAP, description: 'Values of all scope columns of the collection, and no others.' },
  log: LOG,
  notify: {
    ...objectOf({ url: NOTIFY_URL }),
    description: 'Address to call when the job has ended; see docs/notifications.md.',
  },
} as const;

/** Options of an import or a validation that are one value each. */
export const IMPORT_OPTION_MEMBERS = Object.fromEntries(
  Object.entries(IMPORT_OPTIONS).map(([name, { schema, text }]) => [name, { ...schema, description: text }]),
);

const COLLECTION = { ...NAME, description: 'The name of the collection.' } as const;
const { scope: SCOPE } = DESCRIPTION;

function partsOf<Schema extends object>(part: Schema) {
  return {
    type: 'array',
    minItems: 1,
    maxItems: HTTP_LIMITS.partsPerJob.value,
    items: part,
    description: 'Several collections in one job, in this order. Replaces the members that a part has.',
  } as const;
}

const IMPORT_PART = named(
  'ImportPart',
  objectOf(
    {
      collection: COLLECTION,
      source: objectOf({ upload: { ...UUID, description: 'A file sent to /v1/uploads.' } }),
      scope: SCOPE,
      dialect: DIALECT,
      mapping: MAPPING,
    },
    ['scope', 'dialect', 'mapping'],
  ),
);

/** Without parts there is one: the request itself. */
function unlessParts(member: 'collection' | 'source') {
  const otherwise = { properties: { [member]: true }, required: [member] };
  return { if: { properties: { parts: true }, required: ['parts'] }, else: otherwise } as const;
}

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
  ...unlessParts('source'),
  properties: {
    collection: COLLECTION,
    source: SOURCE,
    parts: partsOf(IMPORT_PART),
    ...IMPORT_OPTION_MEMBERS,
    dialect: DIALECT,
    mapping: MAPPING,
    ...DESCRIPTION,
  },
} as const;

const { source: _, parts: _____, ...FILE_IMPORT_MEMBERS } = IMPORT_BODY.properties;

/** The part `job` of a form: the file is the source. */
export const FILE_IMPORT_BODY = {
  title: 'FileImportRequest',
  examples: [{ collection: 'people', mode: 'insert', labels: ['nightly'] }],
  type: 'object',
  additionalProperties: false,
  required: ['collection'],
  properties: FILE_IMPORT_MEMBERS,
} as const;

const {
  labels: LABEL,
  metadata: __,
  scope: ___,
  notify: ____,
  log: ______,
  ...PLAIN_DESCRIPTION
} = DESCRIPTION;

/** The same in the query, where the body is the file: members of objects have a dot in their names. */
export const IMPORT_QUERY = {
  type: 'object',
  additionalProperties: false,
  properties: {
    collection: { ...NAME, description: 'With this, the body is the file, whatever its content type.' },
    ...IMPORT_OPTION_MEMBERS,
    ...PLAIN_DESCRIPTION,
    label: { ...LABEL, description: 'Repeat it for several labels.' },
    ...Object.fromEntries(
      Object.entries(DIALECT.properties).map(([name, schema]) => [`dialect.${name}`, schema]),
    ),
    'notify.url': NOTIFY_URL,
    name: FILE_NAME,
  },
  patternProperties: { '^(scope|metadata)\\..': { type: 'string' } },
} as const;

/** What is taken from a collection. */
const SELECTION = {
  fields: { type: 'array', minItems: 1, items: NAME, description: 'In this order. Default: all.' },
  // Its shape is recursive: `parse-filter.ts` reads it.
  filter: { ...ANYTHING, description: 'Conditions on fields; see docs/exporting.md.' },
} as const;

const EXPORT_PART = named(
  'ExportPart',
  objectOf({ collection: COLLECTION, scope: SCOPE, ...SELECTION }, ['scope', 'fields', 'filter']),
);

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
  ...unlessParts('collection'),
  properties: {
    collection: COLLECTION,
    ...SELECTION,
    parts: partsOf(EXPORT_PART),
    order: {
      ...listOf(
        objectOf(
          {
            field: { ...NAME, description: 'Field of the collection.' },
            direction: { enum: ['asc', 'desc'], description: 'Default `asc`.' },
          },
          ['direction'],
        ),
      ),
      description: 'Default: by the key.',
    },
    format: { enum: FORMAT_NAMES, description: 'Default `csv`.' },
    compression: {
      enum: RESULT_COMPRESSIONS,
      description: 'Default `none`. `zip` makes an archive of each result file.',
    },
    delimiter: { ...CHARACTER, description: 'Delimiter of CSV fields. Default: a comma.' },
    header: { ...FLAG, description: 'CSV and XLSX start with the names of the fields. Default true.' },
    headerLabels: {
      type: 'object',
      additionalProperties: NAME,
      description: 'Texts for the header of CSV and XLSX, by field, instead of the names.',
    },
    encoding: { enum: EXPORT_ENCODINGS, description: 'Default `utf-8`.' },
    fileName: {
      type: 'string',
      // Safe in every file system and archive.
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9 ._()-]{0,98}[A-Za-z0-9_()-])?$',
      description:
        'Name of the result file, without extension. Default: the name of the collection. With several parts, it is put before the name of the collection.',
    },
    splitRecords: { ...POSITIVE, description: 'Start a new file after this many records.' },
    splitBytes: { ...POSITIVE, description: 'Start a new file after this many bytes, before compression.' },
    guardFormulas: {
      ...FLAG,
      description:
        'CSV: put an apostrophe before text that a spreadsheet would run as a formula, and note where in a last column, so that an import removes it again. Needs the header. Default false.',
    },
    destination: DESTINATION,
    ...DESCRIPTION,
  },
} as const;

export const CORRECTION_BODY = named('CorrectionRequest', {
  ...objectOf(
    {
      upload: { ...UUID, description: 'The corrected file, sent to /v1/uploads.' },
      part: { ...COUNT, description: 'The part of the job that it corrects; required if there are several.' },
    },
    ['part'],
  ),
  examples: [{ upload: '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00' }],
});
