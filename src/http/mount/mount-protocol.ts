/** A protocol as routes of the server: reads requests, guards them, runs what the protocol makes of them, and lets it put errors into words. */
import { hash } from 'node:crypto';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { type Caller, TOKEN_HOLDER } from '../../actions/caller.ts';
import type { Departure } from '../../actions/status/wait-for-status.ts';
import { discardUploads } from '../../actions/uploads/discard-upload.ts';
import { AppError } from '../../core/errors.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Command, ProtocolRoute, RateState, RouteLimits } from '../../protocols/protocol.ts';
import { Refusal, type WireAnswer, type WireRequest } from '../../protocols/wire.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { asExpected, pathOf } from '../error-reply.ts';
import { HTTP_LIMITS } from '../limits.ts';
import { identify } from '../requests/caller.ts';
import { shownBy } from '../requests/identify-bearers.ts';
import { checkStorable } from '../requests/refuse-unstorable.ts';
import { allowHeader } from '../requests/served-methods.ts';
import { watchDepartures } from '../status/watch-departures.ts';
import type { Access, Authorize, MountedProtocol } from './mounted-protocol.ts';
import { methodsOf, otherMethods, urlsOf } from './other-methods.ts';
import { RateCounters } from './rate-counters.ts';
import { readForm } from './read-form.ts';
import { readJsonBody } from './read-json-body.ts';
import { runCommand } from './run-command.ts';
import { sendAnswer } from './send-answer.ts';
import { hostConstraint, type Territory } from './territories.ts';
import { createTokenCheck } from './token-check.ts';
import { toWireRequest } from './wire-request.ts';

interface Mounted {
  readonly deps: HttpDependencies;
  readonly mounted: MountedProtocol;
  readonly basePath: string;
  readonly authorize: Authorize;
  readonly counters: RateCounters;
  /** Of the requests that were counted, for the headers of their answers. */
  readonly rates: WeakMap<FastifyRequest, RateState>;
  readonly departureOf: (reply: FastifyReply) => Departure;
}

/** Registers the protocol below each of its base paths. @returns those where it answers for what is not there, too */
export async function mountProtocol(
  app: FastifyInstance,
  deps: HttpDependencies,
  mounted: MountedProtocol,
): Promise<Territory[]> {
  const { protocol, bound, mount } = mounted;
  const shared = {
    deps,
    mounted,
    authorize: deps.authorize ?? createTokenCheck(deps.token),
    counters: deps.rateCounters ?? new RateCounters(),
    rates: new WeakMap(),
    departureOf: watchDepartures(app),
  };
  const territories: Territory[] = [];
  const root: Mounted = { ...shared, basePath: '' };
  await app.register(async (scope) => mountRoutes(scope, root, bound.rootRoutes ?? []), {
    prefix: mount.prefix ?? '',
  });
  for (const basePath of protocol.basePaths) {
    const prefix = `${mount.prefix ?? ''}${basePath}`;
    const own: Mounted = { ...shared, basePath };
    await app.register(async (scope) => mountRoutes(scope, own, bound.routes), { prefix });
    for (const claimed of claimedPrefixes(prefix, bound.routes)) {
      territories.push({
        prefix: claimed,
        refuse: refusing(own, 'request.not_found', bound.elsewhere),
        tell: (error, request, reply) => refuse(own, bound.elsewhere, error, { request, reply }),
        ...omitUndefined({ host: mount.host }),
      });
    }
  }
  return territories;
}

/** At the root the native API answers for what is not there, but for what lies below the paths of the protocol. */
function claimedPrefixes(prefix: string, routes: readonly ProtocolRoute[]): string[] {
  if (prefix !== '') return [prefix];
  return [...new Set(routes.map(({ path }) => path.replace(/\/:.*$/, '')))];
}

