import type { FastifyInstance, FastifyPluginAsync, FastifyRequest } from 'fastify';
import { expectToken } from '../access/bearer-token.ts';
import { TOKEN_HOLDER } from '../actions/caller.ts';
import { createTokenService, type TokenService } from '../actions/clients/token-service.ts';
import { AppError } from '../core/errors.ts';
import { createApp } from './create-app.ts';
import type { HttpDependencies } from './dependencies.ts';
import { watchProcess } from './metrics/process-metrics.ts';
import { countRequests } from './metrics/request-metrics.ts';
import { mountProtocol } from './mount/mount-protocol.ts';
import type { MountedProtocol } from './mount/mounted-protocol.ts';
import type { Territory } from './mount/territories.ts';
import { discoveryRoutes } from './oauth/discovery-routes.ts';
import { protocolTokenRoutes, tokenRoutes } from './oauth/token-routes.ts';
import { collectRoutes, type DocumentedRoute } from './openapi/routes.ts';
import type { Tag } from './openapi/tags.ts';
import { atOnce } from './requests/at-once.ts';
import { identify } from './requests/caller.ts';
import { identifyBearers, shownBy } from './requests/identify-bearers.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { capabilityRoutes } from './routes/capabilities.ts';
import { clientRoutes } from './routes/clients.ts';
import { collectionViewRoutes } from './routes/collection-views.ts';
import { collectionRoutes } from './routes/collections.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes } from './routes/health.ts';
import { inspectionRoutes } from './routes/inspections.ts';
import { issueRoutes } from './routes/issues.ts';
import { jobDeletionRoutes } from './routes/job-deletion.ts';
import { jobStatusRoutes } from './routes/job-status.ts';
import { jobRoutes } from './routes/jobs.ts';
import { keyRoutes } from './routes/keys.ts';
import { kickOffRoutes } from './routes/kick-offs.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { protocolRoutes } from './routes/protocols.ts';
import { secretRoutes } from './routes/secrets.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { objectOf } from './schemas/shared.ts';

type RouteGroup = readonly [
  tag: Tag,
  routes: (app: FastifyInstance, deps: HttpDependencies) => Promise<void>,
];

/** What a probe, a reader or a generator of clients needs before there is a token. */
const OPEN: readonly RouteGroup[] = [
  ['Server', healthRoutes],
  ['Server', protocolRoutes],
];

/** Everything that needs the token. */
const PROTECTED: readonly RouteGroup[] = [
  ['Uploads', uploadRoutes],
  ['Uploads', inspectionRoutes],
  ['Collections', collectionRoutes],
  ['Collections', collectionViewRoutes],
  ['Starting jobs', kickOffRoutes],
  ['Jobs', jobRoutes],
  ['Jobs', jobStatusRoutes],
  ['Jobs', jobDeletionRoutes],
  ['Issues', issueRoutes],
  ['Files', artifactRoutes],
  ['Keys', keyRoutes],
  ['Secrets', secretRoutes],
  ['Clients', clientRoutes],
  ['Server', capabilityRoutes],
];

/** The native API, and protocols beside it, as a Fastify instance that does not listen yet. `server.ts` wires its dependencies. */
export async function buildApp(deps: HttpDependencies): Promise<FastifyInstance> {
  const territories: Territory[] = [];
  const app = createApp(deps, territories);
  const scopes = scopesOf(deps.protocols ?? []);
  const tokens = createTokenService(deps, scopes);
  identifyBearers(app, deps, tokens);
  const documented: DocumentedRoute[] = [];
  for (const group of [...OPEN, ...openOAuth(tokens, scopes)])
    await app.register(mount(group, { deps, documented, needsToken: false }));
  const ofProcess = [countRequests(app), watchProcess(app, deps)];
  await app.register(async (scope) => {
    const isToken = expectToken(deps.token);
    scope.addHook(
      'onRequest',
      atOnce((request) => requireToken(request, isToken)),
    );
    for (const group of PROTECTED) await scope.register(mount(group, { deps, documented, needsToken: true }));
    const metrics: RouteGroup = ['Server', (own) => metricsRoutes(own, deps, ofProcess)];
    await scope.register(mount(metrics, { deps, documented, needsToken: true }));
  });
  for (const mounted of deps.protocols ?? []) {
    if (mounted.mount.port !== undefined) continue;
    territories.push(...(await mountProtocol(app, deps, mounted)));
    await protocolTokenRoutes(app, deps, tokens, { mounted, isAlone: false });
  }
  await app.register(async (open) => documentRoutes(open, documented));
  return app;
}

/** A protocol alone, for a port of its own. */
export async function buildProtocolApp(
  deps: HttpDependencies,
  mounted: MountedProtocol,
): Promise<FastifyInstance> {
  const territories: Territory[] = [];
  const app = createApp(deps, territories);
  const tokens = createTokenService(deps, scopesOf([mounted]));
  identifyBearers(app, deps, tokens);
  territories.push(...(await mountProtocol(app, deps, mounted)));
  await protocolTokenRoutes(app, deps, tokens, { mounted, isAlone: true });
  return app;
}

/** For who has no token yet. */
function openOAuth(tokens: TokenService, scopes: readonly string[]): readonly RouteGroup[] {
  return [
    ['Clients', (app, deps) => tokenRoutes(app, deps, tokens)],
    ['Clients', (app, deps) => discoveryRoutes(app, deps, tokens, scopes)],
  ];
}

/** What the protocols call their permissions, in all spellings. */
function scopesOf(protocols: readonly MountedProtocol[]): readonly string[] {
  const limits = protocols.flatMap(({ bound }) => bound.routes.map((route) => route.limits));
  return [
    ...new Set(
      limits.flatMap(({ permission, otherPermissions = [] }) => [permission ?? [], otherPermissions].flat()),
    ),
  ];
}

/** Each group of routes has a scope of its own, since some read bodies their own way. */
function mount(
  [tag, routes]: RouteGroup,
  to: { deps: HttpDependencies; documented: DocumentedRoute[]; needsToken: boolean },
): FastifyPluginAsync {
  return async (scope) => {
    if (to.needsToken) refuseUnknownParameters(scope);
    collectRoutes(scope, to.documented, { tag, needsToken: to.needsToken });
    await routes(scope, to.deps);
  };
}

/** A route that takes no parameters says so: `?dryRun=true` must not be read over where something is done for good. */
function refuseUnknownParameters(scope: FastifyInstance): void {
  scope.addHook('onRoute', (route) => {
    route.schema = { querystring: objectOf({}), ...route.schema };
  });
}

function requireToken(
  request: FastifyRequest,
  isToken: (authorization: string | undefined) => boolean,
): void {
  const { authorization } = request.headers;
  const shown = shownBy(request);
  if (shown?.state === 'valid') return;
  if (shown !== undefined) {
    throw new AppError('request.unauthorized', shown.description, {
      details: { credentials: shown.state },
    });
  }
  if (isToken(authorization)) return identify(request, TOKEN_HOLDER);
  const wrong =
    authorization === undefined
      ? 'The request needs "Authorization: Bearer TOKEN"'
      : 'The token of the request is neither the one of this server nor one of its API keys or access tokens';
  throw new AppError(
    'request.unauthorized',
    `${wrong}; the token is in the file \`token\` of the server's data folder.`,
  );
}
