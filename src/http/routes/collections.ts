import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { applyCollection, type VersionCheck } from '../../actions/collections/apply-collection.ts';
import { dropCollection } from '../../actions/collections/drop-collection.ts';
import {
  describeRecords,
  listCollections,
  readCollection,
} from '../../actions/collections/read-collections.ts';
import type { StoredCollection } from '../../store/collections.ts';
import { collectionEtag } from '../collections/collection-etag.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { checkConditions, isKnown } from '../entity-tags.ts';
import { renderTime } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
import {
  ALLOW_DESTRUCTIVE,
  APPLIED,
  COLLECTION,
  CONDITIONS,
  DEFINITION,
  DRY_RUN,
  LISTED_COLLECTION,
  NAME_PARAMS,
  SCOPE_QUERY,
  TARGET_ERRORS,
  WITH_COUNT,
} from '../schemas/collection.ts';
import { answers, answersNothing, IF_NONE_MATCH, listOf, objectOf } from '../schemas/shared.ts';

interface CountQuery {
  readonly count?: boolean;
  readonly scope?: readonly string[];
}

interface ChangeQuery {
  readonly dryRun?: boolean;
  readonly allowDestructive?: boolean;
}

export async function collectionRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Querystring: { count?: boolean } }>(
    '/v1/collections',
    {
      schema: {
        operationId: 'listCollections',
        summary: 'List collections',
        errors: TARGET_ERRORS,
        querystring: objectOf({ count: WITH_COUNT }, ['count']),
        response: answers(200, objectOf({ collections: listOf(LISTED_COLLECTION) }), {
          description: 'All of them, by name.',
        }),
      },
    },
    async (request) => {
      const isCounted = request.query.count === true;
      const listed = await listCollections(callerOf(request), deps, { isCounted });
      return { collections: listed.map(({ stored, ...count }) => ({ ...renderStored(stored), ...count })) };
    },
  );

  app.get<{ Params: { name: string }; Querystring: CountQuery }>(
    '/v1/collections/:name',
    {
      schema: {
        operationId: 'getCollection',
        summary: 'One collection',
        errors: ['collection.not_found', ...TARGET_ERRORS],
        headers: IF_NONE_MATCH,
        params: NAME_PARAMS,
        querystring: objectOf({ count: WITH_COUNT, scope: SCOPE_QUERY }, ['count', 'scope']),
        response: {
          ...answers(200, COLLECTION, { description: 'The collection.', headers: ['etag', 'cache-control'] }),
          ...answersNothing(304, 'The definition has not changed.', ['etag', 'cache-control']),
        },
      },
    },
    async (request, reply) => {
      const { params, query, headers } = request;
      const { stored, collection } = await readCollection(callerOf(request), deps, params.name);
      const etag = collectionEtag(stored);
      const validators = { etag, 'cache-control': 'no-cache' };
      // The tag is that of the definition; how many records there are it does not know.
      if (query.count !== true && isKnown(headers['if-none-match'], etag)) {
        return reply.code(304).headers(validators).send();
      }
      const counting = { isCounted: query.count === true, scope: parseScope(query.scope) };
      const records = await describeRecords(callerOf(request), deps, collection, counting);
      return reply.headers(validators).send({ ...renderStored(stored), ...records });
    },
  );

  app.put<{ Params: { name: string }; Querystring: ChangeQuery; Body: Record<string, unknown> }>(
    '/v1/collections/:name',
    {
      schema: {
        operationId: 'putCollection',
        errors: [
          'collection.invalid',
          'collection.destructive_change',
          'request.conflict',
          'request.precondition_failed',
          ...TARGET_ERRORS,
        ],
        summary: 'Create or change a collection, or see what that would do',
        params: NAME_PARAMS,
        querystring: objectOf({ dryRun: DRY_RUN, allowDestructive: ALLOW_DESTRUCTIVE }, [
          'dryRun',
          'allowDestructive',
        ]),
        headers: CONDITIONS,
        // Its form is parsed as a whole, with all problems at once.
        body: DEFINITION,
        response: answers(200, APPLIED, {
          description: 'What was done, or would be done.',
          headers: ['etag?'],
        }),
      },
    },
    async (request, reply) => {
      const { params, query, body } = request;
      const applied = await applyCollection(callerOf(request), deps, params.name, body, {
        isDryRun: query.dryRun ?? false,
        allowDestructive: query.allowDestructive ?? false,
        ...conditionsOf(request, params.name),
      });
      return withEtag(reply, applied);
    },
  );

  app.delete<{ Params: { name: string }; Querystring: { allowDestructive?: boolean } }>(
    '/v1/collections/:name',
    {
      schema: {
        operationId: 'deleteCollection',
        errors: [
          'collection.not_found',
          'collection.destructive_change',
          'request.conflict',
          'request.precondition_failed',
          ...TARGET_ERRORS,
        ],
        summary: 'Forget a collection; a managed table goes with it, a bound one stays',
        params: NAME_PARAMS,
        querystring: objectOf({ allowDestructive: ALLOW_DESTRUCTIVE }, ['allowDestructive']),
        headers: CONDITIONS,
        response: answersNothing(204, 'The collection is forgotten.'),
      },
    },
    async (request, reply) => {
      await dropCollection(callerOf(request), deps, request.params.name, {
        allowDestructive: request.query.allowDestructive ?? false,
        ...conditionsOf(request, request.params.name),
      });
      return reply.code(204).send();
    },
  );
}

/** Of a request that says what it expects to find. */
function conditionsOf(
  { headers }: Pick<FastifyRequest, 'headers'>,
  name: string,
): { readonly expects?: VersionCheck } {
  const conditions = { ifMatch: headers['if-match'], ifNoneMatch: headers['if-none-match'] };
  if (conditions.ifMatch === undefined && conditions.ifNoneMatch === undefined) return {};
  return {
    expects: (version) => {
      const etag = version === undefined ? undefined : collectionEtag({ version });
      checkConditions(conditions, etag, `Collection "${name}"`);
    },
  };
}

function withEtag<T extends { readonly version?: number; readonly isDryRun: boolean }>(
  reply: FastifyReply,
  applied: T,
): T {
  const { version, isDryRun } = applied;
  if (version !== undefined && !isDryRun) void reply.header('etag', collectionEtag({ version }));
  return applied;
}

/** `tenant=7` as the query has it. */
function parseScope(pairs: readonly string[] = []): Readonly<Record<string, string>> {
  const scope = pairs.map((pair) => {
    const at = pair.indexOf('=');
    return [pair.slice(0, at), pair.slice(at + 1)];
  });
  return Object.fromEntries(scope);
}

function renderStored(stored: StoredCollection): object {
  const { name, version, definition, createdAt, updatedAt } = stored;
  return {
    name,
    version,
    definition,
    createdAt: renderTime(createdAt),
    updatedAt: renderTime(updatedAt),
  };
}
