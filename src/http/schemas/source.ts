import { LOCATION } from './delivery.ts';
import { ANYTHING } from './shared.ts';

const UUID = { type: 'string', format: 'uuid' } as const;

/** Where the records of an import or a validation are. */
export const SOURCE = {
  title: 'Source',
  description: 'Where the records are: exactly one of these.',
  type: 'object',
  additionalProperties: false,
  minProperties: 1,
  maxProperties: 1,
  properties: {
    upload: { ...UUID, description: 'A file sent to /v1/uploads.' },
    job: { ...UUID, description: 'A finished validation, to import the file that it checked.' },
    records: {
      type: 'array',
      minItems: 1,
      items: ANYTHING,
      description: 'The records themselves, up to the limit `inlineRecords`.',
    },
    location: {
      ...LOCATION,
      description:
        'Address of a file, under a prefix of the setting `locations`. It is fetched when the job starts.',
    },
    url: { type: 'string', description: 'Not supported yet: refused with `source.unsupported`.' },
  },
} as const;
