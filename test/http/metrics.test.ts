/** What /metrics answers, held against what docs/operating.md promises. */
import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { connectClient, createPool } from '../../src/store/connect.ts';
import { registerWorker } from '../../src/store/workers.ts';
import { ROOT } from '../support/run-group.ts';
import { createPeople, startApi, type TestApi, upload } from './support/api.ts';

let api: TestApi;
before(async () => {
  api = await startApi();
  await createPeople(api);
});
after(() => api.close());

/** Values by name with labels, as they are written. */
async function scrape(of: TestApi = api): Promise<{ text: string; values: Map<string, number> }> {
  const text = (await of.call('GET', '/metrics')).body;
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return {
    text,
    values: new Map(
      lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.slice(line.lastIndexOf(' ')))]),
    ),
  };
}

test('names, types and labels are those of the documentation', async () => {
  await api.call('POST', '/v1/validations', {
    json: { collection: 'people', source: { records: [{ id: 1, name: 'Ann' }] } },
  });
  await api.database.pool.query(
    "update waybill.jobs set state = 'succeeded', finished_at = now() where number = 1",
  );
  const { text } = await scrape();
  const documented = readFileSync(join(ROOT, 'docs/operating.md'), 'utf8')
    .split('\n')
    .map((line) => /^\| `(waybill_\w+)` \| (\w+) \| (.*?) \|/.exec(line))
    .filter((match) => match !== null)
    .map(([, name, type, labels]) => `${name} ${type} ${labels?.replaceAll('`', '')}`);
  const answered = [...text.matchAll(/^# TYPE (\w+) (\w+)$/gm)].map(([, name = '', type]) => {
    const line = text.split('\n').find((one) => new RegExp(`^${name}(_bucket)?[ {]`).test(one)) ?? '';
    const labels = [...line.matchAll(/[{,](\w+)="/g)]
      .map(([, label]) => label)
      .filter((label) => label !== 'le');
    return `${name} ${type} ${labels.join(', ')}`;
  });
  assert.deepEqual(answered.toSorted(), documented.toSorted());
});

test('jobs, records, files and the queue are counted', async () => {
  const other = await startApi();
  await createPeople(other);
  const uploadId = await upload(other, 'id,name\n1,Ann\n');
  const json = { collection: 'people', source: { upload: uploadId } };
  await other.call('POST', '/v1/imports', { json });
  await other.call('POST', '/v1/validations', { json });
  await other.database.pool.query(`
    update waybill.jobs set state = 'failed', failure = '{}', finished_at = now() where number = 1;
    update waybill.parts set created = 3, rejected = 2;
    update waybill.jobs set created_at = now() - interval '1 minute' where number = 2`);
  const { values } = await scrape(other);
  assert.equal(values.get('waybill_jobs{kind="import",state="failed"}'), 1);
  assert.equal(values.get('waybill_jobs_ended_last_hour{kind="import",state="failed"}'), 1);
  assert.equal(values.get('waybill_jobs{kind="validation",state="queued"}'), 1);
  assert.equal(values.get('waybill_records{outcome="created"}'), 6);
  assert.equal(values.get('waybill_records{outcome="rejected"}'), 4);
  assert.equal(Math.round((values.get('waybill_queue_oldest_seconds') ?? 0) / 60), 1);
  assert.equal(values.get('waybill_uploads_bytes'), 'id,name\n1,Ann\n'.length);
  await other.close();
});

test('workers are counted while they live', async () => {
  const other = await startApi();
  const connection = await connectClient(other.database.url, { applicationName: 'test' });
  await registerWorker(connection, { id: randomUUID(), host: 'here', pid: 1 });
  await connection.query(
    "update waybill.workers set lease_expires_at = lease_expires_at - interval '4 seconds'",
  );
  const { values } = await scrape(other);
  assert.equal(values.get('waybill_workers_alive'), 1);
  assert.equal(Math.round(values.get('waybill_worker_lease_age_seconds') ?? 0), 4);
  await connection.end();
  await other.close();
});

test('requests are counted by the template of their route, never by what a client writes', async () => {
  const other = await startApi();
  await other.call('GET', '/v1/jobs/77');
  await other.call('GET', '/v1/jobs/78');
  await other.call('GET', '/nowhere/at/all');
  const { values } = await scrape(other);
  assert.equal(values.get('waybill_http_requests_total{method="GET",route="/v1/jobs/:id",status="4xx"}'), 2);
  assert.equal(values.get('waybill_http_requests_total{method="GET",route="none",status="4xx"}'), 1);
  const labels = 'method="GET",route="/v1/jobs/:id"';
  assert.equal(values.get(`waybill_http_request_duration_seconds_count{${labels}}`), 2);
  assert.equal(values.get(`waybill_http_request_duration_seconds_bucket{${labels},le="+Inf"}`), 2);
  await other.close();
});

test('the database is asked at most once a second', async () => {
  const seen: string[] = [];
  const other = await startApi((deps) => ({
    ...deps,
    pool: new Proxy(deps.pool, {
      get(pool, name) {
        if (name !== 'query') return Reflect.get(pool, name, pool);
        return (sql: string, values: unknown[]) => {
          seen.push(sql);
          return pool.query(sql, values);
        };
      },
    }),
  }));
  await Promise.all(Array.from({ length: 10 }, () => scrape(other)));
  assert.equal(seen.filter((sql) => sql.includes('per_state')).length, 1);
  await other.close();
});

test('while the database is away the process still tells about itself', async () => {
  // Nobody listens there.
  const pool = createPool('postgres://127.0.0.1:1/none', { applicationName: 'waybill/away' });
  const other = await startApi((deps) => ({ ...deps, pool }));
  const { values } = await scrape(other);
  assert.equal(values.get('waybill_database_up'), 0);
  assert.equal(values.get('waybill_ready'), 1);
  assert.equal(values.has('waybill_workers_alive'), false);
  assert.equal((await scrape()).values.get('waybill_database_up'), 1);
  await other.close();
  await pool.end();
});
