/** The routes as the OpenAPI document shows them. Answers of both shapes are closed: what has another member is neither. */
import type { Operation, OperationAnswer } from '../protocol.ts';
import { OBJECT_TYPES } from './object-types.ts';
import { DESCRIPTION_CHARACTERS } from './read-options.ts';
import { type JobMember, type JobType, LATER_SHAPE, SEED_SHAPE, type Shape } from './shapes.ts';

const TEXT = { type: 'string' };
const FLAG = { type: 'boolean' };
const ANY_OBJECT = { type: 'object' };
const INSTANT = {
  type: 'string',
  format: 'date-time',
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}(\\.\\d{0,8}[1-9])?Z$',
};
const UUID = {
  type: 'string',
  pattern: '^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$',
};

function listOf(items: object): object {
  return { type: 'array', items };
}

function closed(properties: Readonly<Record<string, object>>, optional: readonly string[] = []): object {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: 'object', additionalProperties: false, properties, required };
}

function nullable(schema: object): object {
  return { anyOf: [schema, { type: 'null' }] };
}

const MEMBERS: Readonly<Record<JobMember, object>> = {
  jobId: UUID,
  status: { type: 'string', enum: ['NOT_STARTED', 'IN_PROGRESS', 'COMPLETE', 'CANCELLED', 'FAILED'] },
  type: { type: 'string', enum: ['EXPORT', 'IMPORT'] },
  message: TEXT,
  description: TEXT,
  expiration: { ...INSTANT, description: 'Until then what the job left can be downloaded.' },
  created: INSTANT,
  modified: INSTANT,
  completed: INSTANT,
};
const MAY_BE_ABSENT: readonly JobMember[] = ['message', 'description', 'completed'];

function job(members: (shape: Shape) => readonly JobMember[], type: JobType): object {
  const schemaOf = (shape: Shape) => {
    const properties = Object.fromEntries(
      members(shape).map((member) => {
        const schema = member === 'type' ? { const: type } : MEMBERS[member];
        const isNullable = shape.absent === 'null' && MAY_BE_ABSENT.includes(member);
        return [member, isNullable ? nullable(schema) : schema];
      }),
    );
    return closed(properties, shape.absent === 'null' ? [] : MAY_BE_ABSENT);
  };
  return { anyOf: [schemaOf(SEED_SHAPE), schemaOf(LATER_SHAPE)] };
}

const LOCALIZED = closed({
  locale: { ...TEXT, description: 'BCP 47.' },
  localeOrigin: { type: 'string', enum: ['DEFAULT', 'REQUEST'] },
  text: TEXT,
});

const FAULT = closed({
  detailCode: TEXT,
  trackingId: { type: 'string', pattern: '^[0-9a-f]{32}$' },
  messages: { ...listOf(LOCALIZED), minItems: 1 },
  causes: listOf(LOCALIZED),
});

function json(description: string, schema: object): OperationAnswer {
  return { description, content: { 'application/json': schema } };
}

const FAILURES: Readonly<Record<number, OperationAnswer>> = {
  400: json('Something is wrong with the request; causes say what.', FAULT),
  401: json('There is no valid login.', closed({ error: TEXT })),
  403: json('The login has none of the scopes.', FAULT),
  404: json('It is not there, not there yet, or not there any more.', FAULT),
  429: {
    ...json('Too many requests.', closed({ message: { const: ' Rate Limit Exceeded ' } })),
    headers: { 'retry-after': { type: 'integer', minimum: 1, description: 'Seconds.' } },
  },
  500: json('Something is wrong with the server.', FAULT),
};

const TEXTS = listOf(TEXT);
const CHOICE = { type: 'object', properties: { includedIds: TEXTS, includedNames: TEXTS } };
const SELECTION = {
  includeTypes: {
    ...listOf({ type: 'string', enum: OBJECT_TYPES }),
    description: 'Goes before excludeTypes.',
  },
  excludeTypes: listOf({ type: 'string', enum: OBJECT_TYPES }),
  objectOptions: {
    type: 'object',
    additionalProperties: CHOICE,
    description: 'By type: which of its objects.',
  },
};
const SELF = closed({ type: { type: 'string', enum: OBJECT_TYPES }, id: TEXT, name: TEXT });
const JOB_ID = { id: { ...TEXT, description: 'As the kick-off gave it; dashes may be left out.' } };