function mountRoutes(scope: FastifyInstance, shared: Mounted, routes: readonly ProtocolRoute[]): void {
  const { mounted } = shared;
  scope.removeAllContentTypeParsers();
  // Bodies are read by the route, after its guards.
  scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload));
  scope.setErrorHandler((error, request, reply) => sendError(shared, error, request, reply, undefined));
  const constraints = hostConstraint(mounted.mount.host);
  for (const route of routes) {
    const { operationId } = route.operation;
    for (const url of urlsOf(route)) {
      scope.route({
        // What is told of a file that is not sent is told by whoever would send it.
        method: [...methodsOf(route)],
        exposeHeadRoute: false,
        url,
        ...constraints,
        config: { call: { protocol: mounted.protocol.name, operationId } },
        errorHandler: (error, request, reply) => void sendError(shared, error, request, reply, operationId),
        handler: (request, reply) => answerRoute(shared, route, request, reply),
      });
    }
  }
  for (const { url, served, methods, limits } of otherMethods(routes)) {
    const handler = refusing(shared, 'request.method_not_allowed', limits);
    if (methods.length > 0) scope.route({ method: [...methods], url, ...constraints, handler });
    scope.route({ method: 'OPTIONS', url, ...constraints, handler: tellMethods(shared, served) });
  }
}

/** Nobody has to be known for that: it says what the protocol's documents say. */
function tellMethods(
  { mounted }: Mounted,
  served: readonly string[],
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  const allow = allowHeader(served);
  return (request, reply) => {
    const headers = mounted.bound.answerHeaders?.(undefined, new Date(), request.id) ?? {};
    return reply
      .code(204)
      .headers({ ...headers, allow })
      .send();
  };
}

function refusing(
  shared: Mounted,
  code: 'request.not_found' | 'request.method_not_allowed',
  limits: RouteLimits | undefined,
): (request: FastifyRequest, reply: FastifyReply) => FastifyReply {
  return (request, reply) => {
    const error = new AppError(code, `There is nothing at ${request.method} ${pathOf(request)}.`);
    return refuse(shared, limits, error, { request, reply });
  };
}

/** Guards and counts a request as the routes beside it do, and refuses it. */
function refuse(
  shared: Mounted,
  limits: RouteLimits | undefined,
  error: unknown,
  { request, reply }: { readonly request: FastifyRequest; readonly reply: FastifyReply },
): FastifyReply {
  try {
    if (limits !== undefined) guard(shared, limits, request, new Date());
    throw error;
  } catch (refused) {
    return sendError(shared, refused, request, reply, undefined);
  }
}

