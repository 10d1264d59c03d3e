/** At most five exports at once, and none by HEAD. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { KICK_OFFS } from '../../../src/protocols/avepoint/kick-offs.ts';
import { cancelJob } from '../../../src/store/jobs/intentions.ts';
import { type ProtocolTestServer, startProtocols } from '../support/protocol-server.ts';
import { COLLECTIONS, LEAST, WHOLE_BINDING } from './fixture.ts';

let server: ProtocolTestServer;
before(async () => {
  server = await startProtocols({ collections: COLLECTIONS, protocols: { avepoint: WHOLE_BINDING } });
});
after(() => server.close());

const TOO_MANY = {
  status: 429,
  message: 'There are already 5 export jobs running, cannot start new export job.',
};

async function countJobs(): Promise<number> {
  const found = await server.engine.database.pool.query<{ count: number }>(
    'select count(*)::int as count from waybill.jobs',
  );
  return found.rows[0]?.count ?? -1;
}

test('HEAD of a kick-off starts nothing', async () => {
  for (const { operationId } of KICK_OFFS) {
    const answer = await server.call('HEAD', `/insights/${LEAST[operationId as keyof typeof LEAST]}`);
    assert.deepEqual([answer.statusCode, answer.body], [405, ''], operationId);
    const [path = ''] = LEAST[operationId as keyof typeof LEAST].split('?');
    const bare = await server.call('HEAD', `/insights/${path}`);
    assert.deepEqual([bare.statusCode, bare.body], [405, ''], `${operationId} without parameters`);
  }
  assert.equal(await countJobs(), 0);
});

test('of twelve kick-offs at the same instant, of whatever report, five start a job', async () => {
  const answers = await Promise.all(
    Object.values(LEAST).map((path) => server.call('GET', `/insights/${path}`)),
  );
  const refused = answers.filter(({ statusCode }) => statusCode === 429);
  assert.deepEqual([answers.length - refused.length, await countJobs()], [5, 5]);
  for (const answer of refused) assert.deepEqual(answer.json(), TOO_MANY);
});

test('a place is free once a job has ended, however it did', async () => {
  const start = async () => (await server.call('GET', `/insights/${LEAST.exportUserActivities}`)).statusCode;
  assert.equal(await start(), 429);
  const { state } = await server.runNext();
  assert.equal(state, 'succeeded');
  assert.deepEqual([await start(), await start()], [200, 429]);
  const { pool } = server.engine.database;
  const waiting = await pool.query<{ id: string }>(
    "select id from waybill.jobs where state = 'queued' limit 1",
  );
  await cancelJob(pool, waiting.rows[0]?.id ?? '');
  assert.deepEqual([await start(), await start()], [200, 429]);
});

test('exports of the native API take no place, and are refused none', async () => {
  const { job } = await server.engine.export({ collection: 'activities' });
  assert.equal(job.state, 'succeeded');
});

test('the binding may say another number', async () => {
  const other = await startProtocols({
    collections: COLLECTIONS,
    protocols: { avepoint: { ...WHOLE_BINDING, simultaneousExports: 1 } },
  });
  const start = () => other.call('GET', `/insights/${LEAST.exportUserActivities}`);
  assert.equal((await start()).statusCode, 200);
  assert.match((await start()).json<{ message: string }>().message, /already 1 export jobs running/);
  await other.close();
});
