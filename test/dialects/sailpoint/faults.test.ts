/** Every error that the documents of the family have: provoked, or with the reason why it cannot occur here. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { AppError, ERROR_CODES } from '../../../src/core/errors.ts';
import { renderError } from '../../../src/dialects/sailpoint/faults.ts';
import type { WireRequest } from '../../../src/dialects/wire.ts';
import type { Access } from '../../../src/http/mount/mounted-dialect.ts';
import { type DialectTestServer, startDialects } from '../support/dialect-server.ts';
import { BINDING, COLLECTIONS, documentOf, form, postImport } from './fixture.ts';

let server: DialectTestServer;
/** What the next requests may do, by permission. */
let access: (permission: string) => Access = () => 'granted';
let isBroken = false;
const bugs: unknown[] = [];

before(async () => {
  server = await startDialects({
    collections: COLLECTIONS,
    dialects: { sailpoint: BINDING },
    change: (deps) => ({
      ...deps,
      authorize: (_headers, permission) => access(permission),
      logFailure: ({ error }) => bugs.push(error),
      status: {
        ...deps.status,
        read: (...given) => (isBroken ? Promise.reject(new Error('a bug')) : deps.status.read(...given)),
      },
    }),
  });
});
after(() => server.close());

interface Fault {
  readonly detailCode: string;
  readonly trackingId: string;
  readonly messages: readonly {
    readonly locale: string;
    readonly localeOrigin: string;
    readonly text: string;
  }[];
  readonly causes: readonly { readonly text: string }[];
}

const NO_JOB = '/beta/sp-config/export/00000000-0000-4000-8000-000000000000';
const SEMANTIC = 'The request was syntactically correct but its content is semantically invalid.';
const SOURCE = { type: 'SOURCE', id: 's1', name: 'HR', object: {} };

function assertFault(
  answer: LightMyRequestResponse,
  status: number,
  detailCode: string,
  text: string,
): Fault {
  assert.equal(answer.statusCode, status, answer.body);
  const fault = answer.json<Fault>();
  assert.equal(fault.detailCode, detailCode);
  assert.match(fault.trackingId, /^[0-9a-f]{32}$/);
  assert.deepEqual(fault.messages, [
    { locale: 'en-US', localeOrigin: 'DEFAULT', text },
    { locale: 'und', localeOrigin: 'REQUEST', text },
  ]);
  return fault;
}

