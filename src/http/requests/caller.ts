import type { FastifyRequest } from 'fastify';
import { ANYBODY, type Caller } from '../../actions/caller.ts';

const callers = new WeakMap<FastifyRequest, Caller>();

/** Once the credentials of a request have been looked at. */
export function identify(request: FastifyRequest, caller: Caller): void {
  callers.set(request, caller);
}

/** Who asks; anybody, where no credentials have been looked at. */
export function callerOf(request: FastifyRequest): Caller {
  return callers.get(request) ?? ANYBODY;
}
