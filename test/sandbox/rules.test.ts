/** Each kind of misbehaviour, as a plain poller meets it. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { CREDENTIALS } from '../../src/sandbox/credentials.ts';
import { waitUntil } from '../support/wait-until.ts';
import { openTestSandbox, type TestSandbox } from './with-sandbox.ts';

let sandbox: TestSandbox;
before(async () => {
  sandbox = await openTestSandbox();
});
after(() => sandbox.close());
beforeEach(() => sandbox.play());

/** Starts an AvePoint export and gives the address of its status. */
async function startReport(): Promise<string> {
  const { json } = await sandbox.start('avepoint');
  return `${sandbox.base('avepoint')}/job/${json.jobId}/exportstatus`;
}

/** `jobStatus` once it is no longer 1. */
async function endOf(status: string): Promise<number> {
  let last = 1;
  await waitUntil('its end', async () => {
    last = (await sandbox.call(status)).json.jobStatus;
    return last !== 1;
  });
  return last;
}

test('the second and third poll are one too many, with Retry-After, in the words of the protocol', async () => {
  await sandbox.play({
    when: { protocol: 'avepoint', call: 'getExportStatus', polls: { from: 2, to: 3 } },
    do: { error: 'request.rate_limited', retryAfterSeconds: 7 },
  });
  const status = await startReport();
  const answers = [];
  for (let poll = 1; poll <= 4; poll += 1) answers.push(await sandbox.call(status));
  assert.deepEqual(
    answers.map((answer) => answer.status),
    [200, 429, 429, 200],
  );
  assert.equal(answers[1]?.headers.get('retry-after'), '7');
  assert.equal(answers[1]?.json.status, 429);
});

test('what steers it names its methods like every other address', async () => {
  const allowOf = async (path: string, method: string) => {
    const { status, headers } = await sandbox.call(path, { method });
    return [status, headers.get('allow')];
  };
  const gets = 'GET, HEAD, OPTIONS';
  const posts = 'OPTIONS, POST';
  const paths = {
    '': gets,
    '/schema': gets,
    '/requests': gets,
    '/scenario': posts,
    '/clock': posts,
    '/reset': posts,
  };
  for (const [path, allowed] of Object.entries(paths)) {
    assert.deepEqual(await allowOf(`/sandbox${path}`, 'OPTIONS'), [204, allowed], path);
    assert.deepEqual(await allowOf(`/sandbox${path}`, 'DELETE'), [405, allowed], path);
  }
  assert.deepEqual(await allowOf('/sandbox/nowhere', 'OPTIONS'), [404, null]);
});

test('who is told to wait is told by the headers of Emarsys when there is room again', async () => {
  await sandbox.play({
    when: { protocol: 'emarsys', call: 'getExportStatus' },
    do: { error: 'request.rate_limited', retryAfterSeconds: 7 },
  });
  const { status, headers } = await sandbox.call(`${sandbox.base('emarsys')}/export/1`);
  assert.equal(status, 429);
  assert.equal(headers.get('x-ratelimit-remaining'), '0');
  const waitSeconds = Number(headers.get('x-ratelimit-reset')) - Date.now() / 1000;
  assert.ok(waitSeconds > 5 && waitSeconds <= 8, `${waitSeconds} s`);
});

test('each job has polls of its own, and a rule can be about the second of them', async () => {
  await sandbox.play({
    when: { protocol: 'avepoint', call: 'getExportStatus', nth: 2, polls: { to: 1 } },
    do: { error: 'bug' },
  });
  const [first, second] = [await startReport(), await startReport()];
  assert.equal((await sandbox.call(first)).status, 200);
  assert.equal((await sandbox.call(second)).status, 500);
  assert.equal((await sandbox.call(first)).status, 200);
  assert.equal((await sandbox.call(second)).status, 200);
});

