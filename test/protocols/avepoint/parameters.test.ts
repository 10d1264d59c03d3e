/** Every parameter of every kick-off: what it changes, and what is refused of it. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KICK_OFFS } from '../../../src/protocols/avepoint/kick-offs.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { COLLECTIONS, fill, idsOf, LEAST, WHOLE_BINDING } from './fixture.ts';

let server: ProtocolTestServer;

before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { avepoint: WHOLE_BINDING } });
  await fill(server);
});
after(() => server.close());

const PERIOD = 'startTime=2026-05-01T00:00:00&finishTime=2026-06-30T00:00:00';
const ACTIVITY_PERIOD = {
  'startTime=2026-05-01T10:00:01': '',
  'startTime=2026-05-01T10:00:00': '1',
  'finishTime=2026-05-01T10:00:00': '1',
  'finishTime=2026-05-01T09:59:59': '',
  'eventTypes=View': '1',
  'eventTypes=Edit': '',
  'eventTypes=Edit&eventTypes=View': '1',
};
const ACCESS = {
  'dataSources=SharePoint%20Online': '2',
  'dataSources=sharepoint%20online&dataSources=ONEDRIVE': '1 2 3',
  'dataSources=onedrive%20for%20business': '1 3',
  'dataSources=OneDrive&siteUrls=https%3A%2F%2Fs%2F2': '3',
  'dataSources=OneDrive&siteUrls=https%3A%2F%2Fs%2F2&siteUrls=https%3A%2F%2Fs%2F1': '1 3',
};
const GOOGLE_ACCESS = {
  'dataSources=Shared%20Drive': '6',
  'dataSources=my%20drive': '5',
  'dataSources=my%20drive&dataSources=shared%20drive&driveIds=d2': '6',
};
const LINK_TYPES = { '32': '1 6', '64': '2', '128': '3' };
const GOOGLE_LINK_TYPES = { '301': '4', '303': '5' };

/** By path: what a query leads to. */
const REPORTS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'activities/object/https%3A%2F%2Fa%2F1/export': { '': '1 3', 'finishTime=2026-05-02': '1' },
  // `%20` is in the address, and stays.
  'activities/object/https%3A%2F%2Fa%2Fx%2520y%231/export': { '': '2' },
  'users/ann%40example.com/activities/export': { '': '1 2', 'eventTypes=Edit': '2' },
  // As the vendor's samples encode it.
  'users/ann_contoso.com%2523EXT%2523%2540example.com/activities/export': { '': '3' },
  'users/ann_contoso.com%23EXT%23%40example.com/activities/export': { '': '3', 'eventTypes=Edit': '' },
  'users/ann%40example.com/access/export': {
    ...ACCESS,
    'dataSources=OneDrive&exportOptionType=1': '1',
    'dataSources=OneDrive&exportOptionType=2': '1 3',
    'dataSources=OneDrive&dataSources=SharePoint%20Online&exportOptionType=1': '1 2',
    'dataSources=OneDrive&dataSources=SharePoint%20Online&exportOptionType=3': '1',
  },
  'groups/g1/access/export': {
    'exportOptionType=1&dataSources=SharePoint%20Online': '2',
    'exportOptionType=2&dataSources=OneDrive&siteUrls=https%3A%2F%2Fs%2F2': '3',
    'exportOptionType=3&dataSources=OneDrive': '1',
  },
  'groups/skip/access/export': {
    'exportOptionType=3&dataSources=OneDrive&dataSources=Microsoft%20Teams': '1 4',
  },
  ...Object.fromEntries(
    ['groups//access/export', 'groups/access/export', 'groups/SKIP/access/export'].map((path) => [
      path,
      { 'exportOptionType=3&dataSources=OneDrive&dataSources=Microsoft%20Teams': '1 4' },
    ]),
  ),
  'google/groups//access/export': { 'exportOptionType=3&dataSources=User%20Drive': '5 7' },
  'sites/permission/export': {
    'siteUrls=https%3A%2F%2Fs%2F1': '1',
    'siteUrls=https%3A%2F%2Fs%2F1&siteUrls=https%3A%2F%2Fs%2F3': '1 4',
  },
  'sharingLinks/export': {
    ...Object.fromEntries(
      Object.entries(LINK_TYPES).map(([type, ids]) => [`exportLinkType=${type}&${PERIOD}`, ids]),
    ),
    'exportLinkType=32&startTime=2026-05-02T00:00:00&finishTime=2026-06-30': '6',
    'exportLinkType=32&startTime=2026-05-01T00:00:00&finishTime=2026-05-31': '1',
  },
  'google/activities/object/https%3A%2F%2Fa%2F1/export': { '': '1 3', 'startTime=2026-05-02T00:00:00': '3' },
  'google/users/ann%40example.com/activities/export': {
    '': '1 2',
    'eventTypes=View': '1',
    'finishTime=2026-05-02T00:00:00': '1',
  },
  'google/users/ann%40example.com/access/export': {
    ...GOOGLE_ACCESS,
    'dataSources=User%20Drive&dataSources=Shared%20Drive&exportOptionType=2': '5 6',
    'dataSources=User%20Drive&dataSources=Shared%20Drive&exportOptionType=3': '5',
  },
  'google/groups/g1/access/export': {
    'exportOptionType=2&dataSources=User%20Drive&dataSources=Shared%20Drive': '5 6',
    'exportOptionType=3&dataSources=User%20Drive&dataSources=Shared%20Drive': '5',
    'exportOptionType=2&dataSources=Shared%20Drive&driveIds=d1': '',
  },
  'google/groups/skip/access/export': { 'exportOptionType=3&dataSources=User%20Drive': '5 7' },
  'google/drives/permission/export': { 'driveIds=d1': '5', 'driveIds=d1&driveIds=d2': '5 6 7' },
  'google/sharingLinks/export': Object.fromEntries(
    Object.entries(GOOGLE_LINK_TYPES).map(([type, ids]) => [`exportLinkType=${type}&${PERIOD}`, ids]),
  ),
};

