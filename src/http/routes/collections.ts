import type { FastifyInstance } from 'fastify';
import type { Collection } from '../../collections/collection.ts';
import { AppError } from '../../core/errors.ts';
import { isFinal, JOB_STATES } from '../../core/job-state.ts';
import { FORMATS } from '../../formats/formats.ts';
import { dropCollection, listCollections, type StoredCollection } from '../../store/collections.ts';
import { inTransaction } from '../../store/database.ts';
import { listJobs } from '../../store/jobs/find-jobs.ts';
import { applyCollection } from '../apply-collection.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { loadCollection } from '../load-collection.ts';
import { renderTime } from '../render-job.ts';
import {
  ANYTHING,
  answers,
  answersFile,
  answersNothing,
  listOf,
  named,
  objectOf,
  TIME,
} from '../schemas/shared.ts';

const COUNT = { type: 'integer', minimum: 0 } as const;
const FLAG = { type: 'boolean' } as const;

const COLUMNS = {
  ...listOf(
    objectOf({ field: { type: 'string' }, column: { type: 'string' }, sqlType: { type: 'string' } }, [
      'sqlType',
    ]),
  ),
  description: 'Where each field lives. `sqlType` is absent while a bound target cannot be asked.',
};

const DEFINITION = { ...ANYTHING, description: 'Described in docs/collections.md.' } as const;

const STORED = {
  name: { type: 'string' },
  version: COUNT,
  definition: DEFINITION,
  createdAt: TIME,
  updatedAt: TIME,
};

const LISTED = named('ListedCollection', objectOf(STORED));

const COLLECTION = named(
  'Collection',
  objectOf(
    {
      ...STORED,
      columns: COLUMNS,
      records: {
        ...COUNT,
        description: 'Only when asked for with `count=true`, and not for a collection with a scope.',
      },
    },
    ['records'],
  ),
);

const PLAN = {
  steps: listOf(objectOf({ text: { type: 'string' }, destructive: FLAG })),
  columns: COLUMNS,
};

const APPLIED = named(
  'AppliedCollection',
  objectOf({ name: { type: 'string' }, version: COUNT, isChanged: FLAG, isDryRun: FLAG, ...PLAN }, [
    'version',
  ]),
);

/** What a target may have against being looked at or changed. */
const TARGET_ERRORS = [
  'target.not_found',
  'target.unsupported',
  'target.permission_denied',
  'target.refused',
  'module.invalid',
  'module.failed',
] as const;

const NAME_PARAMS = {
  type: 'object',
  required: ['name'],
  properties: { name: { type: 'string', minLength: 1, maxLength: 200 } },
} as const;

