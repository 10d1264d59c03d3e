/** Which protocol answers where no route does. Several may share a base path, so it is looked up by path and host. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pathOf } from '../error-reply.ts';

/** All paths below a base path of a protocol, whether there is something or not. */
export interface Territory {
  /** As it is mounted: `/partners/api/v2`. */
  readonly prefix: string;
  /** Absent: whatever host a request names. */
  readonly host?: string;
  /** Guards and counts a request that leads to no route, and refuses it. */
  readonly refuse: (request: FastifyRequest, reply: FastifyReply) => FastifyReply;
  /** Puts into words what the framework refuses before it looks for a route. */
  readonly tell: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/** The one with the longest prefix, of those the first; undefined: the native API answers. */
export function findTerritory(
  territories: readonly Territory[],
  request: FastifyRequest,
): Territory | undefined {
  const path = `${pathOf(request).replaceAll(/\/{2,}/g, '/')}/`;
  return territories
    .filter(({ prefix, host }) => path.startsWith(`${prefix}/`) && isHost(host, request))
    .toSorted((a, b) => b.prefix.length - a.prefix.length)[0];
}

function isHost(host: string | undefined, { hostname }: FastifyRequest): boolean {
  return host === undefined || host.toLowerCase() === hostname.toLowerCase();
}

/** What the router compares with the `Host` header, which has the port, too, where that is not the usual one. */
export function hostConstraint(host: string | undefined): { constraints?: { host: RegExp } } {
  if (host === undefined) return {};
  return { constraints: { host: new RegExp(`^${host.replaceAll('.', '\\.')}(:\\d+)?$`, 'i') } };
}