async function answerRoute(
  shared: Mounted,
  route: ProtocolRoute,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<FastifyReply> {
  const { deps, mounted } = shared;
  const now = new Date();
  const rate = guard(shared, route.limits, request, now);
  void reply.headers(mounted.bound.answerHeaders?.(rate, now, request.id) ?? {});
  const body = route.body === 'json' ? await readJsonBody(request, HTTP_LIMITS.bodyBytes.value) : undefined;
  const form = route.body === 'form' ? await readForm(deps, request, route.formFiles ?? []) : undefined;
  const wire = { ...toWireRequest(request, shared.basePath, now), body, ...form };
  for (const [place, value] of Object.entries({ path: wire.params, body })) checkStorable(value, place);
  const command = await handleRequest(deps, route, wire);
  const departure = shared.departureOf(reply);
  return runCommand(deps, command, { protocol: mounted.protocol.name, wire, request, reply, departure });
}

/** Files that came with a request that is refused are not kept. */
async function handleRequest(
  deps: HttpDependencies,
  route: ProtocolRoute,
  wire: WireRequest,
): Promise<Command> {
  try {
    return route.handle(wire);
  } catch (error) {
    await discardUploads(
      deps,
      Object.values(wire.files).map(({ upload }) => upload),
    );
    throw error;
  }
}

/** @throws AppError `request.unauthorized`, `request.forbidden`, `request.rate_limited` */
function guard(
  shared: Mounted,
  limits: RouteLimits,
  request: FastifyRequest,
  now: Date,
): RateState | undefined {
  const shown = shownBy(request);
  if (shown !== undefined && limits.permission !== undefined) {
    const caller = shown.callerIn(limits);
    checkAccess(shown.state === 'valid' ? accessOf(caller) : ACCESS_OF[shown.state], limits);
    // What the role may do, the actions ask.
    if (caller !== undefined) identify(request, caller);
    return countRequest(shared, limits, request, now);
  }
  checkAccess(mayCall(shared.authorize, request, limits), limits);
  if (limits.permission !== undefined) identify(request, TOKEN_HOLDER);
  return countRequest(shared, limits, request, now);
}

const ACCESS_OF = { expired: 'expired', revoked: 'invalid', invalid: 'invalid' } as const;

function accessOf(caller: Caller | undefined): Access {
  return caller === undefined ? 'forbidden' : 'granted';
}

/** What one of the permissions grants; else what the first of them does. */
function mayCall(authorize: Authorize, { headers }: FastifyRequest, limits: RouteLimits): Access {
  if (limits.permission === undefined) return 'granted';
  const access = authorize(headers, limits.permission);
  const isGranted = limits.otherPermissions?.some((other) => authorize(headers, other) === 'granted');
  return isGranted === true ? 'granted' : access;
}

function checkAccess(access: Access, limits: RouteLimits): void {
  switch (access) {
    case 'granted':
      return;
    case 'forbidden':
      throw new AppError('request.forbidden', `The client lacks the permission ${limits.permission}.`, {
        details: { permission: limits.permission },
      });
    case 'missing':
    case 'invalid':
    case 'expired':
      throw new AppError('request.unauthorized', `The credentials of the request are ${access}.`, {
        details: { credentials: access },
      });
  }
}

function countRequest(
  { counters, rates, basePath }: Mounted,
  limits: RouteLimits,
  request: FastifyRequest,
  now: Date,
): RateState | undefined {
  if (limits.rate === undefined) return undefined;
  const rate = counters.count(`${basePath} ${clientOf(request)}`, limits.rate, now);
  rates.set(request, rate);
  if (!rate.isOver) return rate;
  const retryAfterSeconds = Math.max(1, Math.ceil((rate.resetAt.getTime() - now.getTime()) / 1000));
  throw new AppError(
    'request.rate_limited',
    `At most ${limits.rate.requests} requests in ${limits.rate.seconds} seconds are answered.`,
    { details: { retryAfterSeconds }, isRetryable: true },
  );
}

/** Whom a counter belongs to: the client that is known, or those who show the same credentials. */
function clientOf(request: FastifyRequest): string {
  const shown = shownBy(request);
  if (shown?.state === 'valid') return shown.client;
  const { headers } = request;
  const credentials = headers.authorization ?? headers['x-wsse'] ?? '';
  return hash('sha256', [credentials].flat().join(), 'base64');
}

function sendError(
  { deps, mounted, rates, basePath }: Mounted,
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  operationId: string | undefined,
): FastifyReply {
  if (error instanceof Refusal) return sendAnswer(reply, error.answer);
  const expected = asExpected(error, request);
  const now = new Date();
  const answer: WireAnswer = mounted.bound.renderError(
    expected,
    toWireRequest(request, basePath, now),
    operationId,
  );
  if (expected === undefined || expected.code === 'config.invalid') {
    deps.logFailure({ requestId: request.id, method: request.method, url: pathOf(request), error });
  }
  const rate = rates.get(request) ?? usedUp(mounted, expected, now);
  void reply.headers(mounted.bound.answerHeaders?.(rate, now, request.id) ?? {});
  return sendAnswer(reply, answer);
}

/** Who is told to wait before a counter was asked, as by a scenario of the sandbox, has nothing left until then. */
function usedUp({ bound }: MountedProtocol, error: AppError | undefined, now: Date): RateState | undefined {
  const limit = bound.routes.find(({ limits }) => limits.rate !== undefined)?.limits.rate?.requests;
  if (error?.code !== 'request.rate_limited' || limit === undefined) return undefined;
  const waitMs = Number(error.details['retryAfterSeconds'] ?? 1) * 1000;
  return { limit, remaining: 0, resetAt: new Date(now.getTime() + waitMs) };
}
