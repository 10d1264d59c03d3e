/** What is killed, and what must hold afterwards: nothing left running, nothing committed lost, a quick next start. */
import assert from 'node:assert/strict';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { waitUntil } from '../../support/wait-until.ts';
import { query, Sandbox, waitUntilGone } from './embedded-process.ts';

/** A start on leftovers takes 15 to 19 s where they are not ended first. */
const QUICK_MS = 8_000;

const CREATE = 'create table kept as select 7 as seven';
const SELECT = 'select seven from kept';
const KEPT = [{ seven: 7 }];

async function parentOf(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8');
  return Number(/^PPid:\s+(\d+)/m.exec(status)?.[1]);
}

async function timed<T>(work: () => Promise<T>): Promise<{ value: T; tookMs: number }> {
  const startedAt = performance.now();
  return { value: await work(), tookMs: performance.now() - startedAt };
}

test('when the parent is killed, the server ends, and the next start finds all that was committed', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const server = await first.ready();
  await query(server.url, CREATE);
  await first.kill();
  await waitUntilGone(join(server.folder, 'data'), 5_000);

  const second = sandbox.start();
  assert.deepEqual(await query((await second.ready()).url, SELECT), KEPT);
  await second.stop();
});

test('a start right after the death of the parent waits for nothing', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  await query((await first.ready()).url, CREATE);
  await first.kill();
  const second = sandbox.start();
  const { value, tookMs } = await timed(() => second.ready());
  assert.deepEqual(await query(value.url, SELECT), KEPT);
  assert.ok(tookMs < QUICK_MS, `took ${tookMs} ms`);
  await second.stop();
});

test('a server that is killed is started again at the same address', async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const server = await program.ready();
  await query(server.url, CREATE);
  for (let time = 0, { pid } = server; time < 3; time += 1) {
    process.kill(pid, 'SIGKILL');
    const { value, tookMs } = await timed(async () => {
      const exited = await program.next<{ kind: string; code: number; isDiskFull: boolean }>('event');
      assert.deepEqual([exited.kind, exited.code, exited.isDiskFull], ['exited', 137, false]);
      return program.next<{ kind: string; pid: number }>('event');
    });
    assert.equal(value.kind, 'ready');
    assert.ok(tookMs < QUICK_MS, `took ${tookMs} ms`);
    assert.deepEqual(await query(server.url, SELECT), KEPT);
    pid = value.pid;
  }
  await program.stop();
});

test('parent and postmaster killed together leave nothing in the way', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const server = await first.ready();
  await query(server.url, CREATE);
  process.kill(server.pid, 'SIGKILL');
  await first.kill();
  const second = sandbox.start();
  const { value, tookMs } = await timed(() => second.ready());
  assert.deepEqual(await query(value.url, SELECT), KEPT);
  assert.ok(tookMs < QUICK_MS, `took ${tookMs} ms`);
  await second.stop();
});

test('a server that outlives its parent and its watchdog is ended by the next start', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const server = await first.ready();
  await query(server.url, CREATE);
  const watchdog = await parentOf(server.pid);
  // First the part of the watchdog that waits for the parent, then the part that waits for the server.
  for (const pid of await childrenOf(watchdog)) if (pid !== server.pid) process.kill(pid, 'SIGKILL');
  process.kill(watchdog, 'SIGKILL');
  await first.kill();
  const second = sandbox.start();
  const { value, tookMs } = await timed(() => second.ready());
  assert.notEqual(value.pid, server.pid);
  assert.deepEqual(await query(value.url, SELECT), KEPT);
  assert.ok(tookMs < QUICK_MS, `took ${tookMs} ms`);
  await second.stop();
});

test('a watchdog that is killed takes no server with it for long', async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const server = await program.ready();
  process.kill(await parentOf(server.pid), 'SIGKILL');
  await program.next('event');
  const ready = await program.next<{ pid: number }>('event');
  assert.notEqual(ready.pid, server.pid);
  assert.deepEqual(await query(server.url, 'select 1 as one'), [{ one: 1 }]);
  await program.stop();
});

test("a postmaster.pid that names somebody else's process is no obstacle, and the process lives on", async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const server = await first.ready();
  const pidFile = join(server.folder, 'data/postmaster.pid');
  const text = await readFile(pidFile, 'utf8');
  await first.stop();
  await writeFile(pidFile, text.replace(String(server.pid), String(process.pid)));
  const second = sandbox.start();
  const { tookMs } = await timed(() => second.ready());
  assert.ok(tookMs < QUICK_MS, `took ${tookMs} ms`);
  await second.stop();
});

test('a first start that is killed while it makes the data folder is made good by the next', async () => {
  await using sandbox = await Sandbox.create();
  const first = sandbox.start();
  const home = sandbox.path('data/pg18');
  const isAtWork = async () =>
    (await readdir(home).catch(() => [])).some((name) => name.startsWith('data.new'));
  await waitUntil('the unfinished folder', isAtWork);
  await first.kill();
  const second = sandbox.start();
  const { url } = await second.ready();
  assert.deepEqual(await query(url, 'select 1 as one'), [{ one: 1 }]);
  assert.deepEqual(
    (await readdir(home)).filter((name) => name.startsWith('data')),
    ['data'],
  );
  await second.stop();
});

test('stopping leaves no process and no socket', async () => {
  await using sandbox = await Sandbox.create();
  const program = sandbox.start();
  const server = await program.ready();
  const watchdog = await parentOf(server.pid);
  await program.stop();
  await waitUntilGone(join(server.folder, 'data'), 1_000);
  const isGone = async () => (await readdir('/proc')).every((name) => name !== String(watchdog));
  await waitUntil('the end of the watchdog', isGone, 1_000);
  assert.ok(!(await readdir(server.folder)).includes('run'));
});

async function childrenOf(pid: number): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').map(Number);
}
