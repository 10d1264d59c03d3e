/** Places, by way of a real server and its workers: what is fetched, logged and delivered, and tried again. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';

test('a file is fetched from a place, and what is exported arrives when its place is there again', async (context) => {
  const folder = mkdtempSync(join(tmpdir(), 'waybill-places-'));
  const place = join(folder, 'place');
  mkdirSync(place);
  writeFileSync(join(place, 'in.csv'), 'id,name\n1,Ann\n');
  const database = await createTestDatabase();
  const server = await ServerProcess.start({
    databaseUrl: database.url,
    environment: { WAYBILL_LOCATIONS: JSON.stringify({ 's3://bucket/': place }) },
  });
  context.after(async () => {
    await server.stop();
    await database.drop();
    rmSync(folder, { recursive: true });
  });
  const { client } = server;
  const properties = { id: { type: 'integer' }, name: { type: 'string' } };
  await client.applyCollection('people', { key: ['id'], schema: { type: 'object', properties } });
  const imported = await client.startJob('import', {
    collection: 'people',
    source: { location: 's3://bucket/in.csv' },
    log: { location: 's3://bucket/log.txt' },
  });
  assert.equal((await client.waitForJob(imported.id)).state, 'succeeded');
  await waitUntil('the log has its end', () =>
    readFileSync(join(place, 'log.txt'), 'utf8').includes('Results'),
  );

  renameSync(place, `${place}-away`);
  const exported = await client.startJob('export', {
    collection: 'people',
    destination: { location: 's3://bucket/out', retryEveryMs: 100 },
  });
  await waitUntil('it is tried again', async () => {
    const { delivery } = await client.getJob(exported.id);
    return delivery !== undefined && delivery.attempts > 1 && delivery.lastError !== undefined;
  });
  assert.equal((await client.getJob(exported.id)).state, 'delivering');
  renameSync(`${place}-away`, place);
  assert.equal((await client.waitForJob(exported.id)).state, 'succeeded');
  assert.equal(readFileSync(join(place, 'out/people.csv'), 'utf8'), 'id,name\r\n1,Ann\r\n');
});

test('a server does not start on a location that is not there', async () => {
  await assert.rejects(
    ServerProcess.start({ environment: { WAYBILL_LOCATIONS: '{"s3://bucket/":"/nowhere/at/all"}' } }),
    /stands for \/nowhere\/at\/all, which is not there/,
  );
});
