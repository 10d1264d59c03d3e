/** Records of an export by offset and limit, in each of the forms that clients ask in. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, fill, kickOff, RESPONSES } from './fixture.ts';

const HEADER = 'user_id,note\r\n';
/** One has a line end in it, one the delimiter, one is empty. */
const RECORDS = ['1,"two\r\nlines"\r\n', '2,"a;b,c"\r\n', '3,x\r\n', '4,\r\n'];

let server: ProtocolTestServer;
let data = '';

before(async () => {
  server = await startProtocols({ collections: [CONTACTS, RESPONSES], protocols: { emarsys: BINDING } });
  await fill(server);
  const { id } = await kickOff(server, 'contact/getchanges', { contact_fields: ['14'] });
  await server.runNext();
  data = `${API}/export/${id}/data`;
});
after(() => server.close());

async function bodyOf(url: string): Promise<string> {
  const answer = await server.call('GET', url);
  assert.equal(answer.statusCode, 200, answer.body);
  return answer.body;
}

test('without a limit the records come as CSV, from the offset on', async () => {
  assert.equal(await bodyOf(data), HEADER + RECORDS.join(''));
  assert.equal(await bodyOf(`${data}/`), HEADER + RECORDS.join(''));
  assert.equal(await bodyOf(`${data}?offset=`), HEADER + RECORDS.join(''));
  assert.equal(await bodyOf(`${data}?offset=0&limit=`), HEADER + RECORDS.join(''));
  assert.equal(await bodyOf(`${data}?offset=2`), RECORDS.slice(2).join(''));
});

test('the file says what it is', async () => {
  const { headers } = await server.call('GET', data);
  assert.equal(headers['content-type'], 'text/csv;charset=UTF-8');
  assert.match(
    String(headers['content-disposition']),
    /^attachment; filename="changes_\d{8}_en-[0-9a-f]{6}\.csv"$/,
  );
});

test('with the range in the path the records come as CSV, and all pages together are the file', async () => {
  const pages = await Promise.all([0, 1, 2, 3].map((offset) => bodyOf(`${data}/offset=${offset}&limit=1`)));
  assert.deepEqual(pages, [HEADER + RECORDS[0], ...RECORDS.slice(1)]);
  assert.equal(await bodyOf(`${data}/offset=&limit=1000000`), HEADER + RECORDS.join(''));
  assert.equal(await bodyOf(`${data}/limit=2&offset=1/`), RECORDS.slice(1, 3).join(''));
  assert.equal(await bodyOf(`${data}/offset=0%26limit=1`), HEADER + RECORDS[0]);
});

test('behind the last record stands an empty line, and never nothing at all', async () => {
  assert.equal(await bodyOf(`${data}/offset=4&limit=10`), '\r\n');
  assert.equal(await bodyOf(`${data}?offset=999999999999999`), '\r\n');
});

test('with a limit in the query the records come as JSON', async () => {
  const page = async (query: string) =>
    (JSON.parse(await bodyOf(`${data}?${query}`)) as { data: unknown }).data;
  const header = ['user_id', 'note'];
  assert.deepEqual(await page('limit=2'), {
    header,
    rows: [
      ['1', 'two\r\nlines'],
      ['2', 'a;b,c'],
    ],
  });
  assert.deepEqual(await page('offset=3&limit=10000000'), { header, rows: [['4', null]] });
  assert.deepEqual(await page('offset=4&limit=1'), { header, rows: [] });
});

test('the query has the limit of newer documents', async () => {
  const { statusCode, body } = await server.call('GET', `${data}?limit=10000001`);
  assert.deepEqual(
    [statusCode, JSON.parse(body)],
    [400, { replyCode: 10001, replyText: 'Limit must be less than 10000000.', data: '' }],
  );
});

test('an export without a header has none in any form', async () => {
  const { id } = await kickOff(server, 'email/getcontacts', { add_field_names_header: 0 });
  await server.runNext();
  assert.equal(await bodyOf(`${API}/export/${id}/data`), '1,ann@example.com\r\n3,eve@example.com\r\n');
  const json = JSON.parse(await bodyOf(`${API}/export/${id}/data?limit=1`)) as { data: unknown };
  assert.deepEqual(json.data, { header: [], rows: [['1', 'ann@example.com']] });
});

test('HEAD of the data has no body', async () => {
  const answer = await server.call('HEAD', data);
  assert.deepEqual([answer.statusCode, answer.body], [200, '']);
});

test('every answer counts the requests of its client down', async () => {
  const before = Math.floor(Date.now() / 1000);
  const remaining = async (method: 'GET' | 'PUT' | 'POST', url: string) => {
    const { headers } = await server.call(method, url);
    assert.equal(headers['x-ratelimit-limit'], '1000');
    const reset = Number(headers['x-ratelimit-reset']);
    assert.ok(reset >= before && reset <= before + 61, String(reset));
    return Number(headers['x-ratelimit-remaining']);
  };
  const first = await remaining('GET', data);
  assert.equal(await remaining('GET', `${API}/export/x`), first - 1);
  assert.equal(await remaining('POST', `${API}/export/filter`), first - 2);
  assert.equal(await remaining('PUT', `${API}/export/filter`), first - 3);
  assert.equal(await remaining('GET', `${API}/nothing`), first - 4);
});

test('who asks for CSV gets it with a limit in the query, too', async () => {
  const accepted: Readonly<Record<string, 'csv' | 'json'>> = {
    'text/csv': 'csv',
    'Text/CSV; charset=utf-8': 'csv',
    'text/csv, */*;q=0.8': 'csv',
    'text/*': 'csv',
    'application/json;q=0.5, text/csv;q=0.6': 'csv',
    '*/*': 'json',
    'application/json, text/csv': 'json',
    'text/csv;q=0.1, application/*': 'json',
    'text/html': 'json',
    '': 'json',
  };
  for (const [accept, form] of Object.entries(accepted)) {
    const answer = await server.call('GET', `${data}?offset=0&limit=1`, { headers: { accept } });
    assert.equal(answer.statusCode, 200, accept);
    assert.match(
      String(answer.headers['content-type']),
      form === 'csv' ? /^text\/csv/ : /^application\/json/,
    );
    if (form === 'csv') assert.equal(answer.body, HEADER + RECORDS[0]);
  }
  const next = await server.call('GET', `${data}?offset=1&limit=2`, { headers: { accept: 'text/csv' } });
  assert.equal(next.body, RECORDS.slice(1, 3).join(''));
});

test('the newer base path leads to the same exports', async () => {
  const newer = data.replace('/api/v2/', '/api/v3/');
  assert.equal(await bodyOf(newer), HEADER + RECORDS.join(''));
  const refused = await server.call('POST', '/api/v3/contact/getchanges', { json: {} });
  assert.deepEqual([refused.statusCode, refused.json<{ replyCode: number }>().replyCode], [400, 10001]);
});

test('whether the server works is told without a login', async () => {
  const answer = await server.call('GET', '/healthcheck', { headers: { authorization: '' } });
  const slashed = await server.app.inject({ url: '/healthcheck/' });
  assert.deepEqual([slashed.statusCode, slashed.body], [200, answer.body]);
  assert.deepEqual([answer.statusCode, answer.json()], [200, { replyCode: 0, replyText: 'OK', data: '' }]);
  const posted = await server.call('POST', '/healthcheck', { headers: { authorization: '' } });
  assert.deepEqual([posted.statusCode, posted.json<{ replyCode: number }>().replyCode], [400, 1009]);
});
