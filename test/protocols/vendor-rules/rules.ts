/**
 * The vendors' own rules for their answers, written from their documents and not from our code: types, enums, patterns, what is required, and
 * nothing that is not in them.
 */

function object(
  properties: Record<string, object>,
  required: readonly string[] = Object.keys(properties),
): object {
  return { type: 'object', properties, required, additionalProperties: false };
}

const INTEGER = { type: 'integer' };
const TEXT = { type: 'string' };
const COUNT = { type: 'integer', minimum: 0 };
const TIME = { type: 'string', format: 'date-time' };

/** SEED3; AvePoint's documents of the kick-offs. */
export const AVEPOINT = {
  kickOff: object({ jobId: { type: 'string', pattern: '^\\d+$' }, status: { const: 200 }, message: TEXT }),
  status: object({ jobStatus: { enum: [1, 2, 3] }, status: { const: 200 }, message: TEXT }),
};

/** SEED0; the vendor's OpenAPI document, `ExportStatus`, `WSErrorCommon`. */
export const EGAIN_EXPORT = {
  status: object(
    {
      status: { enum: ['Pending', 'In Progress', 'Successful', 'Failed'] },
      progress: object({ processed: COUNT, total: COUNT, percentage: { type: 'number' } }, []),
      startTime: TIME,
      estimatedCompletion: TIME,
      completionTime: TIME,
      failureTime: TIME,
      results: object({ successful: COUNT, warnings: COUNT, errors: COUNT }, []),
      error: TEXT,
    },
    ['status'],
  ),
};

const EGAIN_TIME = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}\\.\\d{3}Z$' };
const BOUNDED = { type: 'number', minimum: 0, maximum: 100_000 };

/** SEED1; the vendor's OpenAPI document, `ImportStatus`. */
export const EGAIN_IMPORT = {
  status: object(
    {
      status: { enum: ['Scheduled', 'In Progress', 'Successful', 'Failed', 'Cancelled'] },
      jobType: { enum: ['Import', 'Validation'] },
      progress: object(
        { processed: BOUNDED, total: BOUNDED, percentage: { type: 'number', minimum: 0, maximum: 100 } },
        [],
      ),
      logFileLocation: { type: 'string', maxLength: 1024 },
      startTime: EGAIN_TIME,
      scheduledStopTime: EGAIN_TIME,
      estimatedCompletion: EGAIN_TIME,
      completionTime: EGAIN_TIME,
      failureTime: EGAIN_TIME,
      currentOperation: { type: 'string', maxLength: 1024 },
      results: object({ successful: BOUNDED, warnings: BOUNDED, errors: BOUNDED }, []),
      error: { type: 'string', maxLength: 1024 },
      retryable: { type: 'boolean' },
    },
    ['status', 'jobType'],
  ),
};

/** `WSErrorCommon` of both. */
export const EGAIN_ERROR = object(
  {
    code: { type: 'string', pattern: '^\\d{3}-\\d+$' },
    developerMessage: { type: 'string', maxLength: 2048 },
    details: {
      type: 'array',
      maxItems: 30,
      items: object({ key: { type: 'string', maxLength: 255 }, value: { type: 'string', maxLength: 255 } }, [
        'key',
      ]),
    },
    userMessage: { type: 'string', maxLength: 1024 },
  },
  ['code', 'developerMessage'],
);

/** As the vendor's examples have it: its schema does not allow the nulls in them. */
function orNull(schema: object): object {
  return { anyOf: [schema, { type: 'null' }] };
}

const SAILPOINT_REF = object({ type: TEXT, id: TEXT, name: TEXT });
const SAILPOINT_MESSAGES = {
  type: 'array',
  items: object({
    key: TEXT,
    text: TEXT,
    // The vendor's clients decode an object of objects, and nothing else.
    details: { type: 'object', additionalProperties: { type: 'object' } },
  }),
};

/** SEED2, with the nulls of its own example; SP-SPEC `SpConfigImportResults`. */
export const SAILPOINT = {
  job: object({
    jobId: { type: 'string', pattern: '^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' },
    status: { enum: ['NOT_STARTED', 'IN_PROGRESS', 'COMPLETE', 'CANCELLED', 'FAILED'] },
    type: { enum: ['EXPORT', 'IMPORT'] },
    message: orNull(TEXT),
    description: orNull(TEXT),
    expiration: TIME,
    created: TIME,
    modified: TIME,
    completed: orNull(TIME),
  }),
  exported: object(
    {
      version: INTEGER,
      timestamp: TIME,
      tenant: TEXT,
      description: orNull(TEXT),
      options: { type: 'object' },
      objects: {
        type: 'array',
        items: object({
          version: INTEGER,
          self: SAILPOINT_REF,
          object: { type: 'object' },
        }),
      },
    },
    ['version', 'timestamp', 'tenant', 'objects'],
  ),
  imported: object(
    {
      results: {
        type: 'object',
        additionalProperties: object({
          infos: SAILPOINT_MESSAGES,
          warnings: SAILPOINT_MESSAGES,
          errors: SAILPOINT_MESSAGES,
          importedObjects: { type: 'array', items: SAILPOINT_REF },
        }),
      },
      exportJobId: TEXT,
    },
    ['results'],
  ),
};

const VIENNA_TIME = { type: 'string', pattern: '^\\d{4}-\\d{2}-\\d{2} \\d{2}:\\d{2}:\\d{2}$' };

function envelope(data: object): object {
  return object({ replyCode: INTEGER, replyText: TEXT, data });
}

/** SEED4; the vendor's documents of the kick-offs. */
export const EMARSYS = {
  kickOff: envelope(object({ id: INTEGER })),
  status: envelope(
    object({
      id: { type: 'string', pattern: '^\\d+$' },
      created: VIENNA_TIME,
      status: { enum: ['scheduled', 'in progress', 'ready', 'done', 'error'] },
      type: TEXT,
      file_name: orNull(TEXT),
      ftp_host: orNull(TEXT),
      ftp_dir: orNull(TEXT),
    }),
  ),
  error: envelope({ const: '' }),
};
