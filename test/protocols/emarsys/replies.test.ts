/** Every reply that is documented for the family: provoked, or why it cannot be had here. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { AppError } from '../../../src/core/errors.ts';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, fill, type KickOffPath, kickOff, LEAST, RESPONSES } from './fixture.ts';

/** By what a request shows for its credentials. */
const FAULTS: Readonly<Record<string, Error>> = {
  'Bearer busy': new AppError('server.busy', 'Too many requests at once.'),
  'Bearer away': new AppError('database.unavailable', 'It is away.'),
  'Bearer broken': new TypeError('a bug'),
};

let server: ProtocolTestServer;
let limited: ProtocolTestServer;
const logged: unknown[] = [];

before(async () => {
  const collections = [CONTACTS, RESPONSES];
  server = await startProtocols({ collections, protocols: { emarsys: BINDING }, change: withFaults });
  await fill(server);
  limited = await startProtocols({
    collections,
    protocols: { emarsys: { ...BINDING, requestsPerMinute: 2 } },
  });
});
after(async () => {
  await server.close();
  await limited.close();
});

function withFaults(deps: HttpDependencies): HttpDependencies {
  return {
    ...deps,
    logFailure: ({ error }) => logged.push(error),
    authorize: ({ authorization }) => {
      if (authorization === undefined) return 'missing';
      const fault = FAULTS[authorization];
      if (fault !== undefined) throw fault;
      return authorization === 'Bearer other' ? 'forbidden' : 'granted';
    },
  };
}

type Answer = Promise<LightMyRequestResponse>;

function start(path: KickOffPath, changes: Readonly<Record<string, unknown>>): Answer {
  return server.call('POST', `${API}/${path}`, { json: { ...LEAST[path], ...changes } });
}

function get(path: string, authorization?: string): Answer {
  return server.call(
    'GET',
    `${API}/${path}`,
    authorization === undefined ? {} : { headers: { authorization } },
  );
}

async function finished(): Promise<number> {
  const { id } = await kickOff(server, 'email/getcontacts');
  await server.runNext();
  return id;
}

/** Data of an export whose only result was changed so. */
async function dataAfter(change: (id: number) => Promise<unknown>): Answer {
  const id = await finished();
  await change(id);
  return get(`export/${id}/data`);
}

function query(text: string, id: number): Promise<{ rows: Record<string, string>[] }> {
  return server.engine.database.pool.query(text, [id]);
}

const RESULT = "a.kind = 'result' and a.job_id = (select id from waybill.jobs where number = $1)";

async function cutShort(id: number): Promise<void> {
  const { rows } = await query(`select a.storage_key from waybill.artifacts a where ${RESULT}`, id);
  await writeFile(server.engine.actions.files.path(rows[0]?.['storage_key'] ?? ''), 'user_id');
}

async function twice(): Answer {
  await start('export/filter', {});
  const answer = await start('export/filter', {});
  await server.runNext();
  return answer;
}

async function importNumber(): Promise<number> {
  const { job } = await server.engine.import({
    collection: 'contacts',
    source: { records: [{ id: '1', first_name: 'Ann' }] },
  });
  return job.number;
}

type Row = readonly [status: number, code: number, text: string, how: (() => Answer) | { cannot: string }];

