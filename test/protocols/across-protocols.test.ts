/** One set of jobs behind all protocols: what one of them starts, the others can see, and none mistakes for its own. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { createApiKey } from '../../src/access/api-key.ts';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { createKey } from '../../src/actions/keys/keys.ts';
import type { RoleName } from '../../src/actions/roles.ts';
import type { Job } from '../../src/core/job.ts';
import { PROTOCOLS } from '../../src/protocols/all-protocols.ts';
import type { StatusView } from '../../src/protocols/status-view.ts';
import { ACTIVITIES, BINDING as AVEPOINT } from './avepoint/fixture.ts';
import { type CallOptions, type ProtocolTestServer, startProtocols } from './support/protocol-server.ts';

const BINDINGS = {
  avepoint: AVEPOINT,
  'egain-export': { portals: { 'PROD-1000': { articles: { collection: 'activities' } } } },
  'egain-import': { articles: { collection: 'activities', fields: { name: 'user' } } },
  emarsys: {
    contacts: {
      collection: 'activities',
      userId: 'id',
      fields: { '1': { field: 'user' } },
      changedAt: 'at',
    },
  },
  sailpoint: { tenant: 'acme', types: { SOURCE: { collection: 'activities', id: 'id', name: 'user' } } },
};

interface Case {
  readonly protocol: keyof typeof BINDINGS;
  readonly start: readonly ['GET' | 'POST', string, CallOptions?];
  readonly statusOf: (job: Job) => string;
  /** Where its own files are, and what it says of those of others. Absent: files are delivered, not fetched. */
  readonly file?: { readonly urlOf: (job: Job) => string; readonly notFound: RegExp };
}

const EXPORT = {
  portalID: 'PROD-1000',
  language: { code: 'en-US' },
  resourceTypes: ['articles'],
  dataDestination: { destinationType: 'AWS S3 bucket', path: 's3://bucket/all' },
};

