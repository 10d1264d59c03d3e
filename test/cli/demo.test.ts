/** The demo as a person starts it; that its checks can fail stands in `test/unit/cli`. */
import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmod, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { waitForLine } from '../support/debian-postgres.ts';
import { PLAIN_ENVIRONMENT } from '../support/plain-environment.ts';
import { ROOT } from '../support/run-group.ts';
import { watchWire } from '../support/wire/watch-wire.ts';

let folder: string;
const wire = watchWire();
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-demo-test-'));
  await chmod(folder, 0o711);
});
after(async () => {
  await rm(folder, { recursive: true, force: true });
  await wire.end();
});

/** Its temporary folders land in ours, and whatever this machine's Waybill is set to must not matter. */
function start(...args: string[]): ChildProcess {
  return spawn(process.execPath, [join(ROOT, 'bin/waybill.mjs'), 'demo', ...args], {
    cwd: folder,
    env: {
      ...PLAIN_ENVIRONMENT,
      ...wire.environment,
      TMPDIR: folder,
      WAYBILL_DATABASE_URL: 'postgres://nobody@127.0.0.1:1/none',
    },
  });
}

async function finish(child: ChildProcess): Promise<{ code: number | null; out: string; err: string }> {
  const written = { out: '', err: '' };
  child.stdout?.setEncoding('utf8').on('data', (text: string) => (written.out += text));
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (written.err += text));
  const [code] = (await once(child, 'close')) as [number | null];
  return { code, ...written };
}

test('it tells its four stories in plain lines, every check holds, and its folder is gone', async () => {
  const { code, out, err } = await finish(start());
  assert.equal(code, 0, out + err);
  assert.equal(err, '');
  for (const name of ['zipcodes.csv', 'movies.json', 'species.csv', 'flights-200k.json'])
    assert.match(out, new RegExp(`^${name}: `, 'm'));
  assert.match(out, /42,049 records, 3,256 of them with a leading zero/);
  assert.match(out, /3,167 created, 34 rejected/);
  assert.match(out, /the correction was accepted whole: 34 records/);
  assert.match(out, /the export has succeeded in the words of 4 protocols/);
  assert.match(out, /the import has succeeded in the words of 2 protocols/);
  assert.match(out, /^All 11 checks hold\./m);
  // No colours, no redrawn lines.
  assert.ok(!out.includes('\u001b') && !out.includes('\r'));
  assert.deepEqual(
    out.split('\n').filter((line) => line.length > 110),
    [],
  );
  assert.deepEqual(await readdir(folder), []);
});

test('Ctrl-C ends it in order, and its folder is gone', async () => {
  const child = start();
  const ended = finish(child);
  await waitForLine(child.stdout ?? process.stdin, 'validate');
  child.kill('SIGINT');
  const { code, err } = await ended;
  assert.equal(code, 1);
  assert.equal(err, 'waybill: The demo was stopped. (job.stopped)\n');
  assert.deepEqual(await readdir(folder), []);
});

test('a folder with something in it is refused and stays as it is', async () => {
  await writeFile(join(folder, 'mine.txt'), 'mine');
  const { code, err } = await finish(start('--data', folder));
  assert.equal(code, 64);
  assert.match(err, /is not empty/);
  assert.deepEqual(await readdir(folder), ['mine.txt']);
});
