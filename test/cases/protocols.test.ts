/** Cases on jobs and wire protocols. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { after } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { openTestSandbox, type TestSandbox } from '../sandbox/with-sandbox.ts';
import { describeCase } from './case.ts';
import type { CasePlace } from './place.ts';

describeCase('36-job-api', [
  { run: 'collections apply big.json' },
  {
    title: 'a job is there as soon as its kick-off is answered',
    async check({ client }) {
      for (let round = 0; round < 20; round += 1) {
        const source = { records: [{ id: round, t: 'x' }] };
        const { id } = await client.startJob('import', { collection: 'c36-big', source });
        assert.equal((await client.getJob(id)).id, id);
      }
    },
  },
  {
    title: 'six kick-offs at once with one key are one job',
    async check({ client }) {
      const source = { records: [{ id: 1, t: 'y' }] };
      const request = { collection: 'c36-big', source };
      const started = await Promise.all(
        Array.from({ length: 6 }, () => client.startJob('import', request, 'six-at-once')),
      );
      assert.equal(new Set(started.map(({ id }) => id)).size, 1);
    },
  },
  {
    title: 'a cancel at any moment leaves the rows that the counts say',
    check: raceCancels,
  },
]);

async function raceCancels({ client, pool }: CasePlace): Promise<void> {
  const records = 400_000;
  const csv = Buffer.from(`id,t\n${Array.from({ length: records }, (_, at) => `${at},x\n`).join('')}`);
  const upload = await client.upload(Readable.from([csv]), 'big.csv');
  // Those of the rows above write into the same table.
  for (const { id } of (await client.listJobs({ limit: 100 })).jobs) await client.waitForJob(id);
  for (const delayMs of [0, 50, 400, 1200]) {
    await pool.query('truncate waybill_data."c36-big"');
    const { id } = await client.startJob('import', {
      collection: 'c36-big',
      mode: 'insert',
      source: { upload: upload.id },
    });
    // Not a wait for something: the moment at which the cancel comes is what is tried.
    await pause(delayMs);
    await client.intend(id, 'cancel').catch(() => {});
    const { state, outcomes } = await client.waitForJob(id);
    assert.ok(state === 'cancelled' || state === 'succeeded', state);
    const { rows } = await pool.query<{ count: string }>('select count(*) from waybill_data."c36-big"');
    assert.equal(Number(rows[0]?.count), outcomes.created, `cancelled after ${delayMs} ms`);
  }
}

let sandbox: Promise<TestSandbox> | undefined;
after(async () => (await sandbox)?.close());

describeCase('40-sailpoint', [
  {
    title:
      'bodies.txt: a name that is no type is refused with its reason, a type that is not configured is not',
    async check({ folder }) {
      sandbox ??= openTestSandbox();
      const place = await sandbox;
      const statuses = [];
      for (const body of await linesOf(folder, 'bodies.txt')) {
        const answer = await place.call(`${place.base('sailpoint')}/export`, {
          method: 'POST',
          json: JSON.parse(body),
        });
        statuses.push([body, answer.status, answer.json.causes?.[0]?.text.slice(0, 35)]);
      }
      assert.deepEqual(statuses, [
        ['{"includeTypes":["WORKFLOWS"]}', 400, 'There is no object type WORKFLOWS ('],
        ['{"includeTypes":["SOURCE","WORKFLOW"]}', 202, undefined],
        ['{"includeTypes":[]}', 202, undefined],
        ['{}', 202, undefined],
        ['null', 400, 'The body must be a JSON object.'],
        ['[]', 400, 'The body must be a JSON object.'],
        ['{"includeTypes":"SOURCE"}', 400, 'includeTypes must be a list of stri'],
      ]);
    },
  },
]);

describeCase('41-emarsys', [
  {
    title: 'x-wsse.txt: a signed request is refused as not signed in, and the documents say so',
    async check({ folder }) {
      sandbox ??= openTestSandbox();
      const place = await sandbox;
      const [wsse = ''] = await linesOf(folder, 'x-wsse.txt');
      const headers = { authorization: '', 'x-wsse': wsse };
      const url = `${place.base('emarsys')}/contact/getchanges`;
      const { status, json } = await place.call(url, { method: 'POST', json: {}, headers });
      assert.deepEqual([status, json.replyText], [401, 'Credentials are invalid']);
      const page = await readFile(new URL('../../docs/protocols/emarsys.md', import.meta.url), 'utf8');
      assert.match(page, /`X-WSSE`.* not taken yet/s);
    },
  },
]);

async function linesOf(folder: string, file: string): Promise<string[]> {
  return (await readFile(join(folder, file), 'utf8')).trim().split('\n');
}