export function describeExport(): Operation {
  return {
    operationId: 'exportSpConfig',
    summary: 'Export configuration objects',
    body: {
      'application/json': {
        type: 'object',
        properties: { description: { ...TEXT, maxLength: DESCRIPTION_CHARACTERS }, ...SELECTION },
      },
    },
    answers: {
      202: json(
        'The job that was started.',
        job(({ kickOff }) => kickOff.EXPORT, 'EXPORT'),
      ),
      ...FAILURES,
    },
  };
}

export function describeImport(): Operation {
  const options = {
    type: 'object',
    properties: {
      ...SELECTION,
      excludeBackup: { ...FLAG, description: 'Make no backup export before. Default false.' },
      defaultReferences: { description: 'Has no effect.' },
    },
  };
  return {
    operationId: 'importSpConfig',
    summary: 'Import configuration objects',
    query: { preview: { ...FLAG, description: 'Only say what would be imported. Default false.' } },
    body: {
      'multipart/form-data': {
        type: 'object',
        required: ['data'],
        properties: {
          data: { type: 'string', format: 'binary', description: 'A document as an export leaves it.' },
          options,
        },
      },
    },
    answers: {
      202: json(
        'The job that was started.',
        job(({ kickOff }) => kickOff.IMPORT, 'IMPORT'),
      ),
      ...FAILURES,
    },
  };
}

const STATUS_OPERATIONS: Readonly<Record<JobType, { operationId: string; summary: string }>> = {
  EXPORT: { operationId: 'getSpConfigExportStatus', summary: 'How an export stands' },
  IMPORT: { operationId: 'getSpConfigImportStatus', summary: 'How an import stands' },
};

export function describeStatus(type: JobType): Operation {
  return {
    ...STATUS_OPERATIONS[type],
    params: JOB_ID,
    answers: {
      200: json(
        'The job.',
        job(({ status }) => status[type], type),
      ),
      ...FAILURES,
    },
  };
}

export function describeExportDownload(): Operation {
  const document = closed(
    {
      version: { type: 'integer' },
      timestamp: INSTANT,
      tenant: TEXT,
      description: nullable(TEXT),
      options: closed(SELECTION),
      objects: listOf(closed({ version: { type: 'integer' }, self: SELF, object: ANY_OBJECT })),
    },
    ['description'],
  );
  return {
    operationId: 'getSpConfigExport',
    summary: 'The objects of a finished export',
    params: JOB_ID,
    answers: { 200: json('The document.', document), ...FAILURES },
  };
}

export function describeImportDownload(): Operation {
  const details = { type: 'object', additionalProperties: ANY_OBJECT };
  const message = closed({ key: TEXT, text: TEXT, details });
  const messages = listOf(message);
  const ofType = closed({
    infos: messages,
    warnings: messages,
    errors: messages,
    importedObjects: listOf(SELF),
  });
  const results = {
    type: 'object',
    additionalProperties: ofType,
    propertyNames: { enum: OBJECT_TYPES },
  };
  return {
    operationId: 'getSpConfigImport',
    summary: 'What became of each object of an import',
    params: JOB_ID,
    answers: {
      200: json('The results.', closed({ results, exportJobId: UUID }, ['exportJobId'])),
      ...FAILURES,
    },
  };
}

const RULES = closed({
  takeFromTargetRules: listOf(ANY_OBJECT),
  defaultRules: listOf(ANY_OBJECT),
  editable: FLAG,
});
const ADDRESS = closed({ url: TEXT, query: nullable(ANY_OBJECT) });
const CONFIG_OBJECT: Readonly<Record<string, object>> = {
  objectType: { type: 'string', enum: OBJECT_TYPES },
  resolveByIdUrl: ADDRESS,
  resolveByNameUrl: listOf(ADDRESS),
  exportUrl: ADDRESS,
  exportRight: TEXT,
  exportLimit: { type: 'integer' },
  importUrl: { ...nullable(ADDRESS), description: 'Null where objects of the type cannot be imported.' },
  importRight: nullable(TEXT),
  importLimit: nullable({ type: 'integer' }),
  referenceExtractors: TEXTS,
  signatureRequired: FLAG,
  alwaysResolveById: FLAG,
  legacyObject: FLAG,
  onePerTenant: FLAG,
  exportable: FLAG,
  rules: RULES,
};

export function describeConfigObjects(): Operation {
  const schemaOf = ({ configObject }: Shape) =>
    listOf(closed(Object.fromEntries(configObject.map((member) => [member, CONFIG_OBJECT[member] ?? {}]))));
  return {
    operationId: 'listSpConfigObjects',
    summary: 'The object types that there are',
    answers: {
      200: json('All of them.', { anyOf: [schemaOf(SEED_SHAPE), schemaOf(LATER_SHAPE)] }),
      ...FAILURES,
    },
  };
}
