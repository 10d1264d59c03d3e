/** The supervisor and worker processes that cannot be started, or are gone before they are told what to do. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, afterEach, before, test } from 'node:test';
import { loadConfig } from '../../src/config.ts';
import { superviseWorkers, type WorkerSupervisor } from '../../src/server/supervise-workers.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { waitUntil } from '../support/wait-until.ts';

const NODE = process.execPath;
/** Not there: as when Node itself is being replaced, or no further process is allowed. */
const MISSING = '/nonexistent/node';
/** Ends at once, and never reads what it is told. */
const GONE = '/bin/true';

let folder: string;
let database: TestDatabase;
let supervisor: WorkerSupervisor;
let lines: string[];
let deaths: number[];

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-supervise-'));
  database = await createTestDatabase();
});
afterEach(async () => {
  process.execPath = NODE;
  await supervisor.stop();
});
after(async () => {
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

function supervise(program: string, count: number, startWithinMs?: number): void {
  process.execPath = program;
  lines = [];
  deaths = [];
  supervisor = superviseWorkers({
    count,
    init: { databaseUrl: database.url, config: loadConfig({ cwd: folder, env: {} }).config },
    log: (line) => lines.push(line),
    onDeath: async (pid) => void deaths.push(pid),
    ...(startWithinMs !== undefined && { startWithinMs }),
  });
}

const waits = () => lines.map((line) => Number(/ in (\d+) ms$/.exec(line)?.[1]));

for (const [title, program, cause] of [
  ['cannot be started', MISSING, /no process: .*ENOENT/],
  ['is gone before it is told what to do', GONE, /process \d+: code 0/],
] as const) {
  test(`a worker that ${title} is tried again after growing waits, until one works`, async () => {
    supervise(program, 1);
    await waitUntil('it was tried three times', () => lines.length >= 3);
    assert.match(lines[0] ?? '', cause);
    assert.deepEqual(waits().slice(0, 3), [100, 200, 400]);
    process.execPath = NODE;
    await waitUntil('a worker is alive', () => supervisor.leasedPids().length === 1);
    assert.deepEqual(supervisor.pids(), supervisor.leasedPids());
    assert.deepEqual(deaths, []);
  });
}

test('one that is killed is replaced at once, and said to be dead', async () => {
  supervise(NODE, 1);
  await waitUntil('a worker is alive', () => supervisor.leasedPids().length === 1);
  const [pid = 0] = supervisor.pids();
  supervisor.kill(pid);
  await waitUntil('another is there', () => supervisor.pids().some((other) => other !== pid));
  assert.deepEqual([deaths, waits()], [[pid], [100]]);
});

test('one that hangs before it has counted as alive is ended, and another started', async () => {
  const hanging = join(folder, 'hanging-node');
  await writeFile(hanging, '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 });
  // The one after it is a real one, and has as long.
  const seconds = patienceOf(2);
  supervise(hanging, 1, seconds * 1000);
  const [pid = 0] = supervisor.pids();
  process.execPath = NODE;
  await waitUntil('a worker is alive', () => supervisor.leasedPids().length === 1, 20_000);
  assert.match(lines[0] ?? '', new RegExp(`process ${pid}: not ready within ${seconds} s`));
  assert.throws(() => process.kill(pid, 0), { code: 'ESRCH' });
  assert.deepEqual(supervisor.pids(), supervisor.leasedPids());
});

test('a stop does not wait for a worker that never was, nor for the next try', {
  timeout: patienceOf(5000),
}, async () => {
  supervise(MISSING, 2);
  const only = supervisor.runOnly('00000000-0000-0000-0000-000000000000');
  await waitUntil('all were tried several times', () => lines.length >= 9);
  await supervisor.stop();
  await only;
  const tried = lines.length;
  await supervisor.stop();
  assert.equal(lines.length, tried);
  assert.deepEqual(supervisor.pids(), []);
});

test('who waits for one job is told when no worker can be started for it', {
  timeout: patienceOf(20_000),
}, async () => {
  supervise(MISSING, 0);
  await assert.rejects(supervisor.runOnly('00000000-0000-0000-0000-000000000000'), {
    code: 'server.no_worker',
    message: /no process: .*ENOENT/,
  });
  assert.deepEqual(waits(), [100, 200, 400, 800, 1600, 3200]);
});
