/** Requests that bring a file: as the body itself, or in a form. */
import { HTTP_LIMITS } from '../limits.ts';
import { FILE_PART } from '../receive/form.ts';

const TEXT = { type: 'string' } as const;

/** In the query, for a file that is the body itself. */
export const FILE_NAME = {
  ...TEXT,
  maxLength: HTTP_LIMITS.fileNameCharacters.value,
  description: 'The name of the file, for display. Only its last component is kept.',
} as const;

const BYTES = { ...TEXT, format: 'binary', description: 'The bytes of the file.' } as const;

/** Bodies by media type: the file itself, of whatever type, or a form. @param fields parts of the form, before the file */
export function incomingFile(fields: Readonly<Record<string, object>> = {}): Record<string, object> {
  return {
    'multipart/form-data': {
      type: 'object',
      additionalProperties: false,
      properties: { ...fields, [FILE_PART]: BYTES },
      required: [...Object.keys(fields), FILE_PART],
    },
    '*/*': BYTES,
  };
}

/** What may be said of a body that is, or brings, a file. */
export const INCOMING_HEADERS = {
  'content-digest': {
    ...TEXT,
    description: '`sha-256=:…:` or `sha-512=:…:` (RFC 9530): a damaged body is refused.',
  },
  'repr-digest': { ...TEXT, description: 'As `Content-Digest`.' },
  digest: { ...TEXT, description: '`sha-256=…` (RFC 3230), for older clients.' },
  'content-disposition': {
    ...TEXT,
    description: '`filename*` or `filename` (RFC 6266): the name of a file that is the body.',
  },
  'x-file-name': {
    ...TEXT,
    description: 'The same, percent-encoded; `name` in the query has precedence over both.',
  },
} as const;
