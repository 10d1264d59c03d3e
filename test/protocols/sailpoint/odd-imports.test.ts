import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Job } from '../../../src/core/job.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, documentOf, form, type ObjectOf, postImport } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  const { ROLE, ...types } = BINDING.types;
  const TAG = { collection: 'tags', id: 'id', name: 'id', importable: true };
  const binding = { ...BINDING, types: { ...types, ROLE: { ...ROLE, importable: true }, TAG } };
  const tags = { name: 'tags', schema: { type: 'object', properties: { id: { type: 'string' } } } };
  server = await startProtocols({ collections: [...COLLECTIONS, tags], protocols: { sailpoint: binding } });
});
after(() => server.close());

const SOURCE = { type: 'SOURCE', id: 's1', name: 'HR', object: { connector: 'delimited-file' } };
const TRANSFORM = { type: 'TRANSFORM', id: 't1', name: 'Upper', object: {} };

async function importOf(objects: readonly ObjectOf[]): Promise<Job> {
  const started = await postImport(server, documentOf(objects), { excludeBackup: true });
  assert.equal(started.statusCode, 202, started.body);
  return server.runNext();
}

type Lists = Readonly<
  Record<'errors' | 'warnings' | 'importedObjects', readonly Readonly<Record<string, unknown>>[]>
>;

async function resultsOf({ id }: Pick<Job, 'id'>): Promise<Readonly<Record<string, Lists>>> {
  const answer = await server.call('GET', `/beta/sp-config/import/${id}/download`);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.json<{ results: Readonly<Record<string, Lists>> }>().results;
}

test('an id that is a number keeps every figure, on its way in and out', async () => {
  const id = '9007199254740993';
  const text = `{"objects":[{"self":{"type":"ROLE","id":${id},"name":"Big"},"object":{}}]}`;
  const options = JSON.stringify({ objectOptions: { ROLE: { includedIds: [id] } }, excludeBackup: true });
  const parts = [
    { name: 'data', text },
    { name: 'options', text: options },
  ];
  const started = await server.call('POST', '/beta/sp-config/import', form(parts));
  assert.equal(started.statusCode, 202, started.body);
  const self = { type: 'ROLE', id, name: 'Big' };
  assert.deepEqual((await resultsOf(await server.runNext()))['ROLE']?.importedObjects, [self]);
  await server.call('POST', '/beta/sp-config/export', { json: { includeTypes: ['ROLE'] } });
  const { id: jobId } = await server.runNext();
  const { body } = await server.call('GET', `/beta/sp-config/export/${jobId}/download`);
  assert.match(body, new RegExp(`"self":${JSON.stringify(self)},"object":{"id":${id},`));
});

test('objects of a type without a key are inserted, whichever type comes first', async () => {
  const tag = { type: 'TAG', id: 'red', name: 'red', object: {} };
  const source = { ...SOURCE, id: 'with-a-tag' };
  const job = await importOf([source, tag]);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  assert.equal((await resultsOf(job))['TAG']?.importedObjects.length, 1);
});

test('preview is true however it is spelled', async () => {
  const url = '/beta/sp-config/import?preview=True';
  assert.equal((await postImport(server, documentOf([SOURCE]), {}, url)).statusCode, 202);
  assert.equal((await server.runNext()).kind, 'validation');
});

test('what was imported is what was accepted, among many objects with findings', async () => {
  const objects = Array.from({ length: 12_000 }, (_, index) => ({
    ...SOURCE,
    id: `many-${index}`,
    object: { connector: index % 3 === 1 ? 'telepathy' : 'delimited-file', threshold: 1 },
  }));
  const job = await importOf(objects);
  const { errors = [], importedObjects = [] } = (await resultsOf(job))['SOURCE'] ?? {};
  assert.equal(errors.length, 4000);
  const accepted = objects.filter((_, index) => index % 3 !== 1).map(({ id }) => id);
  assert.deepEqual(
    importedObjects.map(({ id }) => id),
    accepted,
  );
});

test('an import that failed in one of its types says so there', async () => {
  const { pool } = server.engine.database;
  const { id } = await importOf([SOURCE, TRANSFORM]);
  const failure = { code: 'target.refused', message: 'The table is gone.', retryable: true };
  await pool.query(`update waybill.jobs set state = 'failed', percentage = 99, failure = $2 where id = $1`, [
    id,
    failure,
  ]);
  await pool.query('update waybill.parts set completed_at = null where job_id = $1 and part = 1', [id]);
  const results = await resultsOf({ id });
  assert.deepEqual(results['SOURCE']?.errors, []);
  assert.deepEqual(results['TRANSFORM']?.errors, [
    { key: 'IMPORT_FAILED', text: 'The table is gone.', details: {} },
  ]);
});

test('results whose findings are no longer kept are not found', async () => {
  const job = await importOf([SOURCE]);
  await server.engine.database.pool.query('update waybill.jobs set ledger_dropped_at = now() where id = $1', [
    job.id,
  ]);
  const answer = await server.call('GET', `/beta/sp-config/import/${job.id}/download`);
  assert.equal(answer.statusCode, 404);
});

test('objects of types that cannot be imported here are left out, with a message for each type', async () => {
  const workflow = { type: 'WORKFLOW', id: 'w', name: 'Joiner', object: {} };
  const campaign = { ...workflow, type: 'CAMPAIGN_FILTER' };
  const job = await importOf([workflow, { ...SOURCE, id: 'beside' }, { ...workflow, id: 'w2' }, campaign]);
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const { SOURCE: sources, ...others } = await resultsOf(job);
  assert.deepEqual(
    sources?.importedObjects.map(({ id }) => id),
    ['beside'],
  );
  assert.deepEqual(others, {
    WORKFLOW: leftOut('WORKFLOW', 2, '2 objects of the type WORKFLOW left out'),
    CAMPAIGN_FILTER: leftOut('CAMPAIGN_FILTER', 1, '1 object of the type CAMPAIGN_FILTER left out'),
  });
});

function leftOut(type: string, objects: number, what: string): object {
  const text = `${what}: no collection stands behind this type.`;
  const details = { object: { type }, issue: { objects } };
  return {
    infos: [],
    warnings: [{ key: 'TYPE_NOT_CONFIGURED', text, details }],
    errors: [],
    importedObjects: [],
  };
}
