import type { FastifyInstance } from 'fastify';

interface ServedRoute {
  /** Of its address: `:name` stands for any one, `*` for all that follow. */
  readonly segments: readonly string[];
  readonly methods: readonly string[];
}

/**
 * Remembers every route that is registered from now on.
 *
 * @returns which methods an address serves, in alphabetical order; none where there is nothing. Routes of one host alone do not count.
 */
export function rememberMethods(app: FastifyInstance): (path: string) => readonly string[] {
  const routes: ServedRoute[] = [];
  app.addHook('onRoute', ({ url, method, constraints }) => {
    if (constraints === undefined) routes.push({ segments: url.split('/'), methods: [method].flat() });
  });
  return (path) => {
    const segments = path.replaceAll(/\/+/g, '/').split('/');
    const served = routes.filter((route) => fits(route, segments)).flatMap(({ methods }) => methods);
    return [...new Set(served)].toSorted();
  };
}

function fits({ segments }: ServedRoute, asked: readonly string[]): boolean {
  const isOpen = segments.at(-1) === '*';
  if (isOpen ? asked.length < segments.length : asked.length !== segments.length) return false;
  return segments.every(
    (segment, at) => segment === '*' || (segment.startsWith(':') ? asked[at] !== '' : segment === asked[at]),
  );
}

/** RFC 9110, 10.2.1. Every address that is there answers OPTIONS. */
export function allowHeader(methods: Iterable<string>): string {
  return [...new Set([...methods, 'OPTIONS'])].toSorted().join(', ');
}
