import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { OBJECT_TYPES } from '../../../src/protocols/sailpoint/object-types.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, SOURCE_RECORDS } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { sailpoint: BINDING } });
  await server.engine.import({ collection: 'sources', source: { records: SOURCE_RECORDS } });
  await server.engine.import({
    collection: 'transforms',
    source: { records: [{ id: 't1', title: 'Upper\u2028case' }, { id: 't2' }] },
  });
  await server.engine.import({
    collection: 'roles',
    source: { records: [{ id: '7', name: 'Auditor' }] },
  });
});
after(() => server.close());

interface Started {
  readonly jobId: string;
}

interface ExportDocument {
  readonly objects: readonly {
    readonly self: { readonly type: string; readonly id: string };
    readonly object: object;
  }[];
}

async function exportText(body: object, base = '/beta/sp-config'): Promise<string> {
  const started = await server.call('POST', `${base}/export`, { json: body });
  assert.equal(started.statusCode, 202, started.body);
  const job = await server.runNext();
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const { jobId } = started.json<Started>();
  assert.equal(jobId, job.id);
  const answer = await server.call('GET', `${base}/export/${jobId}/download`);
  assert.equal(answer.statusCode, 200, answer.body);
  assert.equal(answer.headers['content-type'], 'application/json');
  return answer.body;
}

async function exported(body: object): Promise<string[]> {
  const { objects } = JSON.parse(await exportText(body)) as ExportDocument;
  return objects.map(({ self }) => `${self.type} ${self.id}`);
}

const ALL = ['ROLE 7', 'SOURCE s1', 'SOURCE s2', 'TRANSFORM t1', 'TRANSFORM t2'];

test('an export without choices has every object of every type', async () => {
  assert.deepEqual(await exported({}), ALL);
});

test('each option changes what an export has', async () => {
  assert.deepEqual(await exported({ includeTypes: ['TRANSFORM'] }), ['TRANSFORM t1', 'TRANSFORM t2']);
  assert.deepEqual(await exported({ excludeTypes: ['TRANSFORM', 'ROLE'] }), ['SOURCE s1', 'SOURCE s2']);
  const both = { includeTypes: ['ROLE'], excludeTypes: ['ROLE'] };
  assert.deepEqual(await exported(both), ['ROLE 7'], 'includeTypes goes before excludeTypes');
  const chosen = (choice: object) =>
    exported({ includeTypes: ['SOURCE'], objectOptions: { SOURCE: choice } });
  assert.deepEqual(await chosen({ includedIds: ['s2'] }), ['SOURCE s2']);
  assert.deepEqual(await chosen({ includedNames: ['HR'] }), ['SOURCE s2']);
  assert.deepEqual(await chosen({ includedIds: ['s1'], includedNames: ['HR'] }), ['SOURCE s1', 'SOURCE s2']);
  assert.deepEqual(await chosen({ includedIds: [], includedNames: null }), ['SOURCE s1', 'SOURCE s2']);
});

test("the vendor's types that nobody configured are types without objects", async () => {
  assert.deepEqual(await exported({ includeTypes: OBJECT_TYPES }), ALL);
  assert.deepEqual(await exported({ excludeTypes: ['WORKFLOW'] }), ALL);
  assert.deepEqual(await exported({ objectOptions: { TAG: { includedNames: ['x'] } } }), ALL);
  assert.deepEqual(await exported({ includeTypes: ['WORKFLOW', 'TAG'] }), []);
  assert.deepEqual(await exported({ excludeTypes: OBJECT_TYPES }), []);
});

test('a document repeats what was asked for, and has each object with all its figures', async () => {
  const text = await exportText({
    description: 'Nightly "copy"',
    includeTypes: ['SOURCE', 'TRANSFORM'],
    objectOptions: { SOURCE: { includedIds: ['s1'] } },
  });
  const { timestamp, ...document } = JSON.parse(text) as Record<string, unknown>;
  assert.match(String(timestamp), /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{0,2}[1-9])?Z$/);
  assert.ok(text.includes('"threshold":9007199254740993'), 'no figure is lost');
  assert.deepEqual(document, {
    version: 1,
    tenant: 'acme',
    description: 'Nightly "copy"',
    options: {
      excludeTypes: [],
      includeTypes: ['SOURCE', 'TRANSFORM'],
      objectOptions: { SOURCE: { includedIds: ['s1'], includedNames: [] } },
    },
    objects: [
      {
        version: 1,
        self: { type: 'SOURCE', id: 's1', name: 'Active Directory' },
        object: {
          id: 's1',
          name: 'Active Directory',
          connector: 'active-directory',
          threshold: Number('9007199254740993'),
        },
      },
      {
        version: 1,
        self: { type: 'TRANSFORM', id: 't1', name: 'Upper\u2028case' },
        object: { id: 't1', title: 'Upper\u2028case' },
      },
      { version: 1, self: { type: 'TRANSFORM', id: 't2', name: '' }, object: { id: 't2', title: null } },
    ],
  });
});

test('a job is found by its id with and without dashes, in any case, and by no other', async () => {
  const { jobId } = (await server.call('POST', '/v2025/sp-config/export', { json: {} })).json<Started>();
  await server.runNext();
  for (const id of [jobId, jobId.replaceAll('-', ''), jobId.toUpperCase()]) {
    const status = await server.call('GET', `/v2025/sp-config/export/${id}`);
    assert.equal(status.json<Started>().jobId, jobId);
  }
  for (const id of ['1', 'x', '00000000-0000-4000-8000-000000000000']) {
    assert.equal((await server.call('GET', `/v2025/sp-config/export/${id}`)).statusCode, 404);
  }
  assert.equal(
    (await server.call('GET', `/v2025/sp-config/import/${jobId}`)).statusCode,
    404,
    'it is an export',
  );
});

test('there is no document before the end, of a failed job, and after seven days', async () => {
  const download = async (id: string) =>
    (await server.call('GET', `/sp-config/v1/export/${id}/download`)).statusCode;
  const { jobId } = (await server.call('POST', '/sp-config/v1/export', { json: {} })).json<Started>();
  assert.equal(await download(jobId), 404);
  await server.runNext();
  assert.equal(await download(jobId), 200);
  const { pool } = server.engine.database;
  await pool.query(
    `update waybill.jobs set created_at = created_at - interval '7 days', version = version + 1 where id = $1`,
    [jobId],
  );
  assert.equal(await download(jobId), 404);
  assert.equal((await server.call('GET', `/sp-config/v1/export/${jobId}`)).statusCode, 200);
});

test('jobs of other protocols are shown, and have no document here', async () => {
  const { job } = await server.engine.export({ collection: 'roles' });
  const status = await server.call('GET', `/beta/sp-config/export/${job.id}`);
  assert.equal(status.json<{ status: string }>().status, 'COMPLETE');
  assert.equal((await server.call('GET', `/beta/sp-config/export/${job.id}/download`)).statusCode, 404);
});