/** In the order of the documents. */
const DOCUMENTED: readonly Row[] = [
  [400, 10001, 'Missing parameter: contact_fields', () => start('export/filter', { contact_fields: null })],
  [
    400,
    10001,
    'Invalid data format for contact_fields. Array expected',
    () => start('export/filter', { contact_fields: '1' }),
  ],
  [
    400,
    10001,
    'Invalid data format for email_id. Integer expected',
    () => start('email/getresponses', { email_id: 'x' }),
  ],
  [
    400,
    10001,
    'Invalid data format for time_range. Array size must be 2',
    () => start('contact/getchanges', { time_range: ['2026-01-01'] }),
  ],
  [400, 10001, 'Invalid origin: fax', () => start('contact/getchanges', { origin: 'fax' })],
  [
    400,
    10001,
    'Invalid data format for origin_id. Integer expected',
    () => start('contact/getchanges', { origin_id: 'x' }),
  ],
  [
    400,
    10001,
    'Invalid distribution method: mail',
    () => start('email/getcontacts', { distribution_method: 'mail' }),
  ],
  [400, 10001, 'Invalid value for delimiter: |', () => start('export/filter', { delimiter: '|' })],
  [
    400,
    10001,
    'Invalid contact field id: 27, 99',
    () => start('export/filter', { contact_fields: [1, 27, '99'] }),
  ],
  [400, 10001, 'Invalid number of fields', () => start('export/filter', { contact_fields: [] })],
  [
    400,
    10001,
    'Valid start_date and end_date is required',
    () => start('contact/getregistrations', { time_range: ['2026-02-30', '2026-03-01'] }),
  ],
  [
    400,
    10001,
    'Invalid value for end_date: end_date is earlier than the start_date',
    () => start('contact/getregistrations', { time_range: ['2026-03-02', '2026-03-01'] }),
  ],
  [
    400,
    10001,
    'Invalid data format for contactlist. Integer expected',
    () => start('email/getcontacts', { contactlist: 'all' }),
  ],
  [
    400,
    10001,
    'Invalid data format for filter. Integer expected',
    () => start('export/filter', { filter: 1.5 }),
  ],
  [400, 10001, 'Invalid export ID', () => get('export/999999')],
  [400, 10001, 'Invalid language', () => start('export/filter', { language: 'fr' })],
  [400, 10001, 'Limit is a required parameter.', () => get('export/1/data/offset=0')],
  [400, 10001, 'Limit must be a positive number.', () => get('export/1/data?offset=0&limit=0')],
  [400, 10001, 'Limit must be less than 1000000.', () => get('export/1/data/offset=0&limit=1000001')],
  [400, 10001, 'Offset must be zero, or a positive number.', () => get('export/1/data?offset=-1')],
  [
    400,
    4000,
    'One or more specified parameters are invalid.',
    () => start('export/filter', { notification_url: 'https://user:password@example.com/' }),
  ],
  [
    400,
    4001,
    'An export with the same setting is currently running. It is not possible to run the same export more than once simultaneously.',
    twice,
  ],
  [400, 4002, 'Invalid export type', async () => get(`export/${await importNumber()}`)],
  [
    410,
    4003,
    'Exported data is not available.',
    () => dataAfter((id) => query(`update waybill.artifacts a set deleted_at = now() where ${RESULT}`, id)),
  ],
  [
    404,
    4004,
    '"distribution_method" of this export is not compatible.',
    async () => get(`export/${(await server.engine.export({ collection: 'contacts' })).job.number}/data`),
  ],
  [
    404,
    4005,
    'Export is currently in progress. Please wait until that has finished.',
    async () => {
      const { id } = await kickOff(server, 'email/getcontacts');
      const answer = await get(`export/${id}/data`);
      await server.runNext();
      return answer;
    },
  ],
  [
    404,
    4006,
    'Internal error occurred. File was not found.',
    () => dataAfter((id) => query(`delete from waybill.artifacts a where ${RESULT}`, id)),
  ],
  [500, 4007, 'Server error occurred. Please choose another file.', () => dataAfter(cutShort)],
  [400, 1009, 'Invalid HTTP method.', () => server.call('PUT', `${API}/export/1`)],
  [
    400,
    1010,
    'Invalid request payload.',
    () => server.call('POST', `${API}/export/filter`, { body: '{"filter":' }),
  ],
  [400, 1002, 'Invalid language code', () => start('export/filter', { language: 'english' })],
  [
    501,
    501,
    'This feature has not been implemented yet.',
    () => server.call('POST', `${API}/email/responses`),
  ],
  [401, 1, 'Credentials are invalid', () => get('export/1', '')],
  [403, 403, 'Forbidden', () => get('export/1', 'Bearer other')],
  [
    429,
    7003,
    'Too many requests for this account and resource within the last minute.',
    async () => {
      await limited.call('GET', `${API}/export/1`);
      await limited.call('GET', `${API}/export/1`);
      return limited.call('GET', `${API}/export/1`);
    },
  ],
  [429, 15011, 'Too many requests.', { cannot: 'there is one limit, and its reply is 7003' }],
  [500, 1, 'Database connection error', () => get('export/1', 'Bearer away')],
  [500, 1003, 'Internal error.', () => get('export/1', 'Bearer broken')],
  [502, 502, 'After a grace period, ...', { cannot: 'no gateway stands before the server' }],
  [503, 503, 'The system is overloaded for this resource.', () => get('export/1', 'Bearer busy')],
  [400, 6026, 'No such response type', { cannot: 'email/responses is not spoken here' }],
  [400, 6027, 'Invalid date format', { cannot: 'email/responses is not spoken here' }],
  [423, 6028, 'Cannot run filters that often', { cannot: 'email/responses is not spoken here' }],
  [404, 6029, 'There is no job with the provided id', { cannot: 'email/responses is not spoken here' }],
  [202, 202, 'The requested data is currently generated', { cannot: 'email/responses is not spoken here' }],
];

for (const [status, replyCode, replyText, how] of DOCUMENTED) {
  // No skipped test: there is nothing to be run elsewhere.
  if (typeof how === 'object') continue;
  test(`${status} ${replyCode} ${replyText}`, async () => {
    const answer = await how();
    assert.deepEqual([answer.statusCode, answer.json()], [status, { replyCode, replyText, data: '' }]);
    for (const header of ['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-ratelimit-reset']) {
      assert.match(String(answer.headers[header]), /^\d+$/, header);
    }
  });
}

test('the page of the protocol names every code', () => {
  const page = readFileSync(new URL('../../../docs/protocols/emarsys.md', import.meta.url), 'utf8');
  const unnamed = DOCUMENTED.map(([, code]) => code).filter(
    (code) => !new RegExp(`\\b${code}\\b`).test(page),
  );
  assert.deepEqual(unnamed, []);
});

test('an export without an id is told as one that is not there', async () => {
  for (const path of ['export', 'export/', 'export/x', 'export/0', 'export/x/data']) {
    assert.equal((await get(path)).json<{ replyText: string }>().replyText, 'Invalid export ID', path);
  }
});

test('an address that cannot be decoded is told in the same form, guarded and counted as others are', async () => {
  const answer = await get('export/%zz');
  assert.deepEqual([answer.statusCode, answer.json<{ replyCode: number }>().replyCode], [400, 4000]);
  const { headers } = await get('export/1');
  assert.equal(Number(headers['x-ratelimit-remaining']), Number(answer.headers['x-ratelimit-remaining']) - 1);
  assert.equal((await get('export/%zz', '')).statusCode, 401);
});

test('only bugs are logged as failures', async () => {
  const before = logged.length;
  await get('export/1', 'Bearer broken');
  await get('export/1', 'Bearer away');
  assert.deepEqual(logged.slice(before).map(String), ['TypeError: a bug']);
});
