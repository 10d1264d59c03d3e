/** SailPoint's own SDK, as it comes from npm: only its address and its credentials are ours. */
import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { after, before, test } from 'node:test';
import { decodeJwt } from 'jose';
import { TOKEN_HOLDER } from '../../../src/actions/caller.ts';
import { createClient } from '../../../src/actions/clients/clients.ts';
import type { RoleName } from '../../../src/actions/roles.ts';
import { listJobs } from '../../../src/store/jobs/list-jobs.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, COLLECTIONS, documentOf, SOURCE_RECORDS } from './fixture.ts';

interface Answer<T> {
  readonly status: number;
  readonly data: T;
}

type Call = (parameters: object) => Promise<Answer<Record<string, unknown>>>;

/** What of the SDK is used; its own types are tens of megabytes, and say no more about it. */
interface Sdk {
  readonly Configuration: new (parameters: object) => { readonly accessToken: Promise<string> };
  readonly SPConfigBetaApi: new (
    configuration: object,
  ) => Readonly<
    Record<
      | 'exportSpConfig'
      | 'getSpConfigExportStatus'
      | 'getSpConfigExport'
      | 'importSpConfig'
      | 'getSpConfigImportStatus'
      | 'getSpConfigImport',
      Call
    >
  > & { listSpConfigObjects(): Promise<Answer<readonly { readonly objectType: string }[]>> };
}

const sdk = createRequire(import.meta.url)('sailpoint-api-client') as Sdk;

let server: ProtocolTestServer;
let url: string;
before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { sailpoint: BINDING } });
  await server.app.listen({ host: '127.0.0.1', port: 0 });
  url = `http://127.0.0.1:${(server.app.server.address() as AddressInfo).port}`;
  await server.engine.import({ collection: 'sources', source: { records: SOURCE_RECORDS } });
});
after(() => server.close());

async function connect(role: RoleName, more: { readonly scopes?: readonly string[] } = {}) {
  const request = { name: 'sdk', role, ...more };
  const { id, secret } = await createClient(TOKEN_HOLDER, server.engine.actions, request);
  const tokenUrl = `${url}/oauth/token`;
  const configuration = new sdk.Configuration({ baseurl: url, clientId: id, clientSecret: secret, tokenUrl });
  return { configuration, api: new sdk.SPConfigBetaApi(configuration) };
}

async function runAll(): Promise<void> {
  const waiting = await listJobs(server.engine.database.pool, { state: ['queued'], limit: 10 });
  for (const job of waiting.toReversed()) await server.engine.attempt(job);
}

test('it gets its token by itself, and makes all seven calls', async () => {
  const { api, configuration } = await connect('integrator');
  const exporting = await api.exportSpConfig({ exportPayloadBeta: { includeTypes: ['SOURCE'] } });
  assert.equal(exporting.status, 202);
  const exportId = String(exporting.data['jobId']);
  await runAll();
  const exported = await api.getSpConfigExportStatus({ id: exportId });
  assert.equal(exported.data['status'], 'COMPLETE');
  const objects = (await api.getSpConfigExport({ id: exportId })).data['objects'] as readonly unknown[];
  assert.equal(objects.length, SOURCE_RECORDS.length);

  const text = documentOf([
    { type: 'SOURCE', id: 's3', name: 'CRM', object: { id: 's3', name: 'CRM', connector: 'delimited-file' } },
  ]);
  const data = new File([text], 'config.json', { type: 'application/json' });
  const importing = await api.importSpConfig({ data, _options: { excludeBackup: true } });
  assert.equal(importing.status, 202);
  const importId = String(importing.data['jobId']);
  await runAll();
  assert.equal((await api.getSpConfigImportStatus({ id: importId })).data['status'], 'COMPLETE');
  const { results } = (await api.getSpConfigImport({ id: importId })).data as {
    results: Record<string, { importedObjects: { id: string }[] }>;
  };
  assert.deepEqual(
    results['SOURCE']?.importedObjects.map(({ id }) => id),
    ['s3'],
  );

  const types = (await api.listSpConfigObjects()).data.map(({ objectType }) => objectType);
  assert.ok(types.includes('SOURCE') && types.includes('TRANSFORM'));

  const { exp = 0, iat = 0 } = decodeJwt(await configuration.accessToken);
  assert.equal(exp - iat, 749);
});

test('a client without the scope or the role gets the answer that the SDK knows', async () => {
  const payload = { exportPayloadBeta: { includeTypes: ['SOURCE'] } };
  for (const { api } of [
    await connect('reader'),
    await connect('integrator', { scopes: ['sp:config:import'] }),
  ]) {
    await assert.rejects(
      api.exportSpConfig(payload),
      (error: { response: Answer<{ detailCode: string }> }) => {
        assert.deepEqual([error.response.status, error.response.data.detailCode], [403, '403 Forbidden']);
        return true;
      },
    );
  }
});

test('a wrong secret gets no token', async () => {
  const tokenUrl = `${url}/oauth/token`;
  const configuration = new sdk.Configuration({
    baseurl: url,
    clientId: 'wbc_x',
    clientSecret: 'y',
    tokenUrl,
  });
  await assert.rejects(configuration.accessToken);
});