export async function collectionRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get(
    '/v1/collections',
    {
      schema: {
        operationId: 'listCollections',
        summary: 'List collections',
        response: answers(200, objectOf({ collections: listOf(LISTED) }), {
          description: 'All of them, by name.',
        }),
      },
    },
    async () => ({ collections: (await listCollections(deps.pool)).map(renderStored) }),
  );

  app.get<{ Params: { name: string }; Querystring: { count?: boolean } }>(
    '/v1/collections/:name',
    {
      schema: {
        operationId: 'getCollection',
        errors: ['collection.not_found', ...TARGET_ERRORS],
        summary: 'One collection',
        params: NAME_PARAMS,
        querystring: objectOf({ count: FLAG }, ['count']),
        response: answers(200, COLLECTION, { description: 'The collection.' }),
      },
    },
    async ({ params, query }) => {
      const { stored, collection } = await loadCollection(deps.pool, params.name);
      // Records are counted within a scope, and this asks for none.
      const isCounted = query.count === true && collection.scope.length === 0;
      return {
        ...renderStored(stored),
        columns: await deps.targets.columns(collection),
        ...(isCounted && { records: await deps.targets.count(collection, {}) }),
      };
    },
  );

  app.put<{
    Params: { name: string };
    Querystring: { dryRun?: boolean; allowDestructive?: boolean };
    Body: Record<string, unknown>;
  }>(
    '/v1/collections/:name',
    {
      schema: {
        operationId: 'putCollection',
        summary: 'Create or change a collection, or see what that would do',
        params: NAME_PARAMS,
        querystring: objectOf({ dryRun: FLAG, allowDestructive: FLAG }, ['dryRun', 'allowDestructive']),
        // Its form is parsed as a whole, with all problems at once.
        body: DEFINITION,
        errors: ['collection.invalid', 'collection.destructive_change', 'request.conflict', ...TARGET_ERRORS],
        response: answers(200, APPLIED, { description: 'What was done, or would be.' }),
      },
    },
    ({ params, query, body }) =>
      applyCollection(deps, params.name, body, {
        isDryRun: query.dryRun ?? false,
        allowDestructive: query.allowDestructive ?? false,
      }),
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
          ...TARGET_ERRORS,
        ],
        summary: 'Forget a collection; a managed table goes with it, a bound one stays',
        params: NAME_PARAMS,
        querystring: objectOf({ allowDestructive: FLAG }, ['allowDestructive']),
        response: answersNothing(204, 'The collection is forgotten.'),
      },
    },
    async ({ params, query }, reply) => {
      await drop(deps, params.name, query.allowDestructive ?? false);
      return reply.code(204).send();
    },
  );

  app.get<{ Params: { name: string }; Querystring: { delimiter?: string } }>(
    '/v1/collections/:name/template',
    {
      schema: {
        operationId: 'getTemplate',
        errors: ['collection.not_found'],
        response: answersFile(200, ['text/csv'], {
          description: 'The file.',
          headers: ['content-disposition'],
        }),
        summary: 'An empty CSV file with the header that the collection expects',
        params: NAME_PARAMS,
        querystring: objectOf({ delimiter: { type: 'string', minLength: 1, maxLength: 1 } }, ['delimiter']),
      },
    },
    async ({ params, query }, reply) => {
      const { collection } = await loadCollection(deps.pool, params.name);
      return reply
        .type(`${FORMATS.csv.mediaType}; charset=utf-8`)
        .header('content-disposition', `attachment; filename="${collection.name}.csv"`)
        .send(renderTemplate(collection, query.delimiter ?? ','));
    },
  );
}

function renderTemplate(collection: Collection, delimiter: string): string {
  const writer = FORMATS.csv.createWriter({
    dialect: {
      format: 'csv',
      encoding: 'utf-8',
      hasBom: false,
      compression: 'none',
      delimiter,
      quote: '"',
      escape: '"',
      hasHeader: true,
      lineEnd: '\r\n',
    },
    fields: collection.fields.map((field) => field.name),
  });
  return writer.begin() + writer.end();
}

async function drop(deps: HttpDependencies, name: string, allowDestructive: boolean): Promise<void> {
  const { collection } = await loadCollection(deps.pool, name);
  const open = JOB_STATES.filter((state) => !isFinal(state));
  const [job] = await listJobs(deps.pool, { collection: name, state: open, limit: 1 });
  if (job !== undefined) {
    throw new AppError(
      'request.conflict',
      `Job ${job.number} on collection "${name}" is ${job.state}. Cancel it first.`,
      {
        details: { jobId: job.id },
      },
    );
  }
  if (collection.target.kind === 'managed' && !allowDestructive) {
    // The table goes with the records of every scope.
    const records = await deps.targets.count({ ...collection, scope: [] }, {});
    if (records > 0) {
      throw new AppError(
        'collection.destructive_change',
        `Dropping collection "${name}" deletes its table with ${records} ${records === 1 ? 'record' : 'records'}. Repeat it with --allow-destructive (allowDestructive=true) if that is meant.`,
        { details: { records } },
      );
    }
  }
  await inTransaction(deps.pool, async (db) => {
    await dropCollection(db, name);
    await deps.targets.drop(collection);
  });
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
