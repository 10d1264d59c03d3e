/** Every HTTP status that the family documents, and those that Waybill adds: provoked, or why it cannot occur. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError, type ErrorCode } from '../../../src/core/errors.ts';
import { AVEPOINT } from '../../../src/protocols/avepoint/avepoint.ts';
import { type CallOptions, type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { ACTIVITIES, BINDING, LEAST } from './fixture.ts';

const logged: unknown[] = [];
let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({
    collections: [ACTIVITIES],
    protocols: { avepoint: BINDING },
    change: (deps) => ({
      ...deps,
      logFailure: ({ error }) => logged.push(error),
      authorize: ({ authorization }) => {
        if (authorization === undefined) return 'missing';
        return authorization === 'Bearer reader' ? 'forbidden' : 'granted';
      },
    }),
  });
});
after(() => server.close());

interface Provoked {
  readonly path: string;
  readonly options?: CallOptions;
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE' | 'PATCH';
  /** Absent: a success. */
  readonly message?: string;
}

const STATUS = 'job/1/exportstatus';
const POSTED = { path: LEAST.exportSharingLinks, message: 'The HTTP method is not supported by this API.' };

/** Source of 200, 201, 204, 400, 418, 500: AV-DOC, "Documented HTTP codes for the whole Graph API" (docs/vendors/avepoint.md#status-and-file). */
const STATUSES: Readonly<Record<number, readonly Provoked[] | string>> = {
  200: [{ path: LEAST.exportUserActivities }, { path: STATUS }],
  201: 'No call of Insights makes anything but jobs, whose kick-offs are documented with 200.',
  204: 'Every call of Insights answers with a body.',
  400: [
    {
      path: 'users/a/activities/export?startTime=1',
      message: 'The value "1" of the parameter startTime is no time such as 2026-05-01T00:00:00.',
    },
    { path: 'job/x/exportstatus', message: 'The job ID must be an integer.' },
    { path: 'job/1.5/exportfile', message: 'The job ID must be an integer.' },
    { path: 'job/-1/exportstatus', message: 'The job ID must be an integer.' },
    { path: 'job/1234567890123456/exportstatus', message: 'The job ID must be an integer.' },
    {
      path: 'users/a/activities/export?eventTypes=%00',
      message: 'A parameter has a value that is not supported.',
    },
  ],
  401: [{ path: STATUS, options: { headers: { authorization: '' } }, message: 'Unauthorized.' }],
  403: [
    {
      path: STATUS,
      options: { headers: { authorization: 'Bearer reader' } },
      message: 'The app has no permission to call this API.',
    },
    {
      path: LEAST.exportUserActivities,
      options: { headers: { authorization: 'Bearer reader' } },
      message: 'The app has no permission to call this API.',
    },
  ],
  404: [
    { path: LEAST.exportSitePermissions, message: 'This report is not available on this server.' },
    { path: 'job/999/exportstatus', message: 'The job does not exist.' },
    { path: 'job/0/exportfile', message: 'The job does not exist.' },
    { path: 'job/123456789012345/exportfile', message: 'The job does not exist.' },
    { path: 'job/1', message: 'The requested resource does not exist.' },
    { path: 'users/a/export', message: 'The requested resource does not exist.' },
  ],
  405: (['POST', 'PUT', 'DELETE', 'PATCH'] as const).map((method) => ({ ...POSTED, method })),
  416: 'See files.test.ts.',
  418: 'It is in the list of codes of the whole API without a word about what it means; none of the Insights pages has it.',
  429: 'See simultaneous-exports.test.ts.',
  500: 'Bugs and bindings that do not fit: below.',
  503: 'What is full, busy or away: below.',
};

for (const [status, provoked] of Object.entries(STATUSES)) {
  if (typeof provoked === 'string') continue;
  test(`${status} is answered with its envelope`, async () => {
    for (const { path, method = 'GET', options, message } of provoked) {
      const answer = await server.call(method, `/insights/${path}`, options);
      assert.equal(answer.statusCode, Number(status), `${path}: ${answer.body}`);
      const body = answer.json<{ status: number; message: string }>();
      if (message === undefined) assert.deepEqual([body.status, body.message], [200, '']);
      else assert.deepEqual(body, { status: Number(status), message });
      assert.equal(answer.headers['content-type'], 'application/json');
      assert.equal(answer.headers['request-id'], answer.headers['x-request-id']);
      assert.equal(answer.headers['cache-control'], 'no-store');
    }
  });
}

test('every status that is answered is in the table', () => {
  const answered = AVEPOINT.bind(BINDING).routes.flatMap(({ operation }) => Object.keys(operation.answers));
  const listed = Object.keys(STATUSES);
  assert.deepEqual(
    [...new Set(answered)].filter((status) => !listed.includes(status)),
    // Of a range, or an archive that the client has: see files.test.ts.
    ['206', '304'],
  );
});

test('what is a fault of ours is told as nothing else, in no words of ours', () => {
  const bound = AVEPOINT.bind(BINDING);
  const answerTo = (code: ErrorCode | undefined) =>
    bound.renderError(code && new AppError(code, 'Secret words.'), {} as never, undefined);
  const faults = [undefined, 'config.invalid', 'collection.not_found', 'target.altered'] as const;
  for (const code of [...faults, 'storage.corrupt', 'embedded.failed'] as const) {
    assert.deepEqual(answerTo(code), {
      status: 500,
      body: { status: 500, message: 'An internal error occurred.' },
    });
  }
  const busy = ['server.busy', 'server.no_worker', 'database.unavailable', 'storage.full'] as const;
  assert.deepEqual([...new Set(busy.map((code) => answerTo(code).status))], [503]);
});

test('a collection that has changed since the server started is a fault of ours', async () => {
  await server.engine.database.pool.query("delete from waybill.collections where name = 'activities'");
  const answer = await server.call('GET', `/insights/${LEAST.exportUserActivities}`);
  assert.deepEqual(
    [answer.statusCode, answer.json()],
    [500, { status: 500, message: 'An internal error occurred.' }],
  );
  assert.match(String(logged.at(-1)), /binding of the protocol does not fit/);
});
