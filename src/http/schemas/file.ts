/** What a route that gives a file is asked with, and how it answers: whole, a range of it, or word that the client has it already. */
import type { HeaderUse } from './answer-headers.ts';
import { answersFile, answersNothing } from './shared.ts';

const TEXT = { type: 'string' } as const;

export const FILE_HEADERS = {
  type: 'object',
  properties: {
    range: {
      ...TEXT,
      description: 'One range of bytes, such as `bytes=0-1023`, `bytes=1024-` or `bytes=-100`.',
    },
    'if-range': {
      ...TEXT,
      description: 'The ETag of an earlier part. If the file has changed, all of it is sent.',
    },
    'if-none-match': { ...TEXT, description: 'ETags. The answer is 304 if the file matches one of them.' },
  },
} as const;

export const FILE_ERRORS = ['request.range_not_satisfiable', 'storage.expired', 'storage.corrupt'] as const;

/** Every media type of the files that jobs leave. */
const MEDIA_TYPES = [
  'text/csv',
  'text/plain',
  'application/json',
  'application/jsonl',
  'application/x-ndjson',
  'application/gzip',
  'application/zstd',
  'application/zip',
  'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet',
  'application/octet-stream',
];

const VALIDATORS = ['etag', 'cache-control'] as const satisfies readonly HeaderUse[];
const DESCRIBED = [
  ...VALIDATORS,
  'accept-ranges',
  'content-disposition',
  'repr-digest',
  'x-content-type-options',
] as const satisfies readonly HeaderUse[];

export const FILE_ANSWERS = {
  ...answersFile(200, MEDIA_TYPES, {
    description: 'The whole file.',
    headers: [...DESCRIBED, 'content-digest'],
  }),
  ...answersFile(206, MEDIA_TYPES, {
    description: 'The requested bytes.',
    headers: [...DESCRIBED, 'content-range'],
  }),
  ...answersNothing(304, 'The file is what it was.', VALIDATORS),
};
