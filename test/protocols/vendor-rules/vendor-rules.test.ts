/** Each protocol once through, by a client that was given only its OpenAPI document; every answer obeys the vendor's rules as well. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import type { LightMyRequestResponse } from 'fastify';
import { putFolder } from '../../support/egain-package.ts';
import { ACTIVITIES, BINDING as AVEPOINT_BINDING } from '../avepoint/fixture.ts';
import {
  ARTICLES,
  BINDING as EGAIN_EXPORT_BINDING,
  knowledgeExport,
  TOPICS,
} from '../egain-export/fixture.ts';
import {
  article,
  BINDING as EGAIN_IMPORT_BINDING,
  entriesOf,
  importContent,
  ARTICLES as PACKAGED,
} from '../egain-import/fixture.ts';
import { CONTACTS, BINDING as EMARSYS_BINDING, RESPONSES } from '../emarsys/fixture.ts';
import { COLLECTIONS, documentOf, form, BINDING as SAILPOINT_BINDING } from '../sailpoint/fixture.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { DocumentClient, type ProtocolDocument } from './document-client.ts';
import { AVEPOINT, EGAIN_ERROR, EGAIN_EXPORT, EGAIN_IMPORT, EMARSYS, SAILPOINT } from './rules.ts';

let server: ProtocolTestServer;
let bucket: string;
before(async () => {
  bucket = await mkdtemp(join(tmpdir(), 'waybill-bucket-'));
  server = await startProtocols({
    locations: { 's3://bucket/': bucket },
    protocols: {
      avepoint: AVEPOINT_BINDING,
      'egain-export': EGAIN_EXPORT_BINDING,
      'egain-import': {
        articles: { ...EGAIN_IMPORT_BINDING.articles, collection: 'packaged' },
      },
      emarsys: EMARSYS_BINDING,
      sailpoint: SAILPOINT_BINDING,
    },
    collections: [
      { ...PACKAGED, name: 'packaged' },
      ACTIVITIES,
      ARTICLES,
      TOPICS,
      CONTACTS,
      RESPONSES,
      ...COLLECTIONS,
    ],
  });
});
after(async () => {
  await server.close();
  await rm(bucket, { recursive: true });
});

async function clientOf(protocol: string): Promise<DocumentClient> {
  const document = await server.call('GET', `/protocols/${protocol}/openapi.json`);
  return new DocumentClient(document.json<ProtocolDocument>(), (method, url, options) =>
    server.call(method, url, options),
  );
}

const ajv = addFormats.default(new Ajv2020({ strict: false, allErrors: true }));

/** The body, when it obeys. */
function obeys(schema: object, answer: LightMyRequestResponse): Record<string, unknown> {
  const body = answer.json<Record<string, unknown>>();
  const check = ajv.compile(schema);
  assert.ok(check(body), `${ajv.errorsText(check.errors)} in ${JSON.stringify(body)}`);
  return body;
}

test('AvePoint', async () => {
  const client = await clientOf('avepoint');
  const started = await client.call('exportUserActivities', {
    parameters: { email: 'ann@example.com', startTime: '2026-05-01T00:00:00', eventTypes: ['View', 'Edit'] },
  });
  const { jobId } = obeys(AVEPOINT.kickOff, started);
  const status = { parameters: { jobId: String(jobId) } };
  assert.deepEqual(obeys(AVEPOINT.status, await client.call('getExportStatus', status)), {
    jobStatus: 1,
    status: 200,
    message: '',
  });
  await server.runNext();
  obeys(AVEPOINT.status, await client.call('getExportStatus', status));
  const file = await client.call('getExportFile', status);
  assert.equal(file.rawPayload.subarray(0, 2).toString(), 'PK');
});

test('eGain content export', async () => {
  const client = await clientOf('egain-export');
  const headers = { 'Accept-Language': 'en-US' };
  const started = await client.call('exportContent', { parameters: headers, json: knowledgeExport() });
  assert.equal(started.statusCode, 202);
  const jobID = String(started.headers['location']).split('/').at(-1) ?? '';
  const status = { parameters: { ...headers, jobID } };
  obeys(EGAIN_EXPORT.status, await client.call('exportStatus', status));
  const refused = await client.call('exportContent', {
    parameters: headers,
    json: knowledgeExport({ portalID: 'PROD-9999' }),
  });
  assert.equal(refused.statusCode, 404);
  obeys(EGAIN_ERROR, refused);
  await server.runNext();
  const ended = obeys(EGAIN_EXPORT.status, await client.call('exportStatus', status));
  assert.equal(ended['status'], 'Successful');
});

