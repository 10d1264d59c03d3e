/** Headers of answers: what each says. The document describes them from here. */
const TEXT = { type: 'string' } as const;
const SECONDS = { type: 'integer', minimum: 0 } as const;

export const ANSWER_HEADERS = {
  location: { description: 'Where the new thing is.', schema: TEXT },
  'retry-after': { description: 'Seconds after which looking again is worth it.', schema: SECONDS },
  'preference-applied': { description: 'How long the answer was ready to wait (RFC 7240).', schema: TEXT },
  etag: { description: 'Changes whenever the content does; for `If-None-Match`.', schema: TEXT },
  'cache-control': { description: 'A copy must be asked for again before it is used.', schema: TEXT },
  'content-disposition': { description: 'The name of the file.', schema: TEXT },
  'content-range': { description: 'Which bytes of how many.', schema: TEXT },
  'accept-ranges': { description: '`bytes`: ranges may be asked for.', schema: TEXT },
  'content-digest': { description: 'SHA-256 of what is sent (RFC 9530).', schema: TEXT },
  'repr-digest': { description: 'SHA-256 of the whole file (RFC 9530).', schema: TEXT },
  'x-accel-buffering': { description: '`no`: for proxies that would hold a stream back.', schema: TEXT },
  'content-security-policy': { description: 'What the page may load: nothing.', schema: TEXT },
  'x-request-id': {
    description: 'The id of the request: the one that it came with in this header, or a new one.',
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
