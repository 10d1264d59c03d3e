/** The limit of exports at once, where several processes answer. */
import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import type { Pool } from 'pg';
import { cancelJob } from '../../src/store/jobs/intentions.ts';
import { COLLECTIONS, LEAST, WHOLE_BINDING } from '../protocols/avepoint/fixture.ts';
import { createTestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';

const KICK_OFFS = 40;
const MOST = 5;

test('of forty kick-offs that two servers get at the same instant five start a job, wave after wave', async (t) => {
  const database = await createTestDatabase();
  t.after(() => database.drop());
  const settings = { databaseUrl: database.url, role: 'api' } as const;
  const first = await ServerProcess.start(settings);
  t.after(() => first.stop());
  for (const collection of COLLECTIONS) await first.client.applyCollection(collection.name, collection);
  const protocols = { avepoint: { ...WHOLE_BINDING, simultaneousExports: MOST } };
  await writeFile(join(first.dataDir, 'waybill.config.json'), JSON.stringify({ protocols }));
  await first.terminate();
  await first.startAgain();
  const second = await ServerProcess.start({ ...settings, dataDir: first.dataDir });
  t.after(() => second.stop());

  for (const freed of [MOST, 2, 1, MOST]) {
    const before = (await underWay(database.pool)).length;
    const statuses = await kickOff([first, second]);
    assert.deepEqual(
      [
        statuses.filter((status) => status === 200).length,
        statuses.filter((status) => status === 429).length,
      ],
      [MOST - before, KICK_OFFS - (MOST - before)],
    );
    const jobs = await underWay(database.pool);
    assert.equal(jobs.length, MOST);
    for (const id of jobs.slice(0, freed)) await cancelJob(database.pool, id);
  }
});

/** All twelve in turn, every other one at the other server. @returns the HTTP statuses */
function kickOff(servers: readonly ServerProcess[]): Promise<number[]> {
  const paths = Object.values(LEAST);
  return Promise.all(
    Array.from({ length: KICK_OFFS }, async (_, index) => {
      const { url, token } = (servers[index % servers.length] as ServerProcess).client.server;
      const headers = { authorization: `Bearer ${token}` };
      const answer = await fetch(new URL(`/insights/${paths[index % paths.length]}`, url), { headers });
      await answer.arrayBuffer();
      return answer.status;
    }),
  );
}

async function underWay(pool: Pool): Promise<string[]> {
  const found = await pool.query<{ id: string }>('select id from waybill.jobs where finished_at is null');
  return found.rows.map(({ id }) => id);
}
