/** What works, in each of the four words, without credentials. */
import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { HttpDependencies } from '../../../src/http/dependencies.ts';
import { createFileStore } from '../../../src/store/files.ts';
import { registerWorker } from '../../../src/store/workers.ts';
import { goldenIn } from '../egain/golden.ts';
import { type ImportServer, KICK_OFF, startImportServer } from './fixture.ts';

const assertTold = goldenIn(new URL('golden/', import.meta.url));

let server: ImportServer;
afterEach(() => server.close());

async function assertHealth(name: string): Promise<void> {
  const request = { method: 'GET', url: `${KICK_OFF}/health` };
  const answer = await server.call('GET', request.url, { headers: { authorization: '' } });
  const body = answer.body.replace(/"uptime":"[^"]*"/, '"uptime":"0s"');
  assertTold(
    name,
    { ...answer, body },
    { source: 'EG-CM, getHealth (docs/vendors/egain.md#import-endpoints)', request },
  );
}

test('healthy while a worker lives, degraded without one', async () => {
  server = await startImportServer();
  await assertHealth('health-degraded');
  const worker = await server.engine.database.pool.connect();
  try {
    await registerWorker(worker, { id: '7b5d2a8e-3c39-4d0e-9f0e-1d6f5a4b3c2d', host: 'here', pid: 1 });
    await assertHealth('health-healthy');
  } finally {
    // Not back into the pool: the lock that says that it lives ends with the connection.
    worker.release(true);
  }
});

const UNWELL: Readonly<Record<string, (deps: HttpDependencies) => HttpDependencies>> = {
  'health-maintenance': (deps) => ({ ...deps, isReady: () => false }),
  'health-unhealthy': (deps) => ({ ...deps, files: createFileStore('/dev/null/data', 0) }),
  'health-disk-full': (deps) => ({ ...deps, files: createFileStore('.', Number.MAX_SAFE_INTEGER) }),
};

for (const [name, change] of Object.entries(UNWELL)) {
  test(name.replace('-', ': '), async () => {
    server = await startImportServer({ change });
    await assertHealth(name);
  });
}

test('the call takes no credentials, right or wrong', async () => {
  server = await startImportServer();
  const wrong = await server.call('GET', `${KICK_OFF}/health`, { headers: { authorization: 'Bearer no' } });
  assert.equal(wrong.statusCode, 503, wrong.body);
});
