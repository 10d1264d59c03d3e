import type { FastifyInstance } from 'fastify';
import { FIELD_TYPES } from '../../collections/collection.ts';
import { ISSUE_TEMPLATES } from '../../core/issue.ts';
import { IMPORT_MODES, JOB_KINDS } from '../../core/job.ts';
import { isFinal, JOB_STATES } from '../../core/job-state.ts';
import { COMPRESSIONS, ENCODINGS, RESULT_COMPRESSIONS, type ResultFormat } from '../../formats/format.ts';
import { FORMATS, RESULT_FORMATS } from '../../formats/formats.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { API_VERSION } from '../openapi/document.ts';
import { EXPORT_ENCODINGS } from '../schemas/kick-off.ts';
import { answers, listOf, named, objectOf } from '../schemas/shared.ts';
import { EVENT_NAMES } from '../status/job-events.ts';

const TEXT = { type: 'string' } as const;
const TEXTS = listOf(TEXT);
const FLAG = { type: 'boolean' } as const;
const COUNT = { type: 'integer', minimum: 0 } as const;

const LIMIT = named(
  'Limit',
  objectOf(
    {
      value: { ...COUNT, description: 'The limit in force; the unit is in its name.' },
      description: TEXT,
      setting: { ...TEXT, description: 'The setting that changes it; absent if there is none.' },
    },
    ['setting'],
  ),
);

/** What this version does; a client asks before it relies on what not every version had. */
const FEATURES = {
  idempotencyKeys: true,
  preferWait: true,
  eventStreams: true,
  entityTags: true,
  byteRanges: true,
  digests: true,
  corrections: true,
  ownCode: true,
  sourceUrls: false,
  destinations: false,
} as const;

const FORMAT_LIST = listOf(objectOf({ name: TEXT, mediaType: TEXT }));

const CAPABILITIES = named(
  'Capabilities',
  objectOf({
    version: { ...TEXT, description: 'Of Waybill.' },
    apiVersion: { ...TEXT, description: 'Of this API.' },
    kinds: TEXTS,
    states: listOf(objectOf({ name: TEXT, isFinal: FLAG })),
    modes: TEXTS,
    formats: { ...FORMAT_LIST, description: 'Read and written.' },
    encodings: objectOf({ import: TEXTS, export: TEXTS }),
    compressions: { ...TEXTS, description: 'Read and written.' },
    results: objectOf({
      formats: { ...FORMAT_LIST, description: 'Written by exports.' },
      compressions: { ...TEXTS, description: 'Of results.' },
    }),
    fieldTypes: TEXTS,
    issueCodes: TEXTS,
    eventNames: TEXTS,
    features: { type: 'object', additionalProperties: FLAG },
    limits: { type: 'object', additionalProperties: LIMIT },
  }),
);

/** `/v1/capabilities`: what this server can do, and every limit in force. */
export async function capabilityRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  const capabilities = {
    version: deps.version,
    apiVersion: API_VERSION,
    kinds: JOB_KINDS,
    states: JOB_STATES.map((name) => ({ name, isFinal: isFinal(name) })),
    modes: IMPORT_MODES,
    formats: listFormats(FORMATS),
    encodings: { import: ENCODINGS, export: EXPORT_ENCODINGS },
    compressions: COMPRESSIONS,
    results: { formats: listFormats(RESULT_FORMATS), compressions: RESULT_COMPRESSIONS },
    fieldTypes: Object.keys(FIELD_TYPES),
    issueCodes: Object.keys(ISSUE_TEMPLATES),
    eventNames: EVENT_NAMES,
    features: FEATURES,
    limits: { ...deps.configuredLimits, ...HTTP_LIMITS },
  };

  app.get(
    '/v1/capabilities',
    {
      schema: {
        operationId: 'getCapabilities',
        summary: 'What this server can do, and its limits',
        response: answers(200, CAPABILITIES, { description: 'The same until the server is restarted.' }),
      },
    },
    async () => capabilities,
  );
}

function listFormats(formats: Readonly<Record<string, ResultFormat>>): object[] {
  return Object.entries(formats).map(([name, { mediaType }]) => ({ name, mediaType }));
}
