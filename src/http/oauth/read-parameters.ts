/**
 * The parameters of a request to an endpoint of OAuth: as a form of either kind, as JSON, in the query, or mixed, since clients do all of
 * it. SailPoint's SDK sends multipart/form-data, its command line has `grant_type` in the query and the rest in a form.
 */
import type { FastifyRequest } from 'fastify';
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import { readJsonBody } from '../mount/read-json-body.ts';
import { readBody } from '../receive/body-bytes.ts';
import { openFormParts } from '../receive/form-parts.ts';
import { readText } from '../receive/read-text.ts';

/** An assertion with a chain of certificates has some kilobytes. */
export const MAX_BODY_BYTES = 64 * 1024;
const FORM = 'application/x-www-form-urlencoded';

export type OAuthParameters = ReadonlyMap<string, string>;

/** @throws OAuthRefusal `invalid_request` for a parameter that comes twice with two values; AppError for a body that cannot be read */
export async function readParameters(request: FastifyRequest): Promise<OAuthParameters> {
  const parameters = new Map<string, string>();
  const [, query = ''] = /\?(.*)$/s.exec(request.url) ?? [];
  for (const [name, value] of [...new URLSearchParams(query), ...(await readPairs(request))]) {
    const known = parameters.get(name);
    if (known !== undefined && known !== value)
      throw new OAuthRefusal('invalid_request', `The parameter ${nameOf(name)} comes twice with two values.`);
    // RFC 6749, 3.2: a parameter without a value is as if it were not there.
    if (value !== '') parameters.set(name, value);
  }
  return parameters;
}

async function readPairs(request: FastifyRequest): Promise<Iterable<readonly [string, string]>> {
  const type = (request.headers['content-type'] ?? '').split(';')[0]?.trim().toLowerCase() ?? '';
  if (type === 'multipart/form-data') return readMultipart(request);
  if (/[/+]json$/.test(type)) return readJson(request);
  const text = await readText(readBody(request), { what: 'body', maxBytes: MAX_BODY_BYTES });
  if (text === '' || type === FORM || type === '') return new URLSearchParams(text);
  throw new OAuthRefusal(
    'invalid_request',
    `The body is announced as '${nameOf(type)}'; expected ${FORM}, multipart/form-data or application/json.`,
  );
}

async function readMultipart(request: FastifyRequest): Promise<[string, string][]> {
  const parts = openFormParts(request);
  const pairs: [string, string][] = [];
  let left = MAX_BODY_BYTES;
  try {
    for (let part = await parts.next(); part !== undefined; part = await parts.next()) {
      const value = await readText(part.bytes, { what: `part ${nameOf(part.name)}`, maxBytes: left });
      left -= value.length;
      pairs.push([part.name, value]);
    }
    return pairs;
  } finally {
    parts.release();
  }
}

async function readJson(request: FastifyRequest): Promise<[string, string][]> {
  const body = await readJsonBody(request, MAX_BODY_BYTES);
  if (body === undefined) return [];
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new OAuthRefusal('invalid_request', 'The body must be a JSON object.');
  return Object.entries(body).map(([name, value]) => {
    if (typeof value === 'string') return [name, value];
    throw new OAuthRefusal('invalid_request', `The parameter ${nameOf(name)} must be a text.`);
  });
}

/** As it may stand in a description of RFC 6749. */
function nameOf(name: string): string {
  return name.slice(0, 100).replaceAll(/[^\x20-\x21\x23-\x5B\x5D-\x7E]/g, '?');
}
