/** `waybill serve` is told to stop before it says that it listens: found by others as soon as its file is there, or earlier still. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { kill, ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));
const LIMIT_MS = 60_000;

let dataDir: string;
before(async () => {
  dataDir = await mkdtemp(join(tmpdir(), 'waybill-stopped-'));
  await chmod(dataDir, 0o711);
});
after(() => rm(dataDir, { recursive: true, force: true }));

/** Starts a server, and sends SIGTERM when this file of the data folder has come. @returns exit code and signal */
async function stopAt(file: string) {
  const child = spawn(
    process.execPath,
    [PROGRAM, 'serve', '--data', dataDir, '--port', '0', '--workers', '1'],
    {
      stdio: 'ignore',
      env: { ...process.env, WAYBILL_STORAGE_MIN_FREE_BYTES: '1MiB' },
    },
  );
  const ended = new Promise<readonly [code: number | null, signal: string | null]>((resolve) =>
    child.once('exit', (code, signal) => resolve([code, signal])),
  );
  await waitUntil(file, () => existsSync(join(dataDir, file)), LIMIT_MS);
  child.kill('SIGTERM');
  const end = await ended;
  kill([child.pid ?? 0]);
  return end;
}

for (const file of ['pg18/lock.json', 'pg18/data/postmaster.pid', 'token', 'server.json']) {
  test(`SIGTERM as soon as there is ${file}: it ends in order`, { timeout: LIMIT_MS }, async () => {
    await rm(join(dataDir, file), { force: true });
    assert.deepEqual(await stopAt(file), [0, null]);
    for (const left of ['server.json', 'pg18/data/postmaster.pid'])
      assert.equal(existsSync(join(dataDir, left)), false, `${left} is gone`);
  });
}

test('it starts again afterwards', { timeout: LIMIT_MS }, async () => {
  const server = await ServerProcess.start({ dataDir });
  await server.stop();
});
