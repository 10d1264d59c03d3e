/** Commands beside a server that runs on the data folder, and what happens to those that are told to end. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { collect, openWorkplace, type Workplace, waitForOutput } from './run-waybill.ts';

let place: Workplace;
before(async () => {
  place = await openWorkplace();
  const rows = Array.from({ length: 60_000 }, (_, id) => `${id},name ${id}`).join('\n');
  await place.write('big.csv', `id,name\n${rows}\n`);
  await place.run(['collections', 'create', 'big', '--from', 'big.csv', '--key', 'id']);
});
after(() => place.close());

test('a job left behind is run by the next server; commands use it; SIGTERM ends it in order', async () => {
  const left = await place.run(['import', 'big.csv', '--into', 'big', '--no-wait']);
  assert.match(left.stdout, /Job 1 is queued/);
  assert.match(left.stderr, /"waybill serve" will run it/);
  assert.equal((await place.run(['watch', '1'], { code: 1 })).stderr.includes('waybill serve'), true);
  assert.match(
    (await place.run(['import', 'big.csv', '--into', 'big'], { code: 1 })).stderr,
    /waits for job 1/,
  );
  await place.run(['cancel', '2']);
  assert.match(
    (await place.run(['delete', '1'], { code: 1 })).stderr,
    /is queued.*Cancel it first.*job\.invalid_transition/,
  );
  assert.match((await place.run(['delete', '2'])).stdout, /Job 2 is deleted/);
  assert.match((await place.run(['job', '2'], { code: 1 })).stderr, /job\.not_found/);

  const server = place.start(['serve', '--port', '0']);
  const ended = collect(server);
  await waitForOutput(server, /waybill listens on (\S+),/);
  assert.ok(existsSync(join(place.folder, 'waybill-data/server.json')));
  assert.match((await place.run(['watch', '1'])).stdout, /60,000 records: 60,000 created/);
  assert.match((await place.run(['serve', '--port', '0'], { code: 1 })).stderr, /runs on .* already/);
  assert.match((await place.run(['import', 'big.csv', '--into', 'big'])).stdout, /60,000 unchanged/);

  server.kill('SIGTERM');
  assert.equal((await ended).code, 0);
  assert.equal(existsSync(join(place.folder, 'waybill-data/server.json')), false);
});

test('the first Ctrl-C cancels at the next chunk and says what was kept', async () => {
  const child = place.start(['import', 'big.csv', '--into', 'big', '--rows-per-second', '2000', '--json']);
  const ended = collect(child);
  await waitForOutput(child, /writing/);
  child.kill('SIGINT');
  const { code, stdout, stderr } = await ended;
  assert.equal(code, 1, stderr);
  assert.match(stderr, /cancelling job \d+ at its next chunk/);
  const job = JSON.parse(stdout);
  assert.equal(job.state, 'cancelled');
  assert.ok(job.progress.processed < 60_000);
});

test('a command that is told to end gives its job back', async () => {
  const child = place.start(['import', 'big.csv', '--into', 'big', '--rows-per-second', '2000']);
  const ended = collect(child);
  await waitForOutput(child, /writing/);
  child.kill('SIGTERM');
  const { code, stderr } = await ended;
  assert.equal(code, 1);
  const number = /job (\d+) goes back into the queue/.exec(stderr)?.[1] ?? stderr;
  const job = JSON.parse((await place.run(['job', number, '--json'])).stdout);
  assert.equal(job.state, 'queued');
});