for (const [protocol, error, details, status] of [
  ['avepoint', 'request.unauthorized', { credentials: 'expired' }, 401],
  ['emarsys', 'request.unauthorized', { credentials: 'expired' }, 401],
  ['sailpoint', 'request.unauthorized', { credentials: 'expired' }, 401],
  ['egain-export', 'request.unauthorized', { credentials: 'expired' }, 401],
  ['avepoint', 'request.forbidden', {}, 403],
  ['sailpoint', 'request.rate_limited', {}, 429],
  ['emarsys', 'bug', {}, 500],
  ['egain-export', 'bug', {}, 500],
] as const) {
  test(`${error} is ${status} in ${protocol}, and nothing has been started`, async () => {
    await sandbox.play({ when: { protocol }, do: { error, details } });
    const before = (await sandbox.call('/v1/jobs')).json.jobs[0].number;
    assert.equal((await sandbox.start(protocol)).status, status);
    assert.equal((await sandbox.call('/v1/jobs')).json.jobs[0].number, before);
  });
}

for (const { variable, token, access } of CREDENTIALS) {
  test(`${variable} is ${access}`, async () => {
    const url = `${sandbox.base('avepoint')}/job/1/exportstatus`;
    const { status } = await sandbox.call(url, { headers: { authorization: `Bearer ${token}` } });
    // The first job is no export, so there is none for those who may ask.
    assert.equal(status, { granted: 404, forbidden: 403, expired: 401 }[access]);
  });
}

test('times that no timer or database has are refused', async () => {
  const rules = [{ do: { delay: '999999999d' } }];
  const scenario = await sandbox.call('/sandbox/scenario', { method: 'POST', json: { rules } });
  assert.equal(scenario.status, 400);
  const clock = { method: 'POST', json: { advance: '999999999d' } };
  assert.equal((await sandbox.call('/sandbox/clock', clock)).status, 400);
  assert.equal((await sandbox.call('/sandbox')).json.advancedMs, 0);
});

test('a delayed answer comes later', async () => {
  await sandbox.play({ do: { delay: '300ms' } });
  const startedAt = performance.now();
  await sandbox.call(await startReport());
  assert.ok(performance.now() - startedAt >= 600);
});

test('a connection that is cut before leaves nothing behind', async () => {
  await sandbox.play({ when: { protocol: 'avepoint' }, do: { cut: 'before' } });
  const before = (await sandbox.call('/v1/jobs')).json.jobs[0].number;
  await assert.rejects(sandbox.start('avepoint'));
  assert.equal((await sandbox.call('/v1/jobs')).json.jobs[0].number, before);
});

test('a connection that is cut halfway has started the job, and brings half of the answer', async () => {
  await sandbox.play({ when: { protocol: 'emarsys' }, do: { cut: 'halfway' } });
  const before = (await sandbox.call('/v1/jobs')).json.jobs[0].number;
  await assert.rejects(sandbox.start('emarsys'));
  assert.equal((await sandbox.call('/v1/jobs')).json.jobs[0].number, before + 1);
  const { requests } = (await sandbox.call('/sandbox/requests?protocol=emarsys')).json;
  assert.equal(requests[0].isCut, true);
});

test('a file that is cut halfway is half as long as announced', async () => {
  await sandbox.play({ when: { call: 'getExportFile', polls: { to: 1 } }, do: { cut: 'halfway' } });
  const status = await startReport();
  assert.equal(await endOf(status), 2);
  const url = status.replace('exportstatus', 'exportfile');
  const response = await fetch(url, { headers: { authorization: `Bearer ${CREDENTIALS[0].token}` } });
  const announced = Number(response.headers.get('content-length'));
  let received = 0;
  await assert.rejects(async () => {
    for await (const piece of response.body ?? []) received += piece.length;
  });
  assert.equal(received, Math.floor(announced / 2));
  assert.equal((await sandbox.call(url)).status, 200);
});

test('a job fails at 30 %, as its protocol says it, and stays as it failed', async () => {
  await sandbox.play({ when: { protocol: 'egain-export' }, do: { job: 'fails', at: 30 } });
  const { headers } = await sandbox.start('egain-export');
  const status = `${headers.get('location')}/status`;
  await waitUntil('its end', async () => (await sandbox.call(status)).json.status === 'Failed');
  const first = (await sandbox.call(status)).json;
  assert.equal(first.progress.percentage, 30);
  assert.equal(first.progress.processed, Math.floor(first.progress.total * 0.3));
  assert.deepEqual((await sandbox.call(status)).json, first);
});

