/** Every code that eGain documents for its two job APIs: provoked, or why it cannot occur in this one. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { LightMyRequestResponse } from 'fastify';
import { isAppError } from '../../../src/core/errors.ts';
import type { Access } from '../../../src/http/mount/mounted-protocol.ts';
import { FAULTS } from '../../../src/protocols/egain/faults.ts';
import { ID } from '../egain/golden.ts';
import {
  dataSource,
  type ImportServer,
  idOf,
  importContent,
  KICK_OFF,
  startImportServer,
} from './fixture.ts';

const INVALID = 'Invalid value is provided in the request body for the following attribute:';
const MISSING = 'Required query parameter(s) is missing. The following parameters are required:';
const NOT_FOUND = 'The following IDs supplied in the URI path were not found:';
const DAY_MS = 24 * 60 * 60 * 1000;

let server: ImportServer;
let access: Access = 'granted';
/** What the log says of failures that are the server's own. */
const logged: unknown[] = [];

before(async () => {
  server = await startImportServer({
    binding: { simultaneousJobs: 2 },
    change: (deps) => ({
      ...deps,
      authorize: (_, permission) => (permission === 'knowledge.contentmgr.manage' ? access : 'forbidden'),
      logFailure: ({ error }) => logged.push(isAppError(error) ? error.code : error),
    }),
  });
});
after(async () => {
  await server.close();
  assert.deepEqual(logged, ['config.invalid']);
});

type Ask = () => Promise<LightMyRequestResponse>;
type Provoked = readonly (readonly [Ask, string])[] | { readonly cannotOccur: string };

function as(wanted: Access, ask: Ask): Ask {
  return async () => {
    access = wanted;
    return ask().finally(() => {
      access = 'granted';
    });
  };
}

const start = (changes = {}) => server.start(importContent(changes));
const from = (changes: Readonly<Record<string, unknown>>) => start({ dataSource: dataSource(changes) });
const at = (date: string, stopDate?: string) => start({ scheduleTime: { date, stopDate } });
const later = (ms: number) => new Date(Date.now() + ms).toISOString();
const validate = (body: unknown = { dataSource: dataSource() }) => server.validate(body);
const status = (id = ID) => server.status(id);
const cancel = (id = ID) => server.cancel(id);
const speaking = (language: string) => ({ headers: { 'accept-language': language } });

/** What this one attribute of the body, being wrong, is told of. */
function wrong(attribute: string, ...asks: readonly Ask[]): readonly (readonly [Ask, string])[] {
  return asks.map((ask) => [ask, `${INVALID}'${attribute}'.`] as const);
}

const LONG = 'x'.repeat(1025);

