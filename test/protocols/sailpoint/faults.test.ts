/** Every error that the documents of the family have, but for what is wrong with a request: `refusals.test.ts`. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError, ERROR_CODES } from '../../../src/core/errors.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { renderError } from '../../../src/protocols/sailpoint/faults.ts';
import type { WireRequest } from '../../../src/protocols/wire.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { assertFault, type Fault } from './assert-fault.ts';
import { BINDING, COLLECTIONS } from './fixture.ts';

let server: ProtocolTestServer;
/** What the next requests may do, by permission. */
let access: (permission: string) => Access = () => 'granted';
let isBroken = false;
const bugs: unknown[] = [];

before(async () => {
  server = await startProtocols({
    collections: COLLECTIONS,
    protocols: { sailpoint: BINDING },
    change: (deps) => ({
      ...deps,
      authorize: (_headers, permission) => access(permission),
      logFailure: ({ error }) => bugs.push(error),
      status: {
        ...deps.status,
        peek: (name) => (isBroken ? undefined : deps.status.peek(name)),
        read: (...given) => (isBroken ? Promise.reject(new Error('a bug')) : deps.status.read(...given)),
      },
    }),
  });
});
after(() => server.close());

const NO_JOB = '/beta/sp-config/export/00000000-0000-4000-8000-000000000000';

test('401 says what is wrong with the login', async () => {
  for (const [state, error] of [
    ['expired', 'JWT validation failed: JWT is expired'],
    ['invalid', 'JWT validation failed: JWT is invalid'],
    ['missing', 'JWT is required'],
  ] as const) {
    access = () => state;
    const answer = await server.call('GET', NO_JOB);
    assert.deepEqual([answer.statusCode, answer.json()], [401, { error }]);
  }
  access = () => 'granted';
});

test('the scopes of both generations open the routes, and others do not', async () => {
  const kickOffs = {
    export: () => server.call('GET', NO_JOB),
    import: () => server.call('GET', NO_JOB.replace('export', 'import')),
  };
  const opened: Record<string, string[]> = { export: [], import: [] };
  for (const scope of ['sp:config:export', 'sp:config:import', 'sp:config:read', 'sp:config:manage', 'x']) {
    access = (permission) => (permission === scope ? 'granted' : 'forbidden');
    for (const [name, send] of Object.entries(kickOffs)) {
      const answer = await send();
      if (answer.statusCode === 404) opened[name]?.push(scope);
      else
        assertFault(
          answer,
          403,
          '403 Forbidden',
          'The server understood the request but refuses to authorize it.',
        );
    }
  }
  access = () => 'granted';
  assert.deepEqual(opened, {
    export: ['sp:config:export', 'sp:config:read', 'sp:config:manage'],
    import: ['sp:config:import', 'sp:config:manage'],
  });
});

test('404 is for a job, a path and a method that there is not', async () => {
  const text = 'The server did not find a current representation for the target resource.';
  for (const answer of [
    await server.call('GET', NO_JOB),
    await server.call('GET', `${NO_JOB}/download`),
    await server.call('GET', '/v2026/sp-config/nothing'),
    await server.call('DELETE', NO_JOB),
  ]) {
    assertFault(answer, 404, '404 Not found', text);
  }
});

test('500 says nothing of what happened', async () => {
  isBroken = true;
  const fault = assertFault(
    await server.call('GET', NO_JOB),
    500,
    '500.0 Internal Fault',
    'An internal fault occurred.',
  );
  isBroken = false;
  assert.deepEqual(fault.causes, []);
  assert.match(String(bugs.pop()), /a bug/);
});

test('429 comes with the hundred and first request in ten seconds, for each client and version', async () => {
  const ask = (base: string, client: string) =>
    server.call('GET', `${base}/config-objects`, { headers: { authorization: `Bearer ${client}` } });
  for (let i = 0; i < 100; i += 1) assert.equal((await ask('/sp-config/v1', 'a')).statusCode, 200);
  const answer = await ask('/sp-config/v1', 'a');
  assert.deepEqual([answer.statusCode, answer.json()], [429, { message: ' Rate Limit Exceeded ' }]);
  const seconds = Number(answer.headers['retry-after']);
  assert.ok(seconds >= 1 && seconds <= 10, String(seconds));
  assert.equal((await ask('/sp-config/v1', 'b')).statusCode, 200);
  assert.equal((await ask('/v2025/sp-config', 'a')).statusCode, 200);
});

test('messages come in the language that is asked for, too', async () => {
  for (const [header, locale, text] of [
    ['de-AT, en;q=0.5', 'de', 'Der Server hat keine aktuelle Darstellung der Zielressource gefunden.'],
    ['xx, pt;q=0.1', 'pt-BR', 'O servidor não encontrou uma representação atual do recurso de destino.'],
    ['fr;q=0, en', 'en-US', 'The server did not find a current representation for the target resource.'],
    ['*', 'en-US', 'The server did not find a current representation for the target resource.'],
    ['xx', 'und', 'The server did not find a current representation for the target resource.'],
    [';;q=x,', 'und', 'The server did not find a current representation for the target resource.'],
  ]) {
    const answer = await server.call('GET', NO_JOB, { headers: { 'accept-language': header as string } });
    assert.deepEqual(answer.json<Fault>().messages[1], { locale, localeOrigin: 'REQUEST', text }, header);
  }
});

const ID = '7a84b875-6f75-4c7b-b137-0632b62db0bd';

test('an error is tracked by the id that the log has, where that is one', async () => {
  const trackingIdFor = async (given: string) => {
    const answer = await server.call('GET', NO_JOB, { headers: { 'x-request-id': given } });
    return answer.json<Fault>().trackingId;
  };
  assert.equal(await trackingIdFor(ID.toUpperCase()), ID.replaceAll('-', ''));
  assert.match(await trackingIdFor('a-proxy/1'), /^[0-9a-f]{32}$/);
  const unnamed = await server.call('GET', NO_JOB);
  assert.equal(unnamed.json<Fault>().trackingId, String(unnamed.headers['x-request-id']).replaceAll('-', ''));
});

test('every error of ours has a status and a body that the documents know', () => {
  const request = { headers: {}, id: ID, requestId: 'a-proxy/1' } as WireRequest;
  for (const code of ERROR_CODES) {
    const { status, body } = renderError(new AppError(code, 'what happened'), request);
    assert.ok([400, 401, 403, 404, 429, 500].includes(status), code);
    assert.equal(status >= 500 && JSON.stringify(body).includes('what happened'), false, code);
    const isFault = status !== 401 && status !== 429;
    assert.equal(typeof body === 'object' && body !== null && 'detailCode' in body, isFault, code);
  }
});
