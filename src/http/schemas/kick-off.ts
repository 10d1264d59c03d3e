/** What `POST /v1/imports`, `/v1/validations` and `/v1/exports` accept. */
import { IMPORT_MODES } from '../../core/job.ts';
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
    'Gets a `POST` with the job. Of `https:` or `http:`, and on the public internet unless `outgoing.allow` has it.',
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
    description: 'To find the job by.',
  },
  metadata: { ...ANYTHING, description: 'Kept with the job and given back as it is.' },
  createdBy: {
    type: 'string',
    maxLength: HTTP_LIMITS.createdByCharacters.value,
    description: 'Who asked, in your own words.',
  },
  priority: {
    type: 'integer',
    minimum: -100,
    maximum: 100,
    description: 'Higher ones go first. Default 0.',
  },
  startAt: { ...TIME, description: 'Not before this time.' },
  stopAt: { ...TIME, description: 'Stop at the next chunk; such a job can be resumed.' },
  after: {
    ...UUID,
    description:
      'The job that must have succeeded before this one begins. When it ends otherwise, this one fails as `job.prerequisite_failed`.',
  },
  scope: { ...TEXT_MAP, description: 'Values of the scope columns of the collection, exactly those.' },
  log: LOG,
  notify: {
    ...objectOf({ url: NOTIFY_URL }),
    description: 'Tell this address once the job has ended; docs/notifications.md says how.',
  },
} as const;

/** Options of an import or a validation that are one value each. */
export const IMPORT_OPTION_MEMBERS = {
  mode: { enum: IMPORT_MODES, description: 'Default `upsert`, or `insert` where the collection has no key.' },
  atomicity: { enum: ['chunk', 'all'], description: 'What lands together. Default `chunk`.' },
  duplicates: {
    enum: ['error', 'first', 'last'],
    description:
      'Which record counts when a key comes twice. Default `error`: the first, and the others are rejected.',
  },
  maxErrors: { ...COUNT, description: 'Stop when more records were rejected.' },
  maxErrorShare: {
    type: 'number',
    minimum: 0,
    maximum: 1,
    description: 'Stop when a greater share of the records was rejected.',
  },
  maxRecords: { ...COUNT, description: 'More records than this fail the job before anything is written.' },
  allowNothingAccepted: { ...FLAG, description: 'Succeed although every record was rejected.' },
  maxDeletes: { ...COUNT, description: 'Mode `replace`: delete at most so many rows.' },
  replaceDespiteErrors: { ...FLAG, description: 'Mode `replace`: go on although records were rejected.' },
  replaceByNothing: {
    ...FLAG,
    description: 'Mode `replace`: an empty source deletes everything in the scope.',
  },
  rowsPerSecond: { ...POSITIVE, description: 'Go no faster than this.' },
  lockTimeoutMs: {
    type: 'integer',
    minimum: 1,
    maximum: 3_600_000,
    description: 'How long a write waits for a lock. Default 5,000.',
  },
  effects: {
    ...FLAG,
    description:
      'Validation: also say how many it would create, update, leave. Default: below 100,000 records.',
  },
  allowConcurrent: { ...FLAG, description: 'Run beside other writing jobs on this collection and scope.' },
  guardFormulas: {
    ...FLAG,
    description:
      '`issues.csv` and failed rows as CSV: put an apostrophe before text that a spreadsheet would take for a formula. Default false.',
  },
  advanceSequences: { ...FLAG, description: 'Import: advance sequences that stand behind its ids.' },
} as const;

const COLLECTION = { ...NAME, description: 'The name of the collection.' } as const;
const { scope: SCOPE } = DESCRIPTION;

function partsOf<Schema extends object>(part: Schema) {
  return {
    type: 'array',
    minItems: 1,
    maxItems: HTTP_LIMITS.partsPerJob.value,
    items: part,
    description: 'Several collections in one job, in this order, in place of the members that a part has.',
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
    collection: { ...NAME, description: 'With this the body is the file, whatever its content type says.' },
    ...IMPORT_OPTION_MEMBERS,
    ...PLAIN_DESCRIPTION,
    label: { ...LABEL, description: 'Several times for several labels.' },
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
  filter: { ...ANYTHING, description: 'Conditions on fields; docs/exporting.md describes their form.' },
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
            field: { ...NAME, description: 'Of the collection.' },
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
    delimiter: { ...CHARACTER, description: 'Between fields of CSV. Default: a comma.' },
    header: { ...FLAG, description: 'CSV and XLSX begin with the names of the fields. Default true.' },
    headerLabels: {
      type: 'object',
      additionalProperties: NAME,
      description: 'Texts of the header of CSV and XLSX by field, where they are not to be the names.',
    },
    encoding: { enum: EXPORT_ENCODINGS, description: 'Default `utf-8`.' },
    fileName: {
      type: 'string',
      // Safe in every file system and archive.
      pattern: '^[A-Za-z0-9_]([A-Za-z0-9 ._()-]{0,98}[A-Za-z0-9_()-])?$',
      description:
        'Name of the result file, without extension. Default: that of the collection, before which it stands where there are several parts.',
    },
    splitRecords: { ...POSITIVE, description: 'A new file after so many records.' },
    splitBytes: { ...POSITIVE, description: 'A new file after so many bytes, before compression.' },
    guardFormulas: {
      ...FLAG,
      description:
        'CSV: put an apostrophe before text that a spreadsheet would take for a formula, and say where in a last column, so that an import takes it off again. Needs the header. Default false.',
    },
    destination: DESTINATION,
    ...DESCRIPTION,
  },
} as const;

export const CORRECTION_BODY = named('CorrectionRequest', {
  ...objectOf(
    {
      upload: { ...UUID, description: 'The repaired file, sent to /v1/uploads.' },
      part: { ...COUNT, description: 'Which part of the job it corrects; needed where there are several.' },
    },
    ['part'],
  ),
  examples: [{ upload: '7a1f0f5e-9d0a-4a53-8f5e-0d4c3b2a1f00' }],
});
