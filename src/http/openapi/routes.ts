import type { FastifyInstance, FastifySchema } from 'fastify';
import type { Tag } from './tags.ts';

/** A route as the document describes it: everything comes from what the route itself is registered with. */
export interface DocumentedRoute {
  readonly method: string;
  /** As Fastify has it, such as `/v1/jobs/:id`. */
  readonly url: string;
  readonly tag: Tag;
  readonly needsToken: boolean;
  readonly schema: FastifySchema;
}

/** Adds every route that is registered in `scope` from now on to `routes`. HEAD comes with each GET and is no operation of its own. */
export function collectRoutes(
  scope: FastifyInstance,
  routes: DocumentedRoute[],
  { tag, needsToken }: Pick<DocumentedRoute, 'tag' | 'needsToken'>,
): void {
  scope.addHook('onRoute', ({ method, url, schema = {} }) => {
    for (const one of [method].flat()) {
      if (one !== 'HEAD') routes.push({ method: one, url, tag, needsToken, schema });
    }
  });
}
