/** `bin/waybill.mjs` keeps what it has compiled, and does without where it may not. */
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { collect, type Outcome } from './run-waybill.ts';

const BIN = fileURLToPath(new URL('../../bin/waybill.mjs', import.meta.url));

let home: string;
before(async () => {
  home = await mkdtemp(join(tmpdir(), 'waybill-home-'));
});
after(() => rm(home, { recursive: true, force: true }));

function version(env: NodeJS.ProcessEnv): Promise<Outcome> {
  return collect(spawn(process.execPath, [BIN, '--version'], { env }));
}

test('what was compiled is kept in the cache folder of the user', async () => {
  const { code } = await version({ HOME: home });
  assert.equal(code, 0);
  assert.notDeepEqual(await readdir(join(home, '.cache/waybill')), []);
});

test('XDG_CACHE_HOME says where caches are, NODE_COMPILE_CACHE where this one is', async () => {
  await version({ HOME: home, XDG_CACHE_HOME: join(home, 'xdg') });
  assert.deepEqual(await readdir(join(home, 'xdg')), ['waybill']);
  await version({ HOME: home, XDG_CACHE_HOME: join(home, 'xdg2'), NODE_COMPILE_CACHE: join(home, 'own') });
  assert.notDeepEqual(await readdir(join(home, 'own')), []);
  assert.equal((await readdir(home)).includes('xdg2'), false);
});

test('without a folder that can be written it runs all the same, and says nothing of it', async () => {
  await writeFile(join(home, 'file'), '');
  const outcomes = [await version({}), await version({ HOME: join(home, 'file') })];
  for (const { code, stderr } of outcomes) assert.deepEqual({ code, stderr }, { code: 0, stderr: '' });
});
