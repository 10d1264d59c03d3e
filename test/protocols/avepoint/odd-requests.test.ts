import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { ACTIVITIES, BINDING } from './fixture.ts';

let server: ProtocolTestServer;

const ACCESS = {
  collection: 'activities',
  fields: { user: 'user', site: 'url', dataSource: 'event', level: 'event' },
};
const PERMISSIONS = { collection: 'activities', fields: { site: 'url' } };

before(async () => {
  const reports = { ...BINDING.reports, userAccess: ACCESS, sitePermissions: PERMISSIONS };
  server = await startProtocols({ collections: [ACTIVITIES], protocols: { avepoint: { reports } } });
});
after(() => server.close());

async function refusal(url: string): Promise<{ status: number; message: string }> {
  const answer = await server.call('GET', url);
  return answer.json<{ status: number; message: string }>();
}

test('names that every object of JavaScript has are no values of a parameter', async () => {
  const access = '/insights/users/ann%40example.com/access/export';
  for (const name of ['constructor', '__proto__', 'toString']) {
    for (const query of [`dataSources=${name}`, `dataSources=OneDrive&exportOptionType=${name}`]) {
      const { status, message } = await refusal(`${access}?${query}`);
      assert.equal(status, 400);
      assert.match(message, new RegExp(`The value "${name}" of the parameter \\w+ is not supported`));
    }
  }
});

test('a parameter that is no list comes once', async () => {
  const activities = '/insights/users/ann%40example.com/activities/export';
  assert.deepEqual(await refusal(`${activities}?startTime=2026-05-01&startTime=2026-06-01`), {
    status: 400,
    message: 'The parameter startTime has 2 values; one is expected.',
  });
});

test('a hundred sites with long addresses fit in one request', async () => {
  const sites = Array.from(
    { length: 100 },
    (_, at) => `https://contoso.sharepoint.com/sites/${'x'.repeat(200)}${at}`,
  );
  const query = new URLSearchParams(sites.map((site): [string, string] => ['siteUrls', site]));
  const answer = await server.call('GET', `/insights/sites/permission/export?${query.toString()}`);
  assert.equal(answer.statusCode, 200, answer.body);
});

test('who is not known is not told what there is', async () => {
  for (const method of ['GET', 'POST', 'OPTIONS'] as const) {
    const answer = await server.call(method, '/insights/no/such/path', { headers: { authorization: '' } });
    assert.equal(answer.statusCode, 401);
  }
});
