import type { Readable } from 'node:stream';
import type { FastifyRequest } from 'fastify';
import { AppError } from '../../core/errors.ts';
import { createDigestCheck, parseDigests } from './digests.ts';

/** The body of a request whose content type parser leaves it alone. */
export function bodyOf(request: FastifyRequest): Readable {
  return (request.body as Readable | undefined) ?? request.raw;
}

/**
 * The bytes of a body as they come; ends only when they are what the request's digests say. A reader that leaves early does not destroy
 * the request, since its answer goes over the same connection: the rest is read and forgotten.
 *
 * @param body where no parser has handed it on yet
 * @throws AppError `request.invalid` for digests that cannot be read (at once), a body that arrived damaged, or a client that went away
 */
export function readBody(
  request: FastifyRequest,
  body: Readable = bodyOf(request),
): AsyncGenerator<Uint8Array> {
  return readChecked(body, createDigestCheck(parseDigests(request.headers)));
}

async function* readChecked(
  body: Readable,
  check: ReturnType<typeof createDigestCheck>,
): AsyncGenerator<Uint8Array> {
  try {
    for await (const piece of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Uint8Array>) {
      check.update(piece);
      yield piece;
    }
  } catch (error) {
    throw new AppError('request.invalid', 'The connection ended before the whole body had arrived.', {
      cause: error,
      isRetryable: true,
    });
  } finally {
    body.resume();
  }
  check.finish();
}
