/** What can be wrong with a kick-off, each told in the vendor's words. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { AppError, ERROR_CODES } from '../../../src/core/errors.ts';
import { renderError } from '../../../src/protocols/emarsys/render-error.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { API, BINDING, CONTACTS, type KickOffPath, LEAST, RESPONSES } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: [CONTACTS, RESPONSES], protocols: { emarsys: BINDING } });
});
after(() => server.close());

const FTP = { host: 'ftp.example.com', port: '21', username: 'user', password: 'secret' };

/** All with reply code 10001. */
const REFUSED: readonly (readonly [
  path: KickOffPath,
  changes: Readonly<Record<string, unknown>>,
  text: string,
])[] = [
  ['export/filter', { filter: 9 }, 'Invalid value for filter: 9'],
  ['email/getcontacts', { contactlist: '9' }, 'Invalid value for contactlist: 9'],
  ['email/getresponses', { contactlist: '7' }, 'Invalid value for contactlist: 7'],
  ['email/getresponses', { sources: ['fax'] }, 'Invalid value for sources: fax'],
  ['email/getresponses', { sources: 'mail_open' }, 'Invalid data format for sources. Array expected'],
  ['email/getresponses', { analysis_fields: ['2'] }, 'Invalid value for analysis_fields: 2'],
  ['email/getresponses', { analysis_fields: undefined }, 'Missing parameter: analysis_fields'],
  [
    'email/getresponses',
    { time_range: ['1970-01-01', '2026-01-01'] },
    'Valid start_date and end_date is required',
  ],
  [
    'contact/getchanges',
    { time_range: ['2026-01-01', '2026-01-01'] },
    'Valid start_date and end_date is required',
  ],
  [
    'contact/getchanges',
    { time_range: ['2026-01-01 10:00', '2026-01-02'] },
    'Valid start_date and end_date is required',
  ],
  ['contact/getchanges', { time_range: '2026-01-01' }, 'Invalid data format for time_range. Array expected'],
  ['contact/getchanges', { origin: undefined }, 'Missing parameter: origin'],
  [
    'contact/getchanges',
    { origin: 'form', origin_id: [] },
    'Invalid data format for origin_id. Integer expected',
  ],
  ['contact/getregistrations', { with_timestamp: 2 }, 'Invalid value for with_timestamp: 2'],
  ['export/filter', { add_field_names_header: 'no' }, 'Invalid value for add_field_names_header: no'],
  ['export/filter', { distribution_method: '' }, 'Missing parameter: distribution_method'],
  ['export/filter', { contact_fields: Array.from({ length: 21 }, () => 1) }, 'Invalid number of fields'],
  [
    'export/filter',
    { notification_url: `https://example.com/${'x'.repeat(2000)}` },
    `Invalid value for notification_url: https://example.com/${'x'.repeat(180)}…`,
  ],
  ['export/filter', { notification_url: 'mailto:ann' }, 'Invalid value for notification_url: mailto:ann'],
  [
    'export/filter',
    { notification_url: 'http://127.0.0.1/' },
    'Invalid value for notification_url: 127.0.0.1',
  ],
  ['export/filter', { distribution_method: 'ftp' }, 'Missing parameter: ftp_settings'],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: 'secret' },
    'Invalid data format for ftp_settings. Array expected',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: { ...FTP, host: 'a b' } },
    'Invalid value for host: a b',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: { ...FTP, port: 70_000 } },
    'Invalid value for port: 70000',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: { ...FTP, password: '' } },
    'Missing parameter: password',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: { ...FTP, username: 1 } },
    'Missing parameter: username',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: { ...FTP, folder: 7 } },
    'Invalid value for folder: 7',
  ],
  [
    'export/filter',
    { distribution_method: 'ftp', ftp_settings: FTP },
    'Invalid value for ftp_settings: ftp://ftp.example.com/',
  ],
];

for (const [path, changes, text] of REFUSED) {
  test(`${path} is refused: ${text}`, async () => {
    const json = { ...LEAST[path], ...changes };
    const answer = await server.call('POST', `${API}/${path}`, { json });
    assert.deepEqual(
      [answer.statusCode, answer.json()],
      [400, { replyCode: 10001, replyText: text, data: '' }],
    );
    assert.doesNotMatch(answer.body, /secret/);
  });
}

test('every code of ours has a reply, and none has our words', () => {
  for (const code of ERROR_CODES) {
    const { status, body } = renderError(new AppError(code, 'in our words'));
    assert.ok(status >= 400, code);
    assert.doesNotMatch(JSON.stringify(body), /in our words/, code);
  }
});
