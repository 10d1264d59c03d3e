import type { FastifyRequest } from 'fastify';
import { OAuthRefusal } from '../../access/tokens/oauth-refusal.ts';
import type { HttpDependencies } from '../dependencies.ts';

/**
 * The issuer's name: the configured address, or else the one that the request was sent to. Tokens are recognised by their keys, so one that
 * was got by one name of the server is good by all.
 */
export function issuerOf({ settings }: Pick<HttpDependencies, 'settings'>, request: FastifyRequest): string {
  if (settings.publicUrl !== undefined) return settings.publicUrl;
  const { protocol, host } = request;
  if (/^[\w.-]{1,255}(:\d{1,5})?$|^\[[\da-f:.]{2,45}\](:\d{1,5})?$/i.test(host))
    return `${protocol}://${host}`;
  throw new OAuthRefusal('invalid_request', 'The header Host names no address.');
}
