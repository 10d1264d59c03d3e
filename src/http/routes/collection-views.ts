import type { FastifyInstance } from 'fastify';
import { listVersions, readCollection, readVersion } from '../../actions/collections/read-collections.ts';
import type { Collection } from '../../collections/collection.ts';
import { renderJsonTemplate, templateHeader } from '../../collections/template.ts';
import { FORMATS } from '../../formats/formats.ts';
import type { StoredVersion } from '../../store/collections.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { attachment } from '../files/content-disposition.ts';
import { renderTime } from '../render-job.ts';
import { callerOf } from '../requests/caller.ts';
import { FULL_VERSION, NAME_PARAMS, VERSION, VERSION_PARAMS } from '../schemas/collection.ts';
import { ANYTHING, type Answers, answers, listOf, objectOf } from '../schemas/shared.ts';

interface TemplateQuery {
  readonly format?: 'csv' | 'json';
  readonly header?: 'names' | 'titles';
  readonly delimiter?: string;
}

const TEMPLATE_QUERY = objectOf(
  {
    format: { enum: ['csv', 'json'], description: 'Default `csv`.' },
    header: { enum: ['names', 'titles'], description: 'Titles are used where an import recognises them.' },
    delimiter: { type: 'string', minLength: 1, maxLength: 1, description: 'Of CSV. Default: a comma.' },
  },
  ['format', 'header', 'delimiter'],
);

const TEMPLATE_ANSWERS: Answers = {
  200: {
    description: 'The file.',
    headers: ['content-disposition'],
    content: {
      'text/csv': { schema: { type: 'string', format: 'binary', description: 'The header.' } },
      'application/json': { schema: listOf(ANYTHING) },
    },
  },
};

/** What is made of a collection: its versions, which outlive its name, and files to fill in. */
export async function collectionViewRoutes(app: FastifyInstance, deps: HttpDependencies): Promise<void> {
  app.get<{ Params: { name: string } }>(
    '/v1/collections/:name/versions',
    {
      schema: {
        operationId: 'listVersions',
        errors: ['collection.not_found'],
        summary: 'Every version that a collection has had, newest first; those of a dropped one too',
        params: NAME_PARAMS,
        response: answers(200, objectOf({ versions: listOf(VERSION) }), { description: 'The versions.' }),
      },
    },
    async (request) => {
      const versions = await listVersions(callerOf(request), deps, request.params.name);
      return { versions: versions.map(renderVersion) };
    },
  );

  app.get<{ Params: { name: string; version: number } }>(
    '/v1/collections/:name/versions/:version',
    {
      schema: {
        operationId: 'getVersion',
        errors: ['collection.not_found'],
        summary: 'A collection as it was: the version that a job names',
        params: VERSION_PARAMS,
        response: answers(200, FULL_VERSION, { description: 'The version.' }),
      },
    },
    async (request) => {
      const { name, version: number } = request.params;
      const version = await readVersion(callerOf(request), deps, name, number);
      return { ...renderVersion(version), definition: version.definition };
    },
  );

  app.get<{ Params: { name: string }; Querystring: TemplateQuery }>(
    '/v1/collections/:name/template',
    {
      schema: {
        operationId: 'getTemplate',
        errors: ['collection.not_found'],
        summary: 'A file to fill in: CSV with the expected header, or JSON with one record',
        params: NAME_PARAMS,
        querystring: TEMPLATE_QUERY,
        response: TEMPLATE_ANSWERS,
      },
    },
    async (request, reply) => {
      const { params, query } = request;
      const { collection } = await readCollection(callerOf(request), deps, params.name);
      const format = query.format ?? 'csv';
      return reply
        .type(`${FORMATS[format].mediaType}; charset=utf-8`)
        .header('content-disposition', attachment(`${collection.name}.${format}`))
        .send(format === 'csv' ? renderCsv(collection, query) : renderJsonTemplate(collection));
    },
  );
}

function renderCsv(collection: Collection, { header = 'names', delimiter = ',' }: TemplateQuery): string {
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
    fields: templateHeader(collection, header),
  });
  return writer.begin() + writer.end();
}

function renderVersion({ name, version, createdAt, isCurrent }: StoredVersion): object {
  return { name, version, createdAt: renderTime(createdAt), isCurrent };
}
