import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, csvOf, fill, kickOff, RESPONSES } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: [CONTACTS, RESPONSES], protocols: { emarsys: BINDING } });
  await fill(server);
});
after(() => server.close());

async function statusOf(id: number): Promise<Record<string, unknown>> {
  const { data } = (await server.call('GET', `${API}/export/${id}`)).json<{
    data: Record<string, unknown>;
  }>();
  return data;
}

test('an export is followed from its kick-off to its records', async () => {
  const { status, reply, id } = await kickOff(server, 'contact/getchanges', { contact_fields: ['1', 3] });
  assert.deepEqual([status, reply], [200, { replyCode: 0, replyText: 'OK', data: { id } }]);
  const queued = await statusOf(id);
  assert.deepEqual(
    [queued['id'], queued['status'], queued['type'], queued['file_name']],
    [String(id), 'scheduled', 'Changes', null],
  );
  const inProgress = await server.call('GET', `${API}/export/${id}/data`);
  assert.deepEqual([inProgress.statusCode, inProgress.json<{ replyCode: number }>().replyCode], [404, 4005]);

  const job = await server.runNext();
  assert.equal(job.state, 'succeeded', JSON.stringify(job.failure));
  const done = await statusOf(id);
  assert.equal(done['status'], 'done');
  assert.match(String(done['file_name']), /^changes_\d{8}_en-[0-9a-f]{6}\.csv$/);
  const data = await server.call('GET', `${API}/export/${id}/data`);
  assert.equal(data.headers['content-type'], 'text/csv;charset=UTF-8');
  assert.equal(
    data.body,
    [
      'user_id,First Name,E-Mail',
      '1,Ann,ann@example.com',
      '2,Bob,bob@example.com',
      '3,Eve,eve@example.com',
      '4,,dan@example.com',
      '',
    ].join('\r\n'),
  );
});

test('the five exports have the records that they are asked for', async () => {
  assert.equal(
    await csvOf(server, 'contact/getregistrations'),
    [
      'user_id,E-Mail,timestamp',
      '1,ann@example.com,2026-01-10T11:00:00Z',
      '2,bob@example.com,2026-01-10T12:00:00Z',
      '3,eve@example.com,2026-02-01T00:00:00Z',
      '',
    ].join('\r\n'),
  );
  assert.equal(
    await csvOf(server, 'email/getresponses', { analysis_fields: [1, '5'] }),
    [
      'user_id,E-Mail,Campaign title,Url,source',
      '1,ann@example.com,May,https://a/1,click',
      '2,bob@example.com,May,,open',
      '1,ann@example.com,June,,unsubscribe',
      '',
    ].join('\r\n'),
  );
  assert.equal(
    await csvOf(server, 'email/getcontacts'),
    'user_id,E-Mail\r\n1,ann@example.com\r\n3,eve@example.com\r\n',
  );
  assert.equal(
    await csvOf(server, 'export/filter'),
    'user_id,E-Mail\r\n1,ann@example.com\r\n2,bob@example.com\r\n3,eve@example.com\r\n',
  );
});