const CASES: readonly Case[] = [
  {
    protocol: 'avepoint',
    start: ['GET', '/insights/users/ann%40example.com/activities/export'],
    statusOf: ({ number }) => `/insights/job/${number}/exportstatus`,
    file: {
      urlOf: ({ number }) => `/insights/job/${number}/exportfile`,
      notFound: /^\{"status":404,"message":/,
    },
  },
  {
    protocol: 'egain-export',
    start: ['POST', '/content/export', { json: EXPORT, headers: { 'accept-language': 'en-US' } }],
    statusOf: ({ id }) => `/content/export/${id}/status`,
  },
  {
    protocol: 'emarsys',
    start: [
      'POST',
      '/api/v2/contact/getchanges',
      {
        json: {
          distribution_method: 'local',
          origin: 'all',
          origin_id: '0',
          time_range: ['2026-01-01', '2026-12-31'],
          contact_fields: [1],
        },
      },
    ],
    statusOf: ({ number }) => `/api/v2/export/${number}`,
    file: {
      urlOf: ({ number }) => `/api/v2/export/${number}/data?offset=0&limit=10`,
      notFound: /^\{"replyCode":4004,"replyText":.*not compatible/,
    },
  },
  {
    protocol: 'sailpoint',
    start: ['POST', '/beta/sp-config/export', { json: {} }],
    statusOf: ({ id }) => `/beta/sp-config/export/${id}`,
    file: {
      urlOf: ({ id }) => `/beta/sp-config/export/${id}/download`,
      notFound: /^\{"detailCode":"404 Not found","trackingId":/,
    },
  },
];

let server: ProtocolTestServer;
let folder: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-across-'));
  server = await startProtocols({
    collections: [ACTIVITIES],
    protocols: BINDINGS,
    locations: { 's3://bucket/': folder },
  });
  const records = ['1', '2', '3'].map((id) => ({ id, user: 'ann@example.com', at: '2026-05-01T10:00:00Z' }));
  await server.engine.import({ collection: 'activities', source: { records } });
});
after(async () => {
  await server.close();
  await rm(folder, { recursive: true });
});

async function viewIn(
  { protocol, statusOf }: Pick<Case, 'protocol' | 'statusOf'>,
  job: Job,
): Promise<StatusView> {
  const answer = await server.call('GET', statusOf(job));
  assert.equal(answer.statusCode, 200, `${protocol}: ${answer.body}`);
  const known = PROTOCOLS.find(({ name }) => name === protocol);
  assert.ok(known);
  return known.readStatus(answer.json());
}

/** As every protocol shows it. */
function views(job: Job): Promise<StatusView[]> {
  return Promise.all(CASES.map((one) => viewIn(one, job)));
}

async function assertDone(job: Job): Promise<void> {
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  for (const { state, processed = 3, total = 3, successful = 3 } of await views(job)) {
    assert.deepEqual([state, processed, total, successful], ['succeeded', 3, 3, 3]);
  }
}

async function assertFiles(job: Job, owner?: Case): Promise<void> {
  for (const { protocol, file } of CASES) {
    if (file === undefined) continue;
    const answer = await server.call('GET', file.urlOf(job));
    if (protocol === owner?.protocol) {
      assert.equal(answer.statusCode, 200, answer.body);
    } else {
      assert.equal(answer.statusCode, 404, `${protocol} gives files of others`);
      assert.match(answer.body, file.notFound);
    }
  }
}

for (const one of CASES) {
  test(`an export that ${one.protocol} starts is seen in all protocols, its files in its own alone`, async () => {
    const [method, url, options] = one.start;
    const started = await server.call(method, url, options);
    assert.ok(started.statusCode < 300, started.body);
    const { jobs } = (await server.call('GET', '/v1/jobs?limit=1')).json<{ jobs: Job[] }>();
    const [waiting] = jobs;
    assert.ok(waiting);
    assert.equal(waiting.state, 'queued');
    for (const { state, wire } of await views(waiting)) {
      assert.ok(['queued', 'running', 'scheduled'].includes(state), wire);
    }
    const job = await server.runNext();
    assert.equal(job.id, waiting.id);
    await assertDone(job);
    await assertFiles(job, one);
  });
}

test('an export of the native API is seen in all protocols, and its files in none', async () => {
  const { job } = await server.engine.export({ collection: 'activities', format: 'csv' });
  await assertDone(job);
  await assertFiles(job);
});

const IMPORTS = [
  {
    protocol: 'egain-import',
    statusOf: ({ id }: Job) => `/knowledge/contentmgr/v4/import/content/${id}/status`,
  },
  { protocol: 'sailpoint', statusOf: ({ id }: Job) => `/beta/sp-config/import/${id}` },
] as const;

test('an import is seen in the protocols that import, and is no export in any', async () => {
  const source = { records: [{ id: '1', user: 'ann@example.com', at: '2026-05-01T10:00:00Z' }] };
  const { job } = await server.engine.import({ collection: 'activities', source });
  for (const one of IMPORTS) {
    const { state, processed = 1, errors = 0 } = await viewIn(one, job);
    assert.deepEqual([state, processed, errors], ['succeeded', 1, 0]);
  }
  for (const { protocol, statusOf } of CASES) {
    const answer = await server.call('GET', statusOf(job));
    assert.ok([400, 404].includes(answer.statusCode), `${protocol}: ${answer.statusCode} ${answer.body}`);
  }
});

test('an export is no import in any protocol', async () => {
  const { job } = await server.engine.export({ collection: 'activities', format: 'csv' });
  for (const { protocol, statusOf } of IMPORTS) {
    assert.equal((await server.call('GET', statusOf(job))).statusCode, 404, protocol);
  }
});

for (const { protocol, start, statusOf } of CASES) {
  test(`${protocol}: an API key may do what its role may`, async () => {
    const as = async (role: RoleName) => {
      const { key } = await createKey(TOKEN_HOLDER, server.engine.actions, { name: role, role });
      return { authorization: `Bearer ${key}` };
    };
    const [method, url, options = {}] = start;
    const refused = await server.call(method, url, {
      ...options,
      headers: { ...options.headers, ...(await as('reader')) },
    });
    assert.equal(refused.statusCode, 403, refused.body);
    const started = await server.call(method, url, {
      ...options,
      headers: { ...options.headers, ...(await as('integrator')) },
    });
    assert.ok(started.statusCode < 300, started.body);
    const job = await server.runNext();
    const status = await server.call('GET', statusOf(job), { headers: await as('reader') });
    assert.equal(status.statusCode, 200, status.body);
    const unknown = await server.call('GET', statusOf(job), {
      headers: { authorization: `Bearer ${createApiKey().text}` },
    });
    assert.equal(unknown.statusCode, 401, unknown.body);
  });
}
