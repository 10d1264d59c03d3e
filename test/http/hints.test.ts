/** A verb that is carried out at once lets the next job begin at once: its hint is sent, and nobody waits for the sweeper. */
import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { claimJob } from '../../src/store/jobs/claims.ts';
import { type Named, startApi, type TestApi } from './support/api.ts';

let api: TestApi;
let upload: string;
/** Jobs that hints were sent for. */
let hinted: string[] = [];

before(async () => {
  api = await startApi((deps) => ({
    ...deps,
    queue: {
      ...deps.queue,
      send: async (job, db) => {
        hinted.push(job.id);
        await deps.queue.send(job, db);
      },
    },
  }));
  for (const name of ['one', 'two']) {
    const properties = { id: { type: 'integer' } };
    await api.call('PUT', `/v1/collections/${name}`, {
      json: { name, key: ['id'], schema: { type: 'object', properties } },
    });
  }
  upload = (await api.call('POST', '/v1/uploads', { body: 'id\n1\n' })).json<Named>().id;
});
after(() => api.close());
beforeEach(async () => {
  await api.database.pool.query(
    "update waybill.jobs set state = 'cancelled', worker_id = null, finished_at = now() where finished_at is null",
  );
});

async function start(...collections: readonly string[]): Promise<string> {
  const source = { upload };
  const [collection] = collections;
  const json =
    collections.length === 1
      ? { collection, source }
      : { parts: collections.map((one) => ({ collection: one, source })) };
  const answer = await api.call('POST', '/v1/imports', { json });
  assert.equal(answer.statusCode, 202, answer.body);
  return answer.json<Named>().id;
}

async function ask(verb: string, job: string): Promise<readonly string[]> {
  hinted = [];
  const answer = await api.call('POST', `/v1/jobs/${job}/${verb}`);
  assert.equal(answer.statusCode, 200, answer.body);
  return hinted;
}

for (const verb of ['cancel', 'pause']) {
  test(`${verb} of a queued job sends the hint of the next one of its key`, async () => {
    const [first, second, third] = [await start('one'), await start('one'), await start('two')];
    assert.deepEqual(await ask(verb, first), [second]);
    assert.ok(await claimJob(api.deps.pool, { jobId: second, workerId: crypto.randomUUID() }));
    assert.ok(!hinted.includes(third), 'it has another key, and a hint already');
  });
}

test('cancel of a job with several keys sends the hints of the next one of each', async () => {
  const [both, first, second, behind] = [
    await start('one', 'two'),
    await start('one'),
    await start('two'),
    await start('one'),
  ];
  const sent = await ask('cancel', both);
  assert.deepEqual([...sent].toSorted(), [first, second].toSorted());
  assert.ok(!sent.includes(behind));
});

test('a job that goes on after its pause gets its own hint, and one that a worker holds sends none', async () => {
  const [first, second] = [await start('one'), await start('one')];
  await ask('pause', first);
  assert.deepEqual(await ask('resume', first), [first]);
  assert.ok(await claimJob(api.deps.pool, { jobId: first, workerId: crypto.randomUUID() }));
  assert.deepEqual(await ask('cancel', first), []);
  assert.deepEqual(await ask('cancel', second), [], 'nobody is behind it');
});