test('a job hangs: it runs, and gets no further', async () => {
  await sandbox.play({ when: { protocol: 'avepoint' }, do: { job: 'hangs' } });
  const status = await startReport();
  const id = status.split('/').at(-2);
  await waitUntil('its end', async () => (await sandbox.call(`/v1/jobs/${id}`)).json.state === 'succeeded');
  assert.equal((await sandbox.call(status)).json.jobStatus, 1);
  assert.equal((await sandbox.call(status.replace('exportstatus', 'exportfile'))).status, 400);
});

test('a job that hangs goes on saying when it would have ended', async () => {
  await sandbox.play({ when: { protocol: 'egain-export' }, do: { job: 'hangs' } });
  const status = `${(await sandbox.start('egain-export')).headers.get('location')}/status`;
  await waitUntil('its hanging', async () => (await sandbox.call(status)).json.progress?.percentage === 30);
  await waitUntil(
    'its end',
    async () => (await sandbox.call('/v1/jobs?limit=1')).json.jobs[0].state === 'succeeded',
  );
  const { json } = await sandbox.call(status);
  assert.equal(json.status, 'In Progress');
  assert.ok(Date.parse(json.estimatedCompletion) >= Date.parse(json.startTime), JSON.stringify(json));
  assert.deepEqual((await sandbox.call(status)).json, json);
});

test('an export stays ready while it is delivered, and is done afterwards', async () => {
  await sandbox.play({ when: { protocol: 'emarsys', polls: { to: 2 } }, do: { job: 'delivers' } });
  const { id } = (await sandbox.start('emarsys')).json.data;
  await waitUntil('its end', async () => (await sandbox.call(`/v1/jobs/${id}`)).json.state === 'succeeded');
  const status = async () => (await sandbox.call(`${sandbox.base('emarsys')}/export/${id}`)).json.data.status;
  assert.deepEqual([await status(), await status(), await status()], ['ready', 'ready', 'done']);
});

test('what has expired is gone, also for the native API; its status is not', async () => {
  const status = await startReport();
  assert.equal(await endOf(status), 2);
  const url = status.replace('exportstatus', 'exportfile');
  assert.equal((await sandbox.call(url)).status, 200);
  await sandbox.play({ when: { call: 'getExportFile' }, do: { job: 'expired' } });
  assert.equal((await sandbox.call(url)).status, 404);
  assert.equal((await sandbox.call(status)).json.jobStatus, 2);
});

test('a scenario is refused with everything that is wrong with it', async () => {
  const json = {
    rules: [
      { when: { protocol: 'avepont' }, do: { error: 'bug' } },
      { when: { call: 'getExport' }, do: { cut: 'before' } },
    ],
  };
  const answer = await sandbox.call('/sandbox/scenario', { method: 'POST', json });
  assert.equal(answer.status, 400);
  assert.match(answer.json.detail, /no protocol "avepont".*avepoint/s);
  assert.match(answer.json.detail, /no call "getExport"/);
  const empty = await sandbox.call('/sandbox/scenario', { method: 'POST', json: { rules: [{ do: {} }] } });
  assert.equal(empty.status, 400);
});

test('the log has each request with its answer and the rules that held, and no credentials', async () => {
  await sandbox.play({ when: { protocol: 'emarsys' }, do: { error: 'request.forbidden' } });
  await sandbox.start('emarsys');
  const { json, text } = await sandbox.call('/sandbox/requests');
  const [entry] = json.requests;
  assert.equal(json.requests.length, 1);
  assert.deepEqual(
    [entry.number, entry.method, entry.url, entry.protocol, entry.call, entry.status, entry.rules],
    [1, 'POST', '/api/v2/contact/getchanges', 'emarsys', 'exportContactChanges', 403, [1]],
  );
  assert.equal(typeof entry.body.replyCode, 'number');
  assert.ok(!text.includes(CREDENTIALS[0].token));
});
