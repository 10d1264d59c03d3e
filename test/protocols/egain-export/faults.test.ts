/** Every code that eGain documents for its two job APIs: provoked, or why it cannot occur in this one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { isAppError } from '../../../src/core/errors.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { FAULTS } from '../../../src/protocols/egain/faults.ts';
import { ANSWER_LANGUAGES } from '../../../src/protocols/egain/languages.ts';
import { ID } from '../egain/golden.ts';
import type { CallOptions } from '../support/protocol-server.ts';
import { type ExportServer, KICK_OFF, knowledgeExport, startExportServer } from './fixture.ts';

const SYSTEM = 'System is unable to process this request. Please contact your administrator.';
const SIGN_IN = "Invalid or expired 'Authorization' header provided. New login is required.";
const INVALID = 'Invalid value is provided in the request body for the following attribute:';

let server: ExportServer;
let access: Access = 'granted';
/** What the log says of failures that are the server's own. */
const logged: unknown[] = [];

before(async () => {
  server = await startExportServer({
    change: (deps) => ({
      ...deps,
      authorize: () => access,
      logFailure: ({ error }) => logged.push(isAppError(error) ? error.code : error),
    }),
  });
});
after(async () => {
  await server.close();
  assert.deepEqual(logged, ['config.invalid']);
});

interface Case {
  readonly ask: () => Promise<LightMyRequestResponse>;
  readonly status: number;
  readonly developerMessage: string;
}

type Provoked = readonly Case[] | { readonly cannotOccur: string };

function as(wanted: Access, ask: () => Promise<LightMyRequestResponse>): Case['ask'] {
  return async () => {
    access = wanted;
    return ask().finally(() => {
      access = 'granted';
    });
  };
}

const start = (changes = {}, options: CallOptions = {}) => server.start(knowledgeExport(changes), options);
const status = (id = ID) => server.status(id);

