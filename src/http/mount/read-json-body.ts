import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { readBody } from '../receive/body-bytes.ts';
import { readText } from '../receive/read-text.ts';

/**
 * The JSON that a request brings; undefined: no body. `body` in the details tells what kind of wrong it is.
 *
 * @throws AppError `request.invalid`, `request.unsupported_media_type`, `request.too_large`
 */
export async function readJsonBody(request: FastifyRequest, maxBytes: number): Promise<unknown> {
  const text = await readText(readBody(request), { what: 'body', maxBytes });
  if (text === '') return undefined;
  const mediaType = request.headers['content-type'] ?? 'application/json';
  if (!/^[^;]*[/+]json\s*(;|$)/i.test(mediaType)) {
    throw new AppError(
      'request.unsupported_media_type',
      `The body is announced as "${mediaType}"; expected application/json.`,
    );
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new AppError('request.invalid', `The body is not JSON: ${(error as Error).message}`, {
      cause: error,
      details: { body: 'not_json' },
    });
  }
}
