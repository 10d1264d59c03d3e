/** The token endpoint and what it stands beside, asked by a strict client of OAuth 2.0 that knows nothing of ours. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as oauth from 'oauth4webapi';
import type { WireMadeApiClient } from '../../src/sdk/wire-access.ts';
import { startApi, type TestApi } from '../http/support/api.ts';

let api: TestApi;
let issuer: URL;
before(async () => {
  api = await startApi();
  issuer = new URL((await api.connect()).server.url);
});
after(() => api.close());

const insecure = { [oauth.allowInsecureRequests]: true };

async function make(more: object = {}): Promise<WireMadeApiClient> {
  const answer = await api.call('POST', '/v1/clients', { json: { name: 'shop', role: 'reader', ...more } });
  assert.equal(answer.statusCode, 201, answer.body);
  return answer.json<WireMadeApiClient>();
}

async function discover(algorithm: 'oauth2' | 'oidc'): Promise<oauth.AuthorizationServer> {
  const response = await oauth.discoveryRequest(issuer, { algorithm, ...insecure });
  return oauth.processDiscoveryResponse(issuer, response);
}

async function getToken(
  as: oauth.AuthorizationServer,
  { id, secret }: WireMadeApiClient,
  authenticate: (secret: string) => oauth.ClientAuth = oauth.ClientSecretPost,
  parameters: Record<string, string> = {},
): Promise<oauth.TokenEndpointResponse> {
  const client = { client_id: id };
  const auth = authenticate(secret);
  const response = await oauth.clientCredentialsGrantRequest(as, client, auth, parameters, insecure);
  return oauth.processClientCredentialsResponse(as, client, response);
}

for (const algorithm of ['oauth2', 'oidc'] as const) {
  for (const [name, authenticate] of [
    ['HTTP Basic', oauth.ClientSecretBasic],
    ['parameters', oauth.ClientSecretPost],
  ] as const) {
    test(`a client that finds the issuer by ${algorithm} and shows its secret by ${name} gets a token of RFC 9068`, async () => {
      const as = await discover(algorithm);
      const client = await make();
      const {
        access_token: token,
        expires_in: seconds,
        token_type: type,
        scope,
      } = await getToken(as, client, authenticate);
      assert.deepEqual([seconds, type, scope], [3600, 'bearer', 'waybill.all']);
      const request = new Request(issuer, { headers: { authorization: `Bearer ${token}` } });
      const claims = await oauth.validateJwtAccessToken(as, request, 'urn:waybill:api', insecure);
      assert.deepEqual([claims.client_id, claims.sub, claims.iss], [client.id, client.id, as.issuer]);
    });
  }
}

test('a token opens the API as far as its client and its scopes go', async () => {
  const as = await discover('oauth2');
  const client = await make({ role: 'integrator' });
  const open = async (scope?: string) => {
    const { access_token: token } = await getToken(
      as,
      client,
      oauth.ClientSecretPost,
      scope === undefined ? {} : { scope },
    );
    return { authorization: `Bearer ${token}` };
  };
  const all = await open();
  const access = (await api.call('GET', '/v1/access', { headers: all })).json<{
    name: string;
    permissions: string[];
  }>();
  assert.equal(access.name, 'the client "shop" (integrator)');
  assert.ok(access.permissions.includes('jobs.start') && !access.permissions.includes('jobs.delete'));
  assert.equal((await api.call('GET', '/v1/clients', { headers: all })).statusCode, 403);
  // What the scope names, the role must have as well.
  const narrow = await open('jobs.list jobs.delete');
  const seen = (await api.call('GET', '/v1/access', { headers: narrow })).json<{ permissions: string[] }>();
  assert.deepEqual(seen.permissions, ['jobs.list']);
  assert.equal((await api.call('GET', '/v1/jobs', { headers: narrow })).statusCode, 200);
  assert.equal((await api.call('GET', '/v1/uploads', { headers: narrow })).statusCode, 403);
});

test('scopes that nobody has, or that the client may not have, are refused', async () => {
  const as = await discover('oauth2');
  const client = await make({ scopes: ['jobs.list', 'jobs.read'] });
  assert.equal((await getToken(as, client)).scope, 'jobs.list jobs.read');
  for (const scope of ['jobs.start', 'waybill.all', 'nonsense']) {
    await assert.rejects(getToken(as, client, oauth.ClientSecretPost, { scope }), {
      error: 'invalid_scope',
      status: 400,
    });
  }
});

test('the keys are published before they sign, and no private part is', async () => {
  await make();
  const answer = await api.call('GET', '/oauth/jwks', { headers: { authorization: '' } });
  const { keys } = answer.json<{ keys: Record<string, string>[] }>();
  assert.equal(keys.length, 2);
  for (const key of keys) {
    assert.deepEqual(Object.keys(key).toSorted(), ['alg', 'e', 'kid', 'kty', 'n', 'use']);
  }
  const { rows } = await api.database.pool.query<{ days: string }>(
    `select round(extract(epoch from signs_from - clock_timestamp()) / 86400) as days from waybill.signing_keys order by signs_from`,
  );
  assert.deepEqual(
    rows.map(({ days }) => Number(days)),
    [0, 30],
  );
});