const PROVOKED: Readonly<Record<string, Provoked>> = {
  '400-101': [
    {
      ask: () => server.start(knowledgeExport(), { url: `${KICK_OFF}?dryRun=true&$lang=1` }),
      status: 400,
      developerMessage: "Unsupported query parameter(s) supplied: 'dryRun, $lang'.",
    },
    {
      ask: () => server.call('GET', `${KICK_OFF}/${ID}/status?verbose=1`),
      status: 400,
      developerMessage: "Unsupported query parameter(s) supplied: 'verbose'.",
    },
  ],
  '400-112': [
    {
      ask: () => server.call('POST', KICK_OFF),
      status: 400,
      developerMessage:
        "Required query parameter(s) is missing. The following parameters are required: 'portalID, language, resourceTypes, dataDestination'.",
    },
    {
      ask: () => start({ dataDestination: { destinationType: 'SFTP server', path: 'exports' } }),
      status: 400,
      developerMessage:
        "Required query parameter(s) is missing. The following parameters are required: 'dataDestination.sftpDetails'.",
    },
  ],
  '400-152': [
    {
      ask: () => start({ portalID: 'PROD-1' }),
      status: 400,
      developerMessage: `${INVALID}'portalID'.`,
    },
    {
      ask: () => start({ dataDestination: { destinationType: 'AWS S3 bucket', path: 's3://elsewhere/x' } }),
      status: 400,
      developerMessage: `${INVALID}'dataDestination.path'.`,
    },
    {
      ask: () => start({ dataDestination: { destinationType: 'AWS S3 bucket', path: 's3://bucket/../x' } }),
      status: 400,
      developerMessage: `${INVALID}'dataDestination.path'.`,
    },
    {
      ask: () => start({ dataDestination: { destinationType: 'AWS S3 bucket', path: '/bucket/x' } }),
      status: 400,
      developerMessage: `${INVALID}'dataDestination.path'.`,
    },
    {
      ask: () => start({ portalID: 'PROD-2000', exportUnpublishedOnly: true }),
      status: 400,
      developerMessage: `${INVALID}'exportUnpublishedOnly'.`,
    },
    {
      ask: () =>
        server.call('POST', KICK_OFF, { body: '{', headers: { 'content-type': 'application/json' } }),
      status: 400,
      developerMessage: `${INVALID}'body'.`,
    },
    {
      ask: () => server.call('POST', KICK_OFF, { body: 'a=b', headers: { 'content-type': 'text/plain' } }),
      status: 400,
      developerMessage: `${INVALID}'body'.`,
    },
  ],
  '400-196': [
    {
      ask: () => start({ resourceTypes: ['articles', 'pages'] }),
      status: 400,
      developerMessage:
        'Invalid value of attribute resourceTypes, expected values are: [articles, topics, portals, all].',
    },
    {
      ask: () => start({ portalID: 'PROD-2000', resourceTypes: ['topics'] }),
      status: 400,
      developerMessage: 'Invalid value of attribute resourceTypes, expected values are: [articles, all].',
    },
  ],
  '400-10424': { cannotOccur: 'documented for imports alone' },
  '401-101': (['missing', 'invalid', 'expired'] as const).map((wanted) => ({
    ask: as(wanted, status),
    status: 401,
    developerMessage: SIGN_IN,
  })),
  '401-104': (['missing', 'invalid', 'expired'] as const).map((wanted) => ({
    ask: as(wanted, start),
    status: 401,
    developerMessage: "Invalid or missing 'authorization' header value.",
  })),
  '403-178': { cannotOccur: 'about actions of users; only client applications call, whose scope is 403-197' },
  '403-197': [start, status].map((ask) => ({
    ask: as('forbidden', ask),
    status: 403,
    developerMessage: 'Not authorized to perform this action.',
  })),
  '404-100': [
    {
      ask: status,
      status: 404,
      developerMessage: `The following IDs supplied in the URI path were not found: '${ID}'.`,
    },
    {
      ask: () => status('no-uuid'),
      status: 404,
      developerMessage: "The following IDs supplied in the URI path were not found: 'no-uuid'.",
    },
    {
      ask: () => server.start(knowledgeExport(), { url: `${KICK_OFF}/` }),
      status: 404,
      developerMessage: `The following IDs supplied in the URI path were not found: '${KICK_OFF}/'.`,
    },
  ],
  '404-101': [
    {
      ask: () => start({ portalID: 'PROD-9999' }),
      status: 404,
      developerMessage: 'The following IDs provided in the URI path were not found: PROD-9999',
    },
  ],
  '406-100': ['', 'en', 'xx-XX', '*'].map((language) => ({
    ask: () => start({}, { headers: { 'accept-language': language } }),
    status: 406,
    developerMessage: "The 'Accept-Language' header value is invalid.",
  })),
  '409-100': { cannotOccur: 'about cancelling, which this protocol cannot' },
  '412-100': { cannotOccur: 'a second export of a portal waits' },
  // The last: from here on the binding fits no more.
  '500-100': [
    {
      ask: async () => {
        await server.engine.database.pool.query("delete from waybill.collections where name = 'topics'");
        return start({ resourceTypes: ['topics'] });
      },
      status: 500,
      developerMessage: SYSTEM,
    },
  ],
};

/** In the vendor's documents, and in no answer of ours at all. */
const NEVER_HERE: Readonly<Record<string, string>> = {
  '429-001': 'documented for other APIs of the vendor; neither of these two has a limit of requests',
};

test('every documented code is listed once', () => {
  assert.deepEqual(Object.keys(PROVOKED).toSorted(), Object.keys(FAULTS).toSorted());
  for (const code of Object.keys(NEVER_HERE)) assert.ok(!(code in FAULTS), code);
});

for (const [code, provoked] of Object.entries(PROVOKED)) {
  if ('cannotOccur' in provoked) continue;
  test(`${code} comes with its status and its text`, async () => {
    for (const { ask, status: expected, developerMessage } of provoked) {
      const answer = await ask();
      assert.equal(answer.statusCode, expected, answer.body);
      const { details: _, ...body } = answer.json<Record<string, unknown>>();
      assert.deepEqual(body, { code, developerMessage });
    }
  });
}

test('a status answers whatever language is asked for', async () => {
  for (const language of ['', 'xx-XX', ...ANSWER_LANGUAGES]) {
    const answer = await server.status(ID, { headers: { 'accept-language': language } });
    assert.equal(answer.statusCode, 404, language);
  }
});

test('an id that no text can be made of is not found, and is not called a body', async () => {
  for (const id of ['%00', '%zz', 'x%ff']) {
    const answer = await server.call('GET', `${KICK_OFF}/${id}/status`);
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [404, '404-100'], id);
  }
});
