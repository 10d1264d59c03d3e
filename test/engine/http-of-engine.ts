import type { ActionDependencies } from '../../src/actions/dependencies.ts';
import type { HttpDependencies } from '../../src/http/dependencies.ts';
import type { Engine } from './harness.ts';

/** What requests to the API on an engine carry. */
export const TOKEN = 'a-token-of-the-test';

/** The API on an engine: what the wire needs besides. Failures of ours are bugs of the engine. */
export function httpOf(engine: Engine, replaced: Partial<ActionDependencies> = {}): HttpDependencies {
  return {
    ...engine.actions,
    configuredLimits: {},
    token: TOKEN,
    logFailure: ({ error }) => engine.bugs.push(error),
    ...replaced,
  };
}