test('eGain content import and validation', async () => {
  const client = await clientOf('egain-import');
  await putFolder(join(bucket, 'in'), entriesOf([article('Returns'), article('Payments')]));
  for (const operation of ['createImportJob', 'createImportValidationJob']) {
    const json = importContent();
    if (operation === 'createImportValidationJob') delete json['operation'];
    const started = await client.call(operation, { json });
    assert.deepEqual([started.statusCode, started.body], [202, '']);
    const id = String(started.headers['location']).split('/').at(-2) ?? '';
    const status = { parameters: { job_id: id } };
    obeys(EGAIN_IMPORT.status, await client.call('getImportStatus', status));
    await server.runNext();
    const ended = obeys(EGAIN_IMPORT.status, await client.call('getImportStatus', status));
    assert.equal(ended['status'], 'Successful');
    obeys(EGAIN_ERROR, await client.call('cancelImport', status));
  }
  const later = importContent({ scheduleTime: { date: new Date(Date.now() + 3_600_000).toISOString() } });
  const started = await client.call('createImportJob', { json: later });
  const id = String(started.headers['location']).split('/').at(-2) ?? '';
  const status = { parameters: { job_id: id } };
  assert.equal(
    obeys(EGAIN_IMPORT.status, await client.call('getImportStatus', status))['status'],
    'Scheduled',
  );
  assert.equal((await client.call('cancelImport', status)).statusCode, 204);
  assert.equal(
    obeys(EGAIN_IMPORT.status, await client.call('getImportStatus', status))['status'],
    'Cancelled',
  );
});

test('SailPoint SP-Config, at each of its paths', async () => {
  const client = await clientOf('sailpoint');
  const started = await client.call('exportSpConfig', {
    json: { description: 'Nightly', includeTypes: ['SOURCE', 'ROLE'] },
  });
  const { jobId } = obeys(SAILPOINT.job, started);
  await server.runNext();
  const parameters = { id: String(jobId) };
  obeys(SAILPOINT.job, await client.call('getSpConfigExportStatus', { parameters }));
  obeys(SAILPOINT.exported, await client.call('getSpConfigExport', { parameters }));
  for (const later of [1, 2, 3, 4]) {
    const shown = await client.call('getSpConfigExportStatus', { parameters }, later);
    assert.equal(shown.json<{ jobId: string }>().jobId, jobId);
  }
});

test('SailPoint SP-Config, the results of an import and of its preview', async () => {
  const client = await clientOf('sailpoint');
  const self = { type: 'SOURCE', id: 's9', name: 'HR' };
  const { body = '', headers = {} } = form([
    {
      name: 'data',
      fileName: 'config.json',
      text: documentOf([
        { ...self, object: { connector: 'telepathy' } },
        { ...self, id: 's8', object: { connector: 'delimited-file' } },
        { ...self, type: 'WORKFLOW', object: {} },
      ]),
    },
    { name: 'options', text: '{"excludeBackup": true}' },
  ]);
  for (const preview of ['true', 'false']) {
    const started = await client.call('importSpConfig', {
      parameters: { preview },
      form: { body, mediaType: String(headers['content-type']) },
    });
    const { jobId } = obeys(SAILPOINT.job, started);
    await server.runNext();
    const parameters = { id: String(jobId) };
    obeys(SAILPOINT.job, await client.call('getSpConfigImportStatus', { parameters }));
    const { results } = obeys(SAILPOINT.imported, await client.call('getSpConfigImport', { parameters }));
    assert.deepEqual(Object.keys(results as object), ['SOURCE', 'WORKFLOW']);
  }
});

test('Emarsys', async () => {
  const client = await clientOf('emarsys');
  const started = await client.call('exportRegistrations', {
    json: {
      distribution_method: 'local',
      time_range: ['2026-01-01', '2026-03-01'],
      contact_fields: ['1', '3'],
      language: 'en',
    },
  });
  obeys(EMARSYS.kickOff, started);
  const { data } = started.json<{ data: { id: number } }>();
  const named = { parameters: { exportId: String(data.id) } };
  obeys(EMARSYS.status, await client.call('getExportStatus', named));
  obeys(EMARSYS.error, await client.call('getExportData', named));
  await server.runNext();
  const ended = await client.call('getExportStatus', named);
  obeys(EMARSYS.status, ended);
  assert.equal(ended.json<{ data: { status: string } }>().data.status, 'done');
  const file = await client.call('getExportData', named);
  assert.match(String(file.headers['content-type']), /^text\/csv/);
});
