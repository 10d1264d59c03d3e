/** Requests that nobody would write, made from the document: none of them breaks anything, and those that are refused change nothing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { createPeople, type Named, startApi, type TestApi, upload } from './support/api.ts';
import { fingerprint } from './support/fingerprint.ts';
import { type Document, type HostileRequest, requestsOf } from './support/hostile-requests.ts';
import type { Known } from './support/hostile-values.ts';

/** The same requests each time; `FUZZ_SEED` for others, `WAYBILL_TEST_SHARE=5` for more of them. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_122);
/** For each operation. */
const RUNS = runsOf(60);

type Method = Parameters<TestApi['call']>[0];

let api: TestApi;
let document: Document;
let known: Known;
before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    logFailure: ({ error, method, url }) => assert.fail(`${method} ${url}: ${String(error)}`),
  }));
  document = (await api.call('GET', '/openapi.json')).json<Document>();
  await createPeople(api);
  const uploaded = await upload(api, 'id,name\n1,Ann\n2,Bob\n');
  const json = { collection: 'people', source: { upload: uploaded } };
  const job = (await api.call('POST', '/v1/validations', { json })).json<Named>();
  await api.call('POST', `/v1/jobs/${job.id}/cancel`);
  known = {
    collection: ['people', 'people', 'nobody'],
    name: ['people', 'people', 'nobody', 'x.csv'],
    // A job that has ended: others would keep a watcher waiting.
    id: [job.id, String(job.number), uploaded, '0', '999999999999999'],
    upload: [uploaded],
    job: [job.id],
    fields: [['id'], ['id', 'name'], ['nope']],
    filter: [{ field: 'id', op: 'eq', value: '1' }, {}],
    metadata: [{}, { a: 1 }],
    scope: [{}],
    url: ['http://127.0.0.1:1/'],
  };
});
after(() => api.close());

test('the document has operations to try', () => {
  assert.ok(Object.keys(document.paths).length > 20);
});

/** Of what is refused: OAuth has a shape of its own. */
function mediaTypeOf(url: string): RegExp {
  return /^\/(oauth|\.well-known)\//.test(url)
    ? /^application\/(problem\+)?json/
    : /^application\/problem\+json/;
}

/** Sends it, which holds the answer against the document; what is refused must not have changed anything. */
async function tryRequest(method: Method, request: HostileRequest, unchanged: string): Promise<string> {
  const answer = await api.call(method, request.url, {
    headers: { ...request.headers },
    ...(request.body !== undefined && { body: request.body }),
  });
  const what = `${method} ${request.url} ${answer.statusCode} ${answer.body.slice(0, 500)}`;
  assert.ok(answer.statusCode < 500, what);
  if (answer.statusCode >= 400)
    assert.match(String(answer.headers['content-type']), mediaTypeOf(request.url), what);
  const now = await fingerprint(api);
  if (answer.statusCode >= 400 || method === 'GET' || method === 'HEAD') assert.equal(now, unchanged, what);
  return now;
}

test('whatever an operation is asked, it answers as it should', { timeout: 280_000 }, async (context) => {
  for (const [path, methods] of Object.entries(document.paths)) {
    for (const [verb, operation] of Object.entries(methods)) {
      await context.test(`${verb.toUpperCase()} ${path}`, async () => {
        const method = verb.toUpperCase();
        let unchanged = await fingerprint(api);
        await fc.assert(
          fc.asyncProperty(requestsOf(document, path, operation, known), async (request) => {
            unchanged = await tryRequest(method, request, unchanged);
          }),
          { seed: SEED, numRuns: RUNS, endOnFailure: true },
        );
        // What was deleted is there again for the next one.
        await createPeople(api);
      });
    }
  }
});

test('HEAD, OPTIONS and methods that are not there start nothing', async () => {
  const unchanged = await fingerprint(api);
  for (const path of Object.keys(document.paths)) {
    // A stream, which HEAD does not open.
    const url = path.replace('{name}', 'people').replaceAll('{id}', '1').replace('{version}', '1');
    for (const method of ['HEAD', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND'] as Method[]) {
      await tryRequest(method, { url, headers: {} }, unchanged);
      await tryRequest(
        method,
        { url, headers: { 'content-type': 'application/json' }, body: '{"collection":"people"}' },
        unchanged,
      );
    }
  }
});

test('without the token nothing is told, whatever is asked', async () => {
  const unchanged = await fingerprint(api);
  for (const [path, methods] of Object.entries(document.paths).filter(([url]) => url.startsWith('/v1/'))) {
    for (const verb of Object.keys(methods)) {
      const url = path.replaceAll(/\{\w+\}/g, 'people');
      const answer = await api.call(verb.toUpperCase(), url, {
        headers: { authorization: 'Bearer x' },
      });
      assert.equal(answer.statusCode, 401, `${verb} ${path}`);
    }
  }
  assert.equal(await fingerprint(api), unchanged);
});