const REFUSED: readonly {
  readonly what: string;
  readonly code: string;
  readonly cause: RegExp;
  readonly send: () => Promise<LightMyRequestResponse>;
}[] = [
  {
    what: 'a kick-off without a body',
    code: '400.1 Bad Request Content',
    cause: /^The body must be a JSON object/,
    send: () => server.call('POST', '/beta/sp-config/export'),
  },
  {
    what: 'a body that is no JSON',
    code: '400.1 Bad Request Content',
    cause: /not JSON/,
    send: () =>
      server.call('POST', '/beta/sp-config/export', {
        body: '{"includeTypes":',
        headers: { 'content-type': 'application/json' },
      }),
  },
  {
    what: 'types that are no list',
    code: '400.1 Bad Request Content',
    cause: /^includeTypes must be a list of strings/,
    send: () => server.call('POST', '/beta/sp-config/export', { json: { includeTypes: 'SOURCE' } }),
  },
  {
    what: 'a description that is no text',
    code: '400.1 Bad Request Content',
    cause: /^description must be a string/,
    send: () => server.call('POST', '/beta/sp-config/export', { json: { description: 1 } }),
  },
  {
    what: 'a type that there is not',
    code: '400.1.3 Illegal value',
    cause: /no object type WORKFLOWS here; there are ROLE, SOURCE, TRANSFORM/,
    send: () => server.call('POST', '/v2024/sp-config/export', { json: { includeTypes: ['WORKFLOWS'] } }),
  },
  {
    what: 'options for a type that there is not',
    code: '400.1.3 Illegal value',
    cause: /no object type TAG here/,
    send: () => server.call('POST', '/v2024/sp-config/export', { json: { objectOptions: { TAG: {} } } }),
  },
  {
    what: 'an export of no type',
    code: '400.1.3 Illegal value',
    cause: /No object type is left/,
    send: () =>
      server.call('POST', '/beta/sp-config/export', {
        json: { excludeTypes: ['SOURCE', 'ROLE', 'TRANSFORM'] },
      }),
  },
  {
    what: 'an id that its field cannot hold',
    code: '400.1 Bad Request Content',
    cause: /whole number/,
    send: () =>
      server.call('POST', '/beta/sp-config/export', {
        json: { objectOptions: { ROLE: { includedIds: ['seven'] } } },
      }),
  },
  {
    what: 'a preview that is neither true nor false',
    code: '400.1.3 Illegal value',
    cause: /^preview must be true or false/,
    send: () => postImport(server, documentOf([SOURCE]), {}, '/beta/sp-config/import?preview=maybe'),
  },
  {
    what: 'an import that is no form',
    code: '400.1 Bad Request Content',
    cause: /^The form cannot be read/,
    send: () => server.call('POST', '/beta/sp-config/import', { json: { objects: [] } }),
  },
  {
    what: 'options that are no JSON',
    code: '400.1 Bad Request Content',
    cause: /^The part "options" is not JSON/,
    send: () =>
      server.call(
        'POST',
        '/beta/sp-config/import',
        form([
          { name: 'data', text: documentOf([SOURCE]), fileName: 'x' },
          { name: 'options', text: '{' },
        ]),
      ),
  },
  {
    what: 'a part that comes twice',
    code: '400.1 Bad Request Content',
    cause: /comes twice/,
    send: () =>
      server.call(
        'POST',
        '/beta/sp-config/import',
        form([
          { name: 'data', text: documentOf([SOURCE]), fileName: 'x' },
          { name: 'data', text: documentOf([SOURCE]), fileName: 'x' },
        ]),
      ),
  },
  {
    what: 'a wish for a backup that is neither true nor false',
    code: '400.1 Bad Request Content',
    cause: /^excludeBackup must be true or false/,
    send: () => postImport(server, documentOf([SOURCE]), { excludeBackup: 'yes' }),
  },
  {
    what: 'a document that is cut off',
    code: '400.1 Bad Request Content',
    cause: /^The document cannot be read/,
    send: () => postImport(server, documentOf([SOURCE]).slice(0, -3)),
  },
  {
    what: 'a document without objects',
    code: '400.1.3 Illegal value',
    cause: /no objects to import/,
    send: () => postImport(server, documentOf([])),
  },
  {
    what: 'an object of a type that there is not',
    code: '400.1.3 Illegal value',
    cause: /no object type WORKFLOWS here/,
    send: () => postImport(server, documentOf([{ ...SOURCE, type: 'WORKFLOWS' }])),
  },
  {
    what: 'an object of a type that is only exported',
    code: '400.1.3 Illegal value',
    cause: /type ROLE cannot be imported/,
    send: () => postImport(server, documentOf([{ ...SOURCE, type: 'ROLE' }])),
  },
  {
    what: 'an object that does not say what it is',
    code: '400.1.3 Illegal value',
    cause: /no "self"/,
    send: () => postImport(server, '{"objects":[{"object":{}}]}'),
  },
  {
    what: 'an object that is none',
    code: '400.1.3 Illegal value',
    cause: /has no "object"/,
    send: () => postImport(server, '{"objects":[{"self":{"type":"SOURCE","id":"1"},"object":[]}]}'),
  },
];

for (const { what, code, cause, send } of REFUSED) {
  test(`${what} is refused`, async () => {
    const { causes } = assertFault(await send(), 400, code, SEMANTIC);
    assert.equal(causes.length, 1);
    assert.match(causes[0]?.text ?? '', cause);
  });
}

test('an import without its file is refused in the words that were seen', async () => {
  const answer = await server.call('POST', '/beta/sp-config/import', form([{ name: 'options', text: '{}' }]));
  const { causes } = assertFault(answer, 400, '400.1.3 Illegal value', 'No files were supplied for import.');
  assert.deepEqual(causes, []);
});

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
