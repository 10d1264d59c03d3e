import Fastify, { type FastifyInstance, type FastifyPluginAsync, type FastifyRequest } from 'fastify';
import { carriesToken } from '../access/bearer-token.ts';
import { AppError } from '../core/errors.ts';
import { closeConnectionsOnClose } from './connections/close-connections.ts';
import { DEFAULT_CONNECTION_LIMITS } from './connections/connection-limits.ts';
import { answerClientError, guardConnections } from './connections/guard-connections.ts';
import type { HttpDependencies } from './dependencies.ts';
import { replyWithError } from './error-reply.ts';
import { watchProcess } from './metrics/process-metrics.ts';
import { countRequests } from './metrics/request-metrics.ts';
import { collectRoutes, type DocumentedRoute } from './openapi/routes.ts';
import type { Tag } from './openapi/tags.ts';
import { acceptEmptyJson } from './receive/accept-empty-json.ts';
import { askForBodiesLate } from './receive/ask-for-bodies-late.ts';
import { logRequests } from './requests/log-requests.ts';
import { refuseUnstorable } from './requests/refuse-unstorable.ts';
import { answerWithRequestId, nameRequest, requestIdOf } from './requests/request-id.ts';
import { createValidatorCompiler } from './requests/request-validation.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { capabilityRoutes } from './routes/capabilities.ts';
import { collectionViewRoutes } from './routes/collection-views.ts';
import { collectionRoutes } from './routes/collections.ts';
import { documentRoutes } from './routes/documents.ts';
import { healthRoutes } from './routes/health.ts';
import { inspectionRoutes } from './routes/inspections.ts';
import { issueRoutes } from './routes/issues.ts';
import { jobDeletionRoutes } from './routes/job-deletion.ts';
import { jobStatusRoutes } from './routes/job-status.ts';
import { jobRoutes } from './routes/jobs.ts';
import { kickOffRoutes } from './routes/kick-offs.ts';
import { metricsRoutes } from './routes/metrics.ts';
import { uploadRoutes } from './routes/uploads.ts';
import { objectOf } from './schemas/shared.ts';

type RouteGroup = readonly [
  tag: Tag,
  routes: (app: FastifyInstance, deps: HttpDependencies) => Promise<void>,
];

/** What a probe or a reader needs before there is a token. */
const OPEN: readonly RouteGroup[] = [['Server', healthRoutes]];

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
  ['Server', capabilityRoutes],
];

/** The native API as a Fastify instance that does not listen yet. `server.ts` wires its dependencies. */
export async function buildApp(deps: HttpDependencies): Promise<FastifyInstance> {
  const limits = { ...DEFAULT_CONNECTION_LIMITS, ...deps.connectionLimits };
  const app = Fastify({
    bodyLimit: limits.bodyBytes,
    connectionTimeout: limits.idleMs,
    // Uploads take as long as they take, while they move.
    requestTimeout: 0,
    http: {
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headerMs,
      connectionsCheckingInterval: Math.min(limits.headerMs / 2, 5000),
    },
    clientErrorHandler: (error, socket) => answerClientError(error, socket, limits),
    // An address that cannot be decoded is refused before any hook runs.
    frameworkErrors: (error, request, reply) => {
      nameRequest(request, reply);
      replyWithError(error, request, reply, deps.logFailure);
    },
    // `__proto__` is a legal name of a field; definitions and records are read through Maps and arrays.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    routerOptions: { maxParamLength: 300 },
    genReqId: requestIdOf,
  });
  acceptEmptyJson(app);
  askForBodiesLate(app);
  answerWithRequestId(app);
  closeConnectionsOnClose(app, limits.graceMs);
  if (deps.logRequest !== undefined) logRequests(app, deps.logRequest);
  guardConnections(app, limits);
  app.addHook('preValidation', refuseUnstorable);
  app.setValidatorCompiler(createValidatorCompiler());
  // Schemas of answers are documentation: nothing is cut out of an answer in silence.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply, deps.logFailure));
  app.setNotFoundHandler((request) => {
    throw new AppError(
      'request.not_found',
      `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
    );
  });
  const documented: DocumentedRoute[] = [];
  for (const group of OPEN) await app.register(mount(group, { deps, documented, needsToken: false }));
  const ofProcess = [countRequests(app), watchProcess(app, deps)];
  await app.register(async (scope) => {
    scope.addHook('onRequest', async (request) => requireToken(request, deps.token));
    for (const group of PROTECTED) await scope.register(mount(group, { deps, documented, needsToken: true }));
    const metrics: RouteGroup = ['Server', (own) => metricsRoutes(own, deps, ofProcess)];
    await scope.register(mount(metrics, { deps, documented, needsToken: true }));
  });
  await app.register(async (open) => documentRoutes(open, documented));
  return app;
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

function requireToken(request: FastifyRequest, token: string): void {
  const { authorization } = request.headers;
  if (carriesToken(authorization, token)) return;
  const wrong =
    authorization === undefined
      ? 'The request needs "Authorization: Bearer TOKEN"'
      : 'The token of the request is not the one of this server';
  throw new AppError(
    'request.unauthorized',
    `${wrong}; the token stands in the file \`token\` of the server's data folder.`,
  );
}
