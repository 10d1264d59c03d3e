import type { ProtocolRoute, RouteLimits } from '../../protocols/protocol.ts';

const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'] as const;
type Method = (typeof METHODS)[number];

/** A path that is there, with the methods that it is there for, and those that it is not. */
export interface OtherMethods {
  readonly url: string;
  readonly served: readonly string[];
  readonly methods: readonly Method[];
  readonly limits: RouteLimits;
}

/** All spellings of the route's path. */
export function urlsOf({ path, aliases = [] }: ProtocolRoute): readonly string[] {
  return [path, ...aliases];
}

/** HEAD is answered where there is a GET, unless that would start a job. */
export function methodsOf({ method, startsByGet }: ProtocolRoute): readonly Method[] {
  return method === 'GET' && startsByGet !== true ? ['GET', 'HEAD'] : [method];
}

/** What is missing around the routes, so that a wrong method can be told from a wrong path. */
export function otherMethods(routes: readonly ProtocolRoute[]): OtherMethods[] {
  const known = new Map<string, { url: string; limits: RouteLimits; methods: Set<string> }>();
  for (const route of routes) {
    for (const url of urlsOf(route)) {
      // What a parameter is called makes no other path.
      const shape = url.replaceAll(/:\w+/g, ':');
      const entry = known.get(shape) ?? { url, limits: route.limits, methods: new Set() };
      for (const method of methodsOf(route)) entry.methods.add(method);
      known.set(shape, entry);
    }
  }
  return [...known.values()].map(({ url, limits, methods }) => {
    const others = METHODS.filter((method) => !methods.has(method));
    return { url, limits, served: [...methods], methods: others };
  });
}
