import type { FastifyInstance, FastifyRequest } from 'fastify';
import { ANYBODY, type Caller } from '../../actions/caller.ts';

const CALLER = Symbol('caller');
type WithCaller = FastifyRequest & { [CALLER]?: Caller };

/** Gives each request a place for it: a map with requests as its keys is work for the garbage collector. */
export function rememberCallers(app: FastifyInstance): void {
  app.decorateRequest(CALLER);
}

/** Once the credentials of a request have been looked at. */
export function identify(request: FastifyRequest, caller: Caller): void {
  (request as WithCaller)[CALLER] = caller;
}

/** Who asks; anybody, where no credentials have been looked at. */
export function callerOf(request: FastifyRequest): Caller {
  return (request as WithCaller)[CALLER] ?? ANYBODY;
}
