import type { FastifyInstance } from 'fastify';
import { type InspectionRequest, inspectUpload } from '../../actions/inspection/inspect-upload.ts';
import { COMPRESSIONS, ENCODINGS } from '../../formats/format.ts';
import { FORMATS } from '../../formats/formats.ts';
import { SHEET_STATES } from '../../formats/xlsx/read/workbook.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { callerOf } from '../requests/caller.ts';
import { GUESSES } from '../schemas/guesses.ts';
import { ANYTHING, answers, listOf, named, objectOf, TEXT_MAP, UUID_PARAMS } from '../schemas/shared.ts';
import { DIALECT, MAPPING } from '../schemas/source-reading.ts';

const TEXT = { type: 'string' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

const BODY = objectOf(
  {
    dialect: DIALECT,
    collection: { ...TEXT, description: 'An existing collection, to suggest a mapping for.' },
    name: {
      ...TEXT,
      description: 'Name of the inferred collection. Default: from the name of the file.',
    },
    key: {
      type: 'array',
      minItems: 1,
      items: TEXT,
      description: 'Key of the inferred collection. Default: a field that is unique and named like a key.',
    },
  },
  ['dialect', 'collection', 'name', 'key'],
);

const INFERRED_FIELD = named(
  'InferredField',
  objectOf(
    {
      name: TEXT,
      type: TEXT,
      reason: TEXT,
      values: COUNT,
      nulls: COUNT,
      distinct: COUNT,
      examples: listOf(TEXT),
      minimum: TEXT,
      maximum: TEXT,
    },
    ['minimum', 'maximum'],
  ),
);

const FOUND_DIALECT = named('FoundDialect', {
  ...objectOf(
    {
      format: { enum: Object.keys(FORMATS) },
      encoding: { enum: ENCODINGS },
      hasBom: { type: 'boolean', description: 'The file starts with a byte order mark.' },
      compression: { enum: COMPRESSIONS },
      delimiter: TEXT,
      quote: TEXT,
      escape: TEXT,
      hasHeader: { type: 'boolean', description: 'The first record is the header.' },
      lineEnd: TEXT,
      skipLines: { ...COUNT, description: 'Lines above the header that are skipped.' },
      comment: { ...TEXT, description: 'Lines that start with this text are skipped.' },
      sheet: { ...TEXT, description: 'The sheet of a workbook that is read.' },
    },
    ['sheet', 'delimiter', 'quote', 'escape', 'hasHeader', 'lineEnd', 'skipLines', 'comment'],
  ),
  description:
    'How the file is read. The members from `delimiter` on are those of CSV; a workbook has `sheet`, `hasHeader` and `skipLines`.',
});

const INSPECTION = named(
  'Inspection',
  objectOf(
    {
      dialect: FOUND_DIALECT,
      evidence: { ...TEXT_MAP, description: 'Reasons, by member of the dialect.' },
      guesses: { ...GUESSES, description: 'Members of the dialect that were guessed.' },
      sheets: {
        ...listOf(objectOf({ name: TEXT, state: { enum: SHEET_STATES } })),
        description: 'Of a workbook, in the order of their tabs.',
      },
      fields: listOf(TEXT),
      sample: listOf({ type: 'object', additionalProperties: { type: ['string', 'null'] } }),
      inferred: objectOf({
        definition: { ...ANYTHING, description: 'Can be sent to `PUT /v1/collections/{name}` unchanged.' },
        fields: listOf(INFERRED_FIELD),
        keyReason: TEXT,
        sampledRecords: COUNT,
      }),
      mapping: objectOf({
        fields: listOf(objectOf({ field: TEXT, source: TEXT, by: TEXT }, ['source'])),
        unknownFields: listOf(TEXT),
        ignored: listOf(
          objectOf({ name: TEXT, because: { enum: ['generated', 'identity'] }, closest: TEXT }, [
            'because',
            'closest',
          ]),
        ),
        problems: listOf(TEXT),
        // Goes into a kick-off as its `mapping`, as it is.
        suggestion: MAPPING,
      }),
    },
    ['sheets', 'inferred', 'mapping'],
  ),
);

/** `POST /v1/uploads/:id/inspect`: what a file is, before anything is done with it. */
export async function inspectionRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.post<{ Params: { id: string }; Body: InspectionRequest | undefined }>(
    '/v1/uploads/:id/inspect',
    {
      schema: {
        operationId: 'inspectUpload',
        summary: 'Look into a file: how it is read, what a collection for it could be, how its fields map',
        params: UUID_PARAMS,
        body: BODY,
        errors: [
          'source.not_found',
          'source.empty',
          'source.binary',
          'source.unreadable',
          'request.invalid',
          'format.unknown',
          'format.invalid_option',
          'format.truncated',
          'format.no_records',
          'format.limit_exceeded',
          'collection.not_found',
          'collection.invalid',
          'collection.cannot_infer',
          'storage.expired',
        ],
        response: answers(200, INSPECTION, { description: 'What the file is.' }),
      },
    },
    (request) => inspectUpload(callerOf(request), deps, request.params.id, request.body ?? {}),
  );
}
