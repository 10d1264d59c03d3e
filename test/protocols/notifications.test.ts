/** A protocol whose requests say whom to tell. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Protocol } from '../../src/protocols/protocol.ts';
import { findJob } from '../../src/store/jobs/find-jobs.ts';
import { listJobs } from '../../src/store/jobs/list-jobs.ts';
import { PEOPLE } from '../http/support/api.ts';
import { type ProtocolTestServer, startProtocols } from './support/protocol-server.ts';

const JSON_ANSWER = { description: 'Whatever it is.', content: { 'application/json': {} } };

const TELLING: Protocol = {
  name: 'telling',
  title: 'A protocol that tells',
  basePaths: ['/telling'],
  capabilities: {
    kinds: ['export'],
    canCancel: false,
    canSchedule: false,
    canDownload: false,
    canDeliver: false,
  },
  bindingSchema: { type: 'object' },
  bind: () => ({
    routes: [
      {
        method: 'POST',
        path: '/exports',
        body: 'json',
        limits: { permission: 'export' },
        operation: {
          operationId: 'startExport',
          summary: 'Export',
          answers: { 200: JSON_ANSWER, 400: JSON_ANSWER },
        },
        handle: ({ body }) => ({
          do: 'start',
          job: {
            kind: 'export',
            parts: [{ collection: 'people' }],
            facts: {},
            notify: { url: (body as { url: string }).url, on: 'ready' },
          },
          answer: (job) => ({ status: 200, body: { id: job.id } }),
        }),
      },
    ],
    uses: [],
    renderError: (error) => ({ status: 400, body: { code: error?.code } }),
    renderNotification: (job) => ({ body: JSON.stringify({ told: job.number }) }),
  }),
  projectStatus: () => assert.fail('nobody asks'),
  readStatus: () => assert.fail('nobody asks'),
};

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({ protocols: { telling: {} }, known: [TELLING], collections: [PEOPLE] });
});
after(() => server.close());

test('whom a request of a protocol names is kept with the job, with what the protocol says of it', async () => {
  const url = 'https://hooks.example.com/x';
  const answer = await server.call('POST', '/telling/exports', { json: { url } });
  assert.equal(answer.statusCode, 200, answer.body);
  const job = await findJob(server.engine.database.pool, answer.json<{ id: string }>().id);
  assert.deepEqual(job?.notify, { url, on: 'ready', retries: 5, everyMs: 60_000 });
});

test('an address that is not called is refused in words of the protocol, and there is no job', async () => {
  const { pool } = server.engine.database;
  const count = async () => (await listJobs(pool)).length;
  const jobs = await count();
  for (const [url, code] of [
    ['http://169.254.169.254/', 'outgoing.refused_address'],
    ['no address', 'request.invalid'],
  ]) {
    const answer = await server.call('POST', '/telling/exports', { json: { url } });
    assert.deepEqual([answer.statusCode, answer.json()], [400, { code }]);
  }
  assert.equal(await count(), jobs);
});