for (const [path, cases] of Object.entries(REPORTS)) {
  test(`parameters choose the records of ${path}`, async () => {
    for (const [query, ids] of Object.entries(cases)) {
      assert.equal(await idsOf(server, `${path}?${query}`), ids, query);
    }
  });
}

test('parameters of activities choose by time and kind', async () => {
  const path = 'activities/object/https%3A%2F%2Fa%2F1/export?finishTime=2026-05-02T00:00:00';
  assert.equal(await idsOf(server, path), '1');
  for (const [query, ids] of Object.entries(ACTIVITY_PERIOD)) {
    const end = query.includes('finishTime') ? '' : '&finishTime=2026-05-02';
    assert.equal(await idsOf(server, `${path.split('?')[0]}?${query}${end}`), ids, query);
  }
});

test('what is not documented is ignored, and so is a parameter without a value', async () => {
  const path = 'users/ann%40example.com/activities/export';
  assert.equal(await idsOf(server, `${path}?language=ja-JP&$top=1&eventTypes=&startTime=`), '1 2');
});

async function refusal(path: string): Promise<string> {
  const answer = await server.call('GET', `/insights/${path}`);
  const { status, message } = answer.json<{ status: number; message: string }>();
  assert.deepEqual([answer.statusCode, status], [400, 400], `${path}: ${answer.body}`);
  return message;
}

test('a parameter that is required is missed in every kick-off that has it', async () => {
  for (const { operationId, parameters } of KICK_OFFS) {
    const [path = '', query] = LEAST[operationId as keyof typeof LEAST].split('?');
    for (const { name, isRequired } of parameters) {
      if (isRequired !== true) continue;
      const left = new URLSearchParams(query);
      left.delete(name);
      assert.equal(await refusal(`${path}?${left.toString()}`), `The parameter ${name} is required.`);
      assert.equal(
        await refusal(`${path}?${left.toString()}&${name}=`),
        `The parameter ${name} is required.`,
      );
    }
  }
});

