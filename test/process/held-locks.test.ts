/** What others hold in the target: the job says what it waits for, and is stopped within two seconds whatever statement it is at. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, type TestContext, test } from 'node:test';
import type { WireJob } from '../../src/sdk/wire.ts';
import { connectClient } from '../../src/store/connect.ts';
import { PEOPLE_SCHEMA, writePeople } from '../support/generate.ts';
import { patienceOf } from '../support/patience.ts';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { ServerProcess } from '../support/server.ts';
import { waitUntil } from '../support/wait-until.ts';
import { createPeopleTable, END_LIMIT_MS, uploadFile, waitForState } from './import-case.ts';

const RECORDS = 3000;
/** The promise is 2 s; the rest is for a busy machine. */
const INTENTION_LIMIT_MS = 4000;

let folder: string;
let database: TestDatabase;
let server: ServerProcess;
let upload: string;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-held-locks-'));
  database = await createTestDatabase();
  server = await ServerProcess.start({ databaseUrl: database.url, workers: 1 });
  const file = join(folder, 'people.csv');
  await writePeople(file, { records: RECORDS });
  upload = await uploadFile(server.client, file);
});
after(async () => {
  await server.stop();
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

interface Case {
  readonly title: string;
  readonly kind?: 'import' | 'validation' | 'export';
  readonly options?: object;
  /** More about the table, `schema.people`. */
  readonly table?: (schema: string) => string;
  /** What somebody else does in a transaction that stays open. */
  readonly hold: (schema: string) => string;
  readonly waitsFor: RegExp;
  /** What the worker says that it does. */
  readonly operation: string;
  /** Also tried with a server that is told to stop, which takes a start each. */
  readonly stopsServer?: boolean;
}

/** The lock is taken by the first statement that touches the table, so the catalogue is read before it is held. */
const ON_ROWS = (schema: string) => `select from ${schema}.people for update`;
/** Of the id itself, when nobody holds the lock. */
const WAITING_FUNCTION = (schema: string) => `
  create function ${schema}.waits(bigint) returns bigint language plpgsql immutable as
    'begin perform pg_advisory_xact_lock_shared(hashtext(''${schema}'')); return $1; end'`;
const UPSERT = { mode: 'upsert', lockTimeoutMs: 60_000 };

const CASES: readonly Case[] = [
  {
    title: 'the catalogue',
    options: UPSERT,
    hold: (schema) => `lock table ${schema}.people in access exclusive mode`,
    waitsFor: /^a lock on \w+\.people, held by session \d+ \(waybill-test\)$/,
    operation: 'preparing',
    stopsServer: true,
  },
  {
    title: 'a merge, for rows',
    options: UPSERT,
    hold: ON_ROWS,
    waitsFor: /^a lock on a row of \w+\.people/,
    operation: 'writing',
    stopsServer: true,
  },
  {
    title: 'a merge, for the table',
    options: UPSERT,
    hold: (schema) => `lock table ${schema}.people in share mode`,
    waitsFor: /^a lock on \w+\.people/,
    operation: 'writing',
  },
  {
    title: 'a trigger, for an advisory lock',
    options: UPSERT,
    table: (schema) => `
      create function ${schema}.wait() returns trigger language plpgsql as
        'begin perform pg_advisory_xact_lock(hashtext(tg_table_schema)); return new; end';
      create trigger wait before insert or update on ${schema}.people for each row execute function ${schema}.wait()`,
    hold: (schema) => `select pg_advisory_xact_lock(hashtext('${schema}'))`,
    waitsFor: /^an advisory lock/,
    operation: 'writing',
    stopsServer: true,
  },
  {
    title: 'the deletion of replace',
    options: { ...UPSERT, mode: 'replace' },
    hold: (schema) => `select from ${schema}.people where id > ${RECORDS} for update`,
    waitsFor: /^a lock on a row of \w+\.people/,
    operation: 'committing',
    stopsServer: true,
  },
  {
    title: 'a probe of unique values, for an advisory lock',
    options: UPSERT,
    table: (schema) => `${WAITING_FUNCTION(schema)};
      create unique index people_waiting on ${schema}.people (${schema}.waits(id))`,
    hold: (schema) => `select pg_advisory_xact_lock(hashtext('${schema}'))`,
    waitsFor: /^an advisory lock/,
    operation: 'checking',
    stopsServer: true,
  },
  {
    title: 'the judging of a validation, for an advisory lock',
    kind: 'validation',
    table: (schema) => `${WAITING_FUNCTION(schema)};
      alter table ${schema}.people add constraint waiting check (${schema}.waits(id) is not null)`,
    hold: (schema) => `select pg_advisory_xact_lock(hashtext('${schema}'))`,
    waitsFor: /^an advisory lock/,
    operation: 'writing',
    stopsServer: true,
  },
  {
    title: 'a snapshot',
    kind: 'export',
    hold: (schema) => `lock table ${schema}.people in access exclusive mode`,
    waitsFor: /^a lock on \w+\.people/,
    operation: 'preparing',
    stopsServer: true,
  },
];

async function prepare(schema: string, { table }: Case): Promise<void> {
  await createPeopleTable(database.pool, schema, { options: { mode: 'upsert' }, records: RECORDS });
  if (table !== undefined) await database.pool.query(table(schema));
  await server.client.applyCollection(schema, {
    name: schema,
    key: ['id'],
    schema: PEOPLE_SCHEMA,
    target: { table: `${schema}.people` },
  });
}

/** Starts the job while another session holds what it needs; resolves when the job says that it waits for that. */
async function startHeld(
  context: TestContext,
  schema: string,
  given: Case,
): Promise<{ job: WireJob; release: () => Promise<void> }> {
  const { kind = 'import', options } = given;
  const holder = await connectClient(database.url, { applicationName: 'waybill-test' });
  context.after(() => holder.end());
  await holder.query(`begin; ${given.hold(schema)}`);
  const job = await server.client.startJob(kind, {
    collection: schema,
    ...(kind !== 'export' && { source: { upload } }),
    ...options,
  });
  let seen: WireJob = job;
  await waitUntil(
    `job ${job.number} says what it waits for`,
    async () => {
      seen = await server.client.getJob(job.id);
      assert.notEqual(seen.state, 'failed', JSON.stringify(seen.failure));
      return seen.state === 'running' && seen.progress.waitsFor !== undefined;
    },
    END_LIMIT_MS,
  );
  assert.match(seen.progress.waitsFor ?? '', given.waitsFor);
  assert.equal(seen.progress.currentOperation, given.operation);
  return {
    job,
    release: async () => {
      await holder.query('rollback');
    },
  };
}

for (const [at, given] of CASES.entries()) {
  test(`cancel: ${given.title}`, async (context) => {
    const schema = `cancel_${at}`;
    await prepare(schema, given);
    const { job, release } = await startHeld(context, schema, given);
    const askedAt = performance.now();
    await server.client.intend(job.id, 'cancel');
    await waitForState(database.pool, job.id, ['cancelled'], INTENTION_LIMIT_MS);
    context.diagnostic(`cancelled after ${Math.round(performance.now() - askedAt)} ms`);
    const ended = await server.client.getJob(job.id);
    assert.equal(ended.progress.waitsFor, undefined);
    await release();
  });

  test(`pause, then on: ${given.title}`, async (context) => {
    const schema = `pause_${at}`;
    await prepare(schema, given);
    const { job, release } = await startHeld(context, schema, given);
    const askedAt = performance.now();
    await server.client.intend(job.id, 'pause');
    await waitForState(database.pool, job.id, ['paused'], INTENTION_LIMIT_MS);
    context.diagnostic(`paused after ${Math.round(performance.now() - askedAt)} ms`);
    await release();
    await server.client.intend(job.id, 'resume');
    await waitForState(database.pool, job.id, ['succeeded']);
    const ended = await server.client.getJob(job.id);
    assert.equal(ended.progress.processed, ended.progress.total);
  });

  if (given.stopsServer !== true) continue;
  test(`SIGTERM: ${given.title}`, async (context) => {
    const schema = `stop_${at}`;
    await prepare(schema, given);
    const { job, release } = await startHeld(context, schema, given);
    const askedAt = performance.now();
    const stopping = server.terminate();
    await waitForState(database.pool, job.id, ['queued'], INTENTION_LIMIT_MS);
    context.diagnostic(`given back after ${Math.round(performance.now() - askedAt)} ms`);
    assert.equal(await stopping, 0);
    const queued = await database.pool.query('select state, reason from waybill.jobs where id = $1', [
      job.id,
    ]);
    assert.deepEqual(queued.rows, [{ state: 'queued', reason: 'shutdown' }]);
    await release();
    await server.startAgain();
    await waitForState(database.pool, job.id, ['succeeded']);
  });
}

test('a job that does not get its lock in time is queued, says so, and goes on when it is free', async (context) => {
  const [given] = CASES;
  assert.ok(given);
  await prepare('in_vain', given);
  const { job, release } = await startHeld(context, 'in_vain', { ...given, options: { mode: 'upsert' } });
  await waitForState(database.pool, job.id, ['queued']);
  const waiting = await server.client.getJob(job.id);
  assert.equal(waiting.reason, 'lock_timeout');
  assert.match(waiting.progress.waitsFor ?? '', given.waitsFor);
  await release();
  await waitForState(database.pool, job.id, ['succeeded']);
  assert.equal((await server.client.getJob(job.id)).progress.waitsFor, undefined);
});

test('a request for a table that others hold is answered, and a server that stops does not wait for it', async (context) => {
  const [given] = CASES;
  assert.ok(given);
  await prepare('asked', given);
  const holder = await connectClient(database.url, { applicationName: 'waybill-test' });
  context.after(() => holder.end());
  await holder.query('begin; lock table asked.people in access exclusive mode');
  await assert.rejects(server.client.getCollection('asked', { count: true }), {
    code: 'target.busy',
    message: /asked.*2 seconds/s,
    isRetryable: true,
  });
  const asking = server.client.getCollection('asked', { count: true }).catch(() => undefined);
  const askedAt = performance.now();
  assert.equal(await server.terminate(), 0);
  const tookMs = performance.now() - askedAt;
  // The end of the processes is in it.
  assert.ok(tookMs < patienceOf(2 * INTENTION_LIMIT_MS), `it took ${Math.round(tookMs)} ms`);
  await asking;
  await holder.query('rollback');
  await server.startAgain();
});
