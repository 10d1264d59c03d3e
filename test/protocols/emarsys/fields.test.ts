/** Each field of a kick-off changes what comes of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { bindProtocols, checkBindings } from '../../../src/server/open-protocols.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { BINDING, CONTACTS, csvOf, fill, type KickOffPath, kickOff, RESPONSES } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: [CONTACTS, RESPONSES], protocols: { emarsys: BINDING } });
  await fill(server);
});
after(() => server.close());

type Changes = Readonly<Record<string, unknown>>;

/** Values of the first column, which is the user's id, without the header. */
async function usersOf(path: KickOffPath, changes: Changes): Promise<string> {
  const csv = await csvOf(server, path, changes);
  const ids = csv.matchAll(/^(\d+)[,;]/gm);
  return [...ids].map(([, id]) => id).join(' ');
}

async function headerOf(path: KickOffPath, changes: Changes): Promise<string | undefined> {
  return (await csvOf(server, path, changes)).split('\r\n')[0];
}

const RECORDS: readonly (readonly [path: KickOffPath, changes: Changes, users: string, why: string])[] = [
  ['contact/getchanges', { time_range: ['2026-05-02', '2026-05-03'] }, '1', 'days are days of Vienna'],
  ['contact/getchanges', { time_range: ['2026-05-02', '2026-05-04'] }, '1 2 3', 'the end is not included'],
  ['contact/getchanges', { origin: 'form', origin_id: '123' }, '1', 'a form'],
  ['contact/getchanges', { origin: 'form', origin_id: [123, '9'] }, '1 4', 'several forms'],
  ['contact/getchanges', { origin: 'form', origin_id: 7 }, '', 'another form'],
  ['contact/getchanges', { origin: 'api', origin_id: 0 }, '2 3', 'without a source'],
  ['contact/getregistrations', { time_range: ['2026-01-10 12:00', '2026-01-10 13:00'] }, '1', 'minutes'],
  [
    'contact/getregistrations',
    { time_range: ['2026-01-10 12:00:01', '2026-01-10 13:00:01'] },
    '2',
    'seconds',
  ],
  ['contact/getregistrations', { contactlist: 7 }, '1 2', 'a contact list'],
  ['email/getresponses', { time_range: ['2026-06-01', '2026-07-01'] }, '1', 'a time'],
  ['email/getresponses', { sources: ['mail_open', 'unsubscribe'] }, '2 1', 'some sources'],
  ['email/getresponses', { email_id: '6' }, '1', 'an email'],
  ['email/getresponses', { contactlist: 111111111 }, '1 1', 'a contact list'],
  [
    'email/getresponses',
    { contactlist_id: '111111111' },
    '1 1',
    'a contact list, as older documents name it',
  ],
  ['email/getcontacts', { contactlist: '7' }, '1 2', 'another contact list'],
  ['export/filter', { filter: '123' }, '1 2 3', 'a segment, as text'],
];

for (const [path, changes, users, why] of RECORDS) {
  test(`${path} has the records of ${why}: ${JSON.stringify(changes)}`, async () => {
    assert.equal(await usersOf(path, changes), users);
  });
}

const TWENTY = Array.from({ length: 20 }, () => '3');

const HEADERS: readonly (readonly [path: KickOffPath, changes: Changes, header: string])[] = [
  ['export/filter', { contact_fields: [3, '1'] }, 'user_id,E-Mail,First Name'],
  ['export/filter', { contact_fields: ['3', '3', '106533'] }, 'user_id,E-Mail,country'],
  ['export/filter', { contact_fields: [1, 3], language: 'de' }, 'user_id,Vorname,E-Mail'],
  ['export/filter', { contact_fields: [1, 3], language: 'EN' }, 'user_id,First Name,E-Mail'],
  ['export/filter', { contact_fields: [1, 3], delimiter: ';' }, 'user_id;First Name;E-Mail'],
  ['export/filter', { add_field_names_header: '0' }, '1,ann@example.com'],
  ['contact/getregistrations', { with_timestamp: '0' }, 'user_id,E-Mail'],
  ['contact/getregistrations', { with_timestamp: 1 }, 'user_id,E-Mail,timestamp'],
  [
    'email/getresponses',
    { contact_fields: TWENTY, analysis_fields: ['5', 1] },
    'user_id,E-Mail,Url,Campaign title,source',
  ],
];

for (const [path, changes, header] of HEADERS) {
  test(`${path} begins with ${header} for ${JSON.stringify(changes)}`, async () => {
    assert.equal(await headerOf(path, changes), header);
  });
}

test('fields that are ignored change nothing', async () => {
  const ignored = {
    email: 'ann@example.com',
    distribution_email_address: 'ann@example.com',
    ftp_settings: { host: 'not looked at', password: 'secret' },
    sftp_settings: 7,
    something: 'else',
  };
  assert.equal(await csvOf(server, 'email/getcontacts', ignored), await csvOf(server, 'email/getcontacts'));
  const { pool } = server.engine.database;
  const { rows } = await pool.query<{ job: string }>('select to_jsonb(j)::text as job from waybill.jobs j');
  assert.ok(rows.every(({ job }) => !job.includes('secret')));
});

test('the address to tell is kept with the job', async () => {
  const url = 'https://hooks.example.com/x';
  await kickOff(server, 'email/getcontacts', { notification_url: url });
  const { notify } = await server.runNext();
  assert.deepEqual(notify, { url, on: 'ready', retries: 5, everyMs: 60_000 });
});

test('other settings are another export, which may run beside', async () => {
  const path = 'contact/getregistrations';
  const first = await kickOff(server, path);
  const again = await kickOff(server, path, {
    contact_fields: [3],
    notification_url: 'https://example.com/',
  });
  const other = await kickOff(server, path, { delimiter: ';' });
  assert.deepEqual(
    [first, again, other].map(({ reply }) => reply.replyCode),
    [0, 4001, 0],
  );
  await server.runNext();
  await server.runNext();
  assert.equal((await kickOff(server, path)).reply.replyCode, 0);
  await server.runNext();
});

test('exports that the binding has no field for are not there', async () => {
  const { collection, fields } = BINDING.contacts;
  const bare = await startProtocols({
    collections: [CONTACTS],
    protocols: { emarsys: { contacts: { collection, fields } } },
  });
  try {
    for (const path of ['contact/getchanges', 'contact/getregistrations', 'email/getresponses'] as const) {
      const { status, reply } = await kickOff(bare, path);
      assert.deepEqual([status, reply.replyText], [501, 'This feature has not been implemented yet.']);
    }
  } finally {
    await bare.close();
  }
});

test('a binding that does not fit the collections is refused at start, with everything that is wrong', async () => {
  const { fields, ...contacts } = BINDING.contacts;
  const binding = {
    ...BINDING,
    contacts: { ...contacts, fields: { ...fields, '2': { field: 'last_nam' } }, changedAt: 'changed' },
    segments: { '1': { filter: { field: 'id', op: 'eq', value: 'x' } }, '2': { collection: 'nothing' } },
  };
  const check = checkBindings(server.engine.database.pool, bindProtocols({ emarsys: binding }));
  await assert.rejects(check, (error: Error) => {
    assert.match(error.message, /emarsys\.contacts: .* no field "last_nam".*, "changed"/);
    assert.match(error.message, /emarsys\.segments\.1: /);
    assert.match(error.message, /emarsys\.segments\.2: there is no collection "nothing"/);
    return true;
  });
});
