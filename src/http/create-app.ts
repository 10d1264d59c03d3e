import Fastify, { type FastifyInstance } from 'fastify';
import { AppError } from '../core/errors.ts';
import { closeConnectionsOnClose } from './connections/close-connections.ts';
import { DEFAULT_CONNECTION_LIMITS } from './connections/connection-limits.ts';
import { answerClientError, guardConnections } from './connections/guard-connections.ts';
import type { HttpDependencies } from './dependencies.ts';
import { pathOf, replyWithError } from './error-reply.ts';
import { HTTP_LIMITS } from './limits.ts';
import { findTerritory, type Territory } from './mount/territories.ts';
import { acceptEmptyJson } from './receive/accept-empty-json.ts';
import { askForBodiesLate } from './receive/ask-for-bodies-late.ts';
import { atOnce } from './requests/at-once.ts';
import { rememberCallers } from './requests/caller.ts';
import { logRequests } from './requests/log-requests.ts';
import { refuseUnstorable } from './requests/refuse-unstorable.ts';
import { answerWithRequestId, nameRequest, requestIdOf } from './requests/request-id.ts';
import { createValidatorCompiler } from './requests/request-validation.ts';
import { allowHeader, rememberMethods } from './requests/served-methods.ts';

/**
 * A Fastify instance without routes: what all requests have in common, whatever they speak.
 *
 * @param territories looked at when a request comes, so they may be added later
 */
export function createApp(deps: HttpDependencies, territories: readonly Territory[]): FastifyInstance {
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
      const territory = findTerritory(territories, request);
      if (territory === undefined) replyWithError(error, request, reply, deps.logFailure);
      else territory.tell(error, request, reply);
    },
    // `__proto__` is a legal name of a field; definitions and records are read through Maps and arrays.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    // Addresses of objects are in paths; some clients put a slash too much between host and path.
    routerOptions: { maxParamLength: HTTP_LIMITS.urlCharacters.value, ignoreDuplicateSlashes: true },
    genReqId: requestIdOf,
    // What still comes over an open connection while the server stops is answered in our words, or not at all.
    return503OnClosing: false,
  });
  acceptEmptyJson(app);
  askForBodiesLate(app);
  answerWithRequestId(app);
  rememberCallers(app);
  closeConnectionsOnClose(app, limits.graceMs);
  if (deps.logRequest !== undefined) logRequests(app, deps.logRequest, deps.isLogged);
  guardConnections(app, limits);
  const methodsOf = rememberMethods(app);
  deps.extend?.(app);
  app.addHook('preValidation', atOnce(refuseUnstorable));
  app.setValidatorCompiler(createValidatorCompiler());
  // Schemas of answers are documentation: nothing is cut out of an answer in silence.
  app.setSerializerCompiler(() => (body) => JSON.stringify(body));
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply, deps.logFailure));
  app.setNotFoundHandler((request, reply) => {
    const territory = findTerritory(territories, request);
    if (territory !== undefined) return territory.refuse(request, reply);
    const { method } = request;
    const path = pathOf(request);
    const served = methodsOf(path);
    if (served.length === 0 || served.includes(method))
      throw new AppError('request.not_found', `There is nothing at ${method} ${path}.`);
    const allowed = allowHeader(served);
    void reply.header('allow', allowed);
    if (method === 'OPTIONS') return reply.code(204).send();
    throw new AppError('request.method_not_allowed', `${path} takes ${allowed}, not ${method}.`);
  });
  return app;
}