const PROVOKED: Readonly<Record<string, Provoked>> = {
  '400-101': [
    [
      () => server.start(importContent(), { url: `${KICK_OFF}?dryRun=true` }),
      "Unsupported query parameter(s) supplied: 'dryRun'.",
    ],
    [
      () => server.call('GET', `${KICK_OFF}/${ID}/status?verbose=1`),
      "Unsupported query parameter(s) supplied: 'verbose'.",
    ],
    [
      () => server.call('POST', `${KICK_OFF}/${ID}/cancel?force=1`),
      "Unsupported query parameter(s) supplied: 'force'.",
    ],
  ],
  '400-112': [
    [() => server.call('POST', KICK_OFF), `${MISSING} 'dataSource, operation'.`],
    [() => validate({}), `${MISSING} 'dataSource'.`],
    [() => start({ dataSource: {} }), `${MISSING} 'dataSource.type, dataSource.path'.`],
    [() => start({ scheduleTime: {} }), `${MISSING} 'scheduleTime.date'.`],
  ],
  '400-152': [
    ...wrong(
      'dataSource.path',
      () => from({ path: '' }),
      () => from({ path: `s3://bucket/${LONG}` }),
      () => from({ path: 'bucket/in' }),
      () => from({ path: 's3://elsewhere/in' }),
      () => from({ path: 's3://bucket/../in' }),
      // Its logs would be where nothing is mapped.
      () => from({ path: 's3://deep/only/in' }),
      () => validate({ dataSource: dataSource({ path: 's3://elsewhere/in' }) }),
    ),
    ...wrong('dataSource.region', () => from({ region: 'x'.repeat(21) })),
    ...wrong('dataSource.credentials.password', () => from({ credentials: { password: LONG } })),
    ...wrong('dataSource.credentials.token', () => from({ credentials: { token: 'x' } })),
    ...wrong(
      'scheduleTime.date',
      () => at('2024-03-02T01:00:00Z'),
      () => at('2026-02-30T01:00:00.000Z'),
    ),
    ...wrong(
      'scheduleTime.stopDate',
      () => at(later(3600_000), later(1800_000)),
      () => at('2024-03-02T01:00:00.000Z', '2024-03-02T05:00:00.000Z'),
      () => at(later(3600_000), 'tomorrow'),
    ),
    ...wrong('dryRun', () => start({ dryRun: true })),
    ...wrong('operation', () => validate({ dataSource: dataSource(), operation: 'import' })),
    ...wrong('body', () =>
      server.call('POST', KICK_OFF, { body: '{', headers: { 'content-type': 'application/json' } }),
    ),
  ],
  '400-196': [
    [
      () => start({ operation: 'delete' }),
      'Invalid value of attribute operation, expected values are: [import, reimport].',
    ],
    [
      () => from({ type: 'SFTP server' }),
      'Invalid value of attribute dataSource.type, expected values are: [AWS S3 bucket, Shared file path].',
    ],
  ],
  '400-10424': [
    [
      () => at(later(7 * DAY_MS + 60_000)),
      "Limit exceeded. The allowed limit for 'scheduleTime.date' is '7 days'.",
    ],
  ],
  '401-101': (['missing', 'invalid', 'expired'] as const).flatMap((wanted) =>
    [start, validate, status, cancel].map(
      (ask) =>
        [
          as(wanted, () => ask()),
          "Invalid or expired 'Authorization' header provided. New login is required.",
        ] as const,
    ),
  ),
  '401-104': { cannotOccur: 'of the export alone' },
  '403-178': { cannotOccur: 'about actions of users; only client applications call, whose scope is 403-197' },
  '403-197': [start, validate, status, cancel].map(
    (ask) => [as('forbidden', () => ask()), 'Not authorized to perform this action.'] as const,
  ),
  '404-100': [
    [status, `${NOT_FOUND} '${ID}'.`],
    [cancel, `${NOT_FOUND} '${ID}'.`],
    [() => status('no-uuid'), `${NOT_FOUND} 'no-uuid'.`],
    [() => server.call('GET', `${KICK_OFF}/${ID}`), `${NOT_FOUND} '${KICK_OFF}/${ID}'.`],
    [() => server.call('PUT', KICK_OFF), `${NOT_FOUND} '${KICK_OFF}'.`],
    [() => server.start(importContent(), { url: `${KICK_OFF}/` }), `${NOT_FOUND} '${KICK_OFF}/'.`],
  ],
  '404-101': { cannotOccur: 'of the export alone' },
  '406-100': [
    () => server.start(importContent(), speaking('xx-XX')),
    () => server.validate({ dataSource: dataSource() }, speaking('en')),
    () => server.status(ID, speaking('tlh')),
    () => server.cancel(ID, speaking('xx-XX, yy-YY')),
  ].map((ask) => [ask, "The 'Accept-Language' header value is invalid."] as const),
  '409-100': [
    [
      async () => {
        const id = idOf(await start());
        await server.runNext();
        return cancel(id);
      },
      'The job is not in a state that can be cancelled.',
    ],
    [
      async () => {
        const id = idOf(await start());
        assert.equal((await cancel(id)).statusCode, 204);
        return cancel(id);
      },
      'The job is not in a state that can be cancelled.',
    ],
    [
      async () => {
        const id = idOf(await start());
        await server.runNext();
        await server.engine.database.pool.query(
          'update waybill.jobs set ledger_dropped_at = now() where id = $1',
          [id],
        );
        return cancel(id);
      },
      'The job is not in a state that can be cancelled.',
    ],
  ],
  '412-100': [
    [
      async () => {
        await start();
        await validate();
        const refused = await start();
        assert.equal((await validate()).statusCode, 412);
        await server.runNext();
        await server.runNext();
        return refused;
      },
      'Precondition failed: an earlier import or validation job has ended.',
    ],
  ],
  // The last: from here on the binding fits no more.
  '500-100': [
    [
      async () => {
        await server.engine.database.pool.query("delete from waybill.collections where name = 'articles'");
        return start();
      },
      'System is unable to process this request. Please contact your administrator.',
    ],
  ],
};

test('every documented code is listed once', () => {
  assert.deepEqual(Object.keys(PROVOKED).toSorted(), Object.keys(FAULTS).toSorted());
});

for (const [code, provoked] of Object.entries(PROVOKED)) {
  if ('cannotOccur' in provoked) continue;
  test(`${code} comes with its status and its text`, async () => {
    for (const [ask, developerMessage] of provoked) {
      const answer = await ask();
      const { details: _, ...body } = answer.json<Record<string, unknown>>();
      assert.deepEqual([answer.statusCode, body], [Number(code.split('-')[0]), { code, developerMessage }]);
    }
  });
}

test('what is refused starts nothing', async () => {
  const { rows } = await server.engine.database.pool.query(
    "select 1 from waybill.jobs where state not in ('failed', 'cancelled')",
  );
  assert.deepEqual(rows, []);
});

test('an id with a NUL in it is not found, whether it is asked for or cancelled', async () => {
  for (const answer of [await status('%00'), await cancel('%00')]) {
    assert.deepEqual([answer.statusCode, answer.json<{ code: string }>().code], [404, '404-100']);
  }
});
