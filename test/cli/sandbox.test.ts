/** The sandbox as a person starts it. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { ROOT } from '../support/run-group.ts';
import { collect, waitForOutput } from './run-waybill.ts';

let folder: string;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-sandbox-cli-'));
  await chmod(folder, 0o711);
});
after(() => rm(folder, { recursive: true, force: true }));

/** Its temporary folders land in ours, and whatever this machine's Waybill is set to must not matter. */
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'bin/waybill.mjs'), 'sandbox', ...args], {
    cwd: folder,
    env: {
      ...PLAIN_ENVIRONMENT,
      TMPDIR: folder,
      WAYBILL_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    },
  });
}

test('it prints what a shell needs, plays the scenario of the file, and leaves nothing behind', async () => {
  const scenario = { rules: [{ when: { protocol: 'avepoint' }, do: { error: 'request.rate_limited' } }] };
  await writeFile(join(folder, 'scenario.json'), JSON.stringify(scenario));
  const child = start('--port', '0', '--scenario', 'scenario.json');
  const ended = collect(child);
  const [, url] = await waitForOutput(child, /listens on (http:\/\/127\.0\.0\.1:\d+)/);
  const shown = (await (await fetch(`${url}/sandbox`)).json()) as { scenario: unknown };
  assert.deepEqual(shown.scenario, scenario);
  const token = 'sandbox-token-that-may-do-everything';
  const headers = { authorization: `Bearer ${token}` };
  assert.equal((await fetch(`${url}/insights/job/1/exportstatus`, { headers })).status, 429);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  assert.deepEqual([code, stderr], [0, '']);
  assert.match(stdout, new RegExp(`^export WAYBILL_SANDBOX_AVEPOINT=${url}/insights$`, 'm'));
  assert.match(stdout, new RegExp(`^export WAYBILL_SANDBOX_TOKEN=${token}$`, 'm'));
  assert.match(stdout, /^# curl .*"\$WAYBILL_SANDBOX_EMARSYS\/contact\/getchanges"$/m);
  assert.deepEqual(await readdir(folder), ['scenario.json']);
});

test('a scenario that is none ends it before it starts', async () => {
  await writeFile(
    join(folder, 'scenario.json'),
    '{"rules": [{"when": {"protocol": "avepont"}, "do": {"error": "bug"}}]}',
  );
  const { code, stderr } = await collect(start('--scenario', 'scenario.json'));
  assert.notEqual(code, 0);
  assert.match(stderr, /no protocol "avepont"/);
  assert.deepEqual(await readdir(folder), ['scenario.json']);
});

test('a folder with something in it is refused and stays as it is', async () => {
  const { code, stderr } = await collect(start('--keep', '.'));
  assert.equal(code, 64);
  assert.match(stderr, /is not empty/);
  assert.deepEqual(await readdir(folder), ['scenario.json']);
});
