/** What can be wrong with a request: 400, with the codes that are documented or were seen. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { assertFault } from './assert-fault.ts';
import { BINDING, COLLECTIONS, documentOf, form, postImport } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { sailpoint: BINDING } });
});
after(() => server.close());

const SEMANTIC = 'The request was syntactically correct but its content is semantically invalid.';
const SOURCE = { type: 'SOURCE', id: 's1', name: 'HR', object: {} };

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
    what: 'a description without end',
    code: '400.1.3 Illegal value',
    cause: /^description has more than 10000 characters/,
    send: () => server.call('POST', '/v2026/sp-config/export', { json: { description: 'x'.repeat(10_001) } }),
  },
  {
    what: 'a type that there is not',
    code: '400.1.3 Illegal value',
    cause:
      /no object type WORKFLOWS \(did you mean "WORKFLOW"\?\); there are ACCESS_PROFILE, .*, WORKFLOW\.$/,
    send: () => server.call('POST', '/v2024/sp-config/export', { json: { includeTypes: ['WORKFLOWS'] } }),
  },
  {
    what: 'options for a type that there is not',
    code: '400.1.3 Illegal value',
    cause: /no object type TAGS/,
    send: () => server.call('POST', '/v2024/sp-config/export', { json: { objectOptions: { TAGS: {} } } }),
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
    cause: /^The form cannot be read: Unsupported Content-Type\.$/,
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
    cause: /occurs twice/,
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
    what: 'an object of a type that there is not',
    code: '400.1.3 Illegal value',
    cause: /no object type WORKFLOWS/,
    send: () => postImport(server, documentOf([{ ...SOURCE, type: 'WORKFLOWS' }])),
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
