/** Headers of answers: what each says. The document describes them from here. */
const TEXT = { type: 'string' } as const;
const SECONDS = { type: 'integer', minimum: 0 } as const;

export const ANSWER_HEADERS = {
  location: { description: 'Address of the new resource.', schema: TEXT },
  'retry-after': { description: 'Seconds to wait before the next poll.', schema: SECONDS },
  'preference-applied': { description: 'The preference that was applied (RFC 7240).', schema: TEXT },
  etag: { description: 'Changes whenever the content does; for `If-None-Match`.', schema: TEXT },
  'cache-control': { description: 'How long a cache may keep the answer, if at all.', schema: TEXT },
  pragma: { description: '`no-cache`, for caches of old.', schema: TEXT },
  'content-disposition': { description: 'The name of the file.', schema: TEXT },
  'content-range': { description: 'Which bytes are sent, and the size of the file.', schema: TEXT },
  'accept-ranges': { description: '`bytes`: ranges are supported.', schema: TEXT },
  'content-digest': { description: 'SHA-256 of what is sent (RFC 9530).', schema: TEXT },
  'repr-digest': { description: 'SHA-256 of the whole file (RFC 9530).', schema: TEXT },
  'x-accel-buffering': { description: '`no`: tells proxies not to buffer the stream.', schema: TEXT },
  'content-security-policy': { description: 'What the page may load: nothing.', schema: TEXT },
  'x-request-id': {
    description: 'The id of the request: as sent in this header, or a new one.',
    schema: TEXT,
  },
  'x-content-type-options': { description: '`nosniff`.', schema: TEXT },
} as const satisfies Record<string, { description: string; schema: object }>;

/** What every answer has, whatever it says. */
export const ALWAYS = ['x-request-id'] as const satisfies readonly HeaderUse[];

export type AnswerHeader = keyof typeof ANSWER_HEADERS;
/** A header that is always there, or, with `?` behind its name, sometimes. */
export type HeaderUse = AnswerHeader | `${AnswerHeader}?`;

export function parseHeaderUse(use: HeaderUse): { name: AnswerHeader; isAlwaysThere: boolean } {
  return { name: use.replace('?', '') as AnswerHeader, isAlwaysThere: !use.endsWith('?') };
}
