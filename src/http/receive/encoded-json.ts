import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';

/**
 * Why a body of JSON is refused that has a `Content-Encoding`; undefined where it has none. JSON is small and comes as it is (RFC 9110,
 * 8.4): compressed bytes would be told to be broken JSON.
 */
export function refusalOfEncodedJson({ headers }: Pick<FastifyRequest, 'headers'>): AppError | undefined {
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? '';
  if (encoding === '' || encoding === 'identity') return undefined;
  return new AppError(
    'request.unsupported_media_type',
    `The body is encoded as "${encoding}" (Content-Encoding); expected plain JSON.`,
  );
}