test('a value that there is not is refused in every kick-off that has a choice', async () => {
  for (const { operationId, parameters } of KICK_OFFS) {
    const [path = '', query] = LEAST[operationId as keyof typeof LEAST].split('?');
    for (const { name, values } of parameters) {
      if (values === undefined) continue;
      for (const value of [
        '4',
        'Mars',
        'constructor',
        '0',
        '-1',
        '2.0',
        ...(values.includes('2') ? [] : ['2']),
      ]) {
        const changed = new URLSearchParams(query);
        changed.set(name, value);
        assert.equal(
          await refusal(`${path}?${changed.toString()}`),
          `The value "${value}" of the parameter ${name} is not supported; supported are ${values.join(', ')}.`,
        );
      }
    }
  }
});

test('a parameter that is no list is given once', async () => {
  const least = LEAST.exportGroupAccess;
  assert.match(
    await refusal(`${least}&exportOptionType=2`),
    /exportOptionType has 2 values; one is expected/,
  );
  const twice = 'startTime=2026-05-01&startTime=2026-05-02';
  assert.match(
    await refusal(`${LEAST.exportUserActivities}?${twice}`),
    /startTime has 2 values; one is expected/,
  );
});

test('a list is as long as documented, and no longer', async () => {
  for (const [path, name] of [
    ['sites/permission/export', 'siteUrls'],
    ['google/drives/permission/export', 'driveIds'],
  ] as const) {
    const list = (length: number) => Array.from({ length }, (_, index) => `${name}=d${index}`).join('&');
    assert.equal(
      await refusal(`${path}?${list(101)}`),
      `The parameter ${name} has 101 values; at most 100 are supported.`,
    );
    assert.equal(await idsOf(server, `${path}?${list(100)}`), '5 6 7');
  }
});

test('all groups come as a summary only', async () => {
  for (const path of ['groups/skip', 'google/groups/skip', 'groups/', 'google/groups']) {
    const sources = path.startsWith('google') ? 'User%20Drive' : 'OneDrive';
    const url = `${path}/access/export?exportOptionType=2&dataSources=${sources}`;
    assert.equal(await refusal(url), 'For all groups, exportOptionType must be 3.');
  }
});

const PATH = 'users/ann%40example.com/activities/export';

test('times are taken at the edges of the calendar, with and without their parts', async () => {
  const since: Readonly<Record<string, string>> = {
    '0001-01-01T00:00:00': '1 2',
    '2024-02-29T23:59:59': '1 2',
    '2026-05-02T10:00:00': '2',
    '2026-05-02 10:00': '2',
    '2026-05-02': '2',
    '2026-05-02T10:00:00Z': '2',
    '2026-05-02T12:00:00%2B02:00': '2',
    // The second record is a quarter of a second later.
    '2026-05-02T10:00:00.2500000': '2',
    '2026-05-02T10:00:00.2500010': '',
    '9999-12-31T23:59:59': '',
  };
  for (const [time, ids] of Object.entries(since)) {
    assert.equal(await idsOf(server, `${PATH}?startTime=${time}`), ids, time);
  }
});

test('what is no time is refused', async () => {
  for (const time of [
    'yesterday',
    '2026-02-29',
    '2026-02-30T00:00:00',
    '2026-13-01T00:00:00',
    '2026-05-01T24:00:00',
    '2026-05-01T23:59:60',
    '2026-05-01T00:00:00+99:00',
    '2026-05-01T00',
    '20260501',
    '0000-01-01',
    '01.05.2026',
    '1777593600',
    ' 2026-05-01',
  ]) {
    const message = await refusal(`${PATH}?finishTime=${encodeURIComponent(time)}`);
    assert.equal(
      message,
      `The value "${time}" of the parameter finishTime is no time such as 2026-05-01T00:00:00.`,
    );
  }
});

test('a period that ends before it begins is refused, and one of no length is none of them', async () => {
  const period = (from: string, to: string) => `${PATH}?startTime=${from}&finishTime=${to}`;
  assert.equal(
    await refusal(period('2026-05-02', '2026-05-01T23:59:59')),
    'The parameter finishTime is before startTime.',
  );
  assert.equal(await idsOf(server, period('2026-05-01T10:00:00', '2026-05-01T12:00:00%2B02:00')), '1');
});

test('text that no database can keep is refused', async () => {
  assert.equal(await refusal(`${PATH}?eventTypes=a%00b`), 'A parameter has a value that is not supported.');
  assert.match(await refusal('users/a%00b/activities/export'), /not supported/);
});
