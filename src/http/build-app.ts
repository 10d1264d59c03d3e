import Fastify, { type FastifyInstance, type FastifyPluginAsync } from 'fastify';
import { carriesToken } from '../access/bearer-token.ts';
import { AppError } from '../core/errors.ts';
import { closeConnectionsOnClose } from './close-connections.ts';
import type { HttpDependencies } from './dependencies.ts';
import { replyWithError } from './error-reply.ts';
import { createValidatorCompiler } from './request-validation.ts';
import { artifactRoutes } from './routes/artifacts.ts';
import { collectionRoutes } from './routes/collections.ts';
import { healthRoutes } from './routes/health.ts';
import { inspectionRoutes } from './routes/inspections.ts';
import { issueRoutes } from './routes/issues.ts';
import { jobDeletionRoutes } from './routes/job-deletion.ts';
import { jobRoutes } from './routes/jobs.ts';
import { kickOffRoutes } from './routes/kick-offs.ts';
import { uploadRoutes } from './routes/uploads.ts';

/** Largest JSON body: a collection of 1,600 fields, or the records that a kick-off may carry itself. */
const BODY_LIMIT_BYTES = 16 * 1024 * 1024;
/** A client that sends nothing for so long is let go; an upload that moves is not. */
const IDLE_TIMEOUT_MS = 120_000;

const PROTECTED = [
  uploadRoutes,
  inspectionRoutes,
  collectionRoutes,
  kickOffRoutes,
  jobRoutes,
  jobDeletionRoutes,
  issueRoutes,
  artifactRoutes,
];

export interface AppOptions {
  /**
   * Schemas of answers are documentation: nothing is cut out of an answer in silence. Tests give a compiler that holds each answer
   * against its schema.
   */
  readonly answerCompiler?: (route: {
    schema: unknown;
    url: string;
    method: string;
  }) => (body: unknown) => string;
}

/** The native API as a Fastify instance that does not listen yet. `server.ts` wires its dependencies. */
export async function buildApp(deps: HttpDependencies, options: AppOptions = {}): Promise<FastifyInstance> {
  const app = Fastify({
    bodyLimit: BODY_LIMIT_BYTES,
    connectionTimeout: IDLE_TIMEOUT_MS,
    // Uploads take as long as they take.
    requestTimeout: 0,
    // `__proto__` is a legal name of a field; definitions and records are read through Maps and arrays.
    onProtoPoisoning: 'ignore',
    onConstructorPoisoning: 'ignore',
    routerOptions: { maxParamLength: 300 },
  });
  closeConnectionsOnClose(app);
  app.setValidatorCompiler(createValidatorCompiler());
  app.setSerializerCompiler(options.answerCompiler ?? (() => (body) => JSON.stringify(body)));
  app.setErrorHandler((error, request, reply) => replyWithError(error, request, reply, deps.logFailure));
  app.setNotFoundHandler((request) => {
    throw new AppError(
      'request.not_found',
      `There is nothing at ${request.method} ${request.url.split('?')[0]}.`,
    );
  });
  await app.register(async (open) => healthRoutes(open, deps));
  await app.register(protect(deps));
  return app;
}

/** Everything that needs the token. Each group of routes has a scope of its own, since some read bodies their own way. */
function protect(deps: HttpDependencies): FastifyPluginAsync {
  return async (scope) => {
    scope.addHook('onRequest', async (request) => {
      if (carriesToken(request.headers.authorization, deps.token)) return;
      throw new AppError(
        'request.unauthorized',
        'The request needs "Authorization: Bearer TOKEN"; the token stands in the file `token` of the data folder.',
      );
    });
    for (const routes of PROTECTED) await scope.register(async (own) => routes(own, deps));
  };
}
