/** Objects that are kept as JSON in one field, whatever is in them, beside objects whose members are fields. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, postImport } from './fixture.ts';

const CONFIGS = {
  name: 'configs',
  key: ['id'],
  schema: {
    type: 'object',
    properties: { id: { type: 'string' }, label: { type: 'string' }, config: { type: 'object' } },
    required: ['id'],
  },
};

const STRICT = {
  name: 'strict',
  key: ['id'],
  schema: {
    type: 'object',
    properties: { id: { type: 'string' }, name: { type: 'string' } },
    required: ['id'],
    additionalProperties: false,
  },
};

let server: ProtocolTestServer;

before(async () => {
  const RULE = { collection: 'configs', id: 'id', name: 'label', object: 'config' };
  const CONNECTOR_RULE = { collection: 'strict', id: 'id', name: 'name' };
  server = await startProtocols({
    collections: [...COLLECTIONS, CONFIGS, STRICT],
    protocols: { sailpoint: { types: { ...BINDING.types, RULE, CONNECTOR_RULE } } },
  });
});
after(() => server.close());

async function importText(objects: string): Promise<string> {
  const started = await postImport(server, `{"objects":[${objects}]}`, { excludeBackup: true });
  assert.equal(started.statusCode, 202, started.body);
  const job = await server.runNext();
  const results = await server.call('GET', `/beta/sp-config/import/${job.id}/download`);
  return results.body;
}

test('an object with whatever is in it comes back as it was, figure by figure', async () => {
  const rule = '{"id": "r1", "script": ["a,\\"config\\":", {"n": 12345678901234567890}], "empty": {}}';
  const empty = '{"version":1,"self":{"type":"RULE","id":"r2","name":null},"object":{\n}}';
  await importText(
    `{"version":1,"self":{"type":"RULE","id":"r1","name":"x,\\"config\\":{}"},"object":${rule.replaceAll(', ', ',\n ')}},${empty}`,
  );
  await server.call('POST', '/beta/sp-config/export', { json: { includeTypes: ['RULE'] } });
  const job = await server.runNext();
  const document = await server.call('GET', `/beta/sp-config/export/${job.id}/download`);
  const { objects } = document.json<{ objects: readonly unknown[] }>();
  assert.ok(document.body.includes('12345678901234567890'));
  assert.deepEqual(objects, [
    {
      version: 1,
      self: { type: 'RULE', id: 'r1', name: 'x,"config":{}' },
      object: JSON.parse(rule) as unknown,
    },
    { version: 1, self: { type: 'RULE', id: 'r2', name: '' }, object: {} },
  ]);
});

test('a record without an object is exported with an empty one', async () => {
  await server.engine.import({ collection: 'configs', source: { records: [{ id: 'r3' }] } });
  const json = { includeTypes: ['RULE'], objectOptions: { RULE: { includedIds: ['r3'] } } };
  await server.call('POST', '/beta/sp-config/export', { json });
  const job = await server.runNext();
  const document = await server.call('GET', `/beta/sp-config/export/${job.id}/download`);
  assert.deepEqual(document.json<{ objects: { object: object }[] }>().objects[0]?.object, {});
});

test('a member that is no field is left out, or fails the import where the collection says so', async () => {
  const resultsOf = async (type: string) => {
    const object = `{"self":{"type":"${type}","id":"1","name":"Upper"},"object":{ "colour": "red" }}`;
    const { results } = JSON.parse(await importText(object)) as {
      results: Record<string, { importedObjects: object[]; errors: { text: string }[] }>;
    };
    const { importedObjects = [], errors = [] } = results[type] ?? {};
    return [importedObjects.length, errors.map(({ text }) => text).join()] as const;
  };
  assert.deepEqual(await resultsOf('TRANSFORM'), [1, '']);
  const [imported, why] = await resultsOf('CONNECTOR_RULE');
  assert.equal(imported, 0);
  assert.match(why, /colour/);
});
