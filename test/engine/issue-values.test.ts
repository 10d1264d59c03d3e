/** Retention of the values in issues: after their time nothing that a job has found holds a word of a record any more. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, beforeEach, describe, test } from 'node:test';
import { parseCollection } from '../../src/collections/parse-collection.ts';
import type { Issue } from '../../src/core/issue.ts';
import type { Job } from '../../src/core/job.ts';
import { getArtifact } from '../../src/store/artifacts.ts';
import { getCollection } from '../../src/store/collections.ts';
import { listIssueGroups } from '../../src/store/issue-groups.ts';
import type { Target } from '../../src/targets/target.ts';
import { createJanitor, type JanitorOptions } from '../../src/worker/janitor.ts';
import { createEngine, type Engine } from './harness.ts';

const HOUR_MS = 3600 * 1000;
const NEVER_MS = 1000 * HOUR_MS;

let engine: Engine;
before(async () => {
  engine = await createEngine({
    settings: {
      keepMs: { results: NEVER_MS, uploads: NEVER_MS, failedRows: NEVER_MS, issueFiles: NEVER_MS },
      maxChunkRecords: 3,
    },
  });
  await engine.database.pool.query(`
    create table things (id bigint primary key, name text unique, size text);
    create function refuse() returns trigger language plpgsql as $$
      begin if new.size = 'secret-refused' then raise exception 'no % here', new.size using errcode = '23514'; end if; return new; end $$;
    create trigger refuse before insert on things for each row execute function refuse()`);
  const field = { type: 'string' };
  await engine.apply({
    name: 'things',
    key: ['id'],
    target: { table: 'things' },
    schema: { type: 'object', properties: { id: { type: 'integer' }, name: field, size: field } },
  });
});
after(() => engine.close());

/** Values that the judge, the unique index and a trigger refuse, in several chunks. */
const FILE = [
  'id,name,size',
  '1,one,s',
  'secret-id,two,s',
  '3,three,s',
  '4,secret-taken,s',
  '5,five,secret-refused',
  '6,six,s,secret-ragged',
  '7,secret"quote,"secret"stray',
  '',
].join('\n');

async function importFile(): Promise<Job> {
  await engine.database.pool.query(
    "delete from things; insert into things values (100, 'secret-taken', 's')",
  );
  const { job } = await engine.import({
    collection: 'things',
    source: { upload: await engine.upload(FILE) },
    mode: 'insert',
  });
  assert.equal(job.state, 'succeeded');
  return job;
}

async function clean(changes: Partial<JanitorOptions> = {}): Promise<Readonly<Record<string, unknown>>> {
  const { pool, files, targetOf } = engine.worker;
  const janitor = createJanitor({
    pool,
    files,
    targetOf,
    settings: { jobsMs: NEVER_MS, ledgerMs: NEVER_MS, issueValuesMs: HOUR_MS },
    onError: (error) => assert.fail(error as Error),
    ...changes,
  });
  return janitor.runOnce();
}

async function pass(hours: number): Promise<void> {
  const by = `interval '${hours} hours'`;
  await engine.database.pool.query(`update waybill.jobs set created_at = created_at - ${by}, started_at = started_at - ${by},
    finished_at = finished_at - ${by}, values_dropped_at = values_dropped_at - ${by}`);
}

/** Where a secret can be read, of all that a job has found. */
async function leaks(job: Job): Promise<string[]> {
  const { pool } = engine.database;
  const folder = engine.worker.files.path(`artifacts/${job.id}`);
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => [name, await readFile(join(folder, name), 'utf8')] as const),
  );
  const found = await pool.query<{ found: string }>(
    "select coalesce(string_agg(found::text, ' '), '') as found from waybill_ledger.ledger where job_id = $1",
    [job.id],
  );
  const places = [
    ...files,
    ['groups', JSON.stringify(await listIssueGroups(pool, job.id))],
    ['issues', JSON.stringify(await issuesOf(job))],
    ['found', found.rows[0]?.found ?? ''],
  ] as const;
  return places.filter(([, text]) => text.includes('secret')).map(([name]) => name);
}

async function issuesOf(job: Job): Promise<Issue[]> {
  const { definition } = await getCollection(engine.database.pool, 'things');
  const target = engine.worker.targetOf(parseCollection(definition));
  const issues: Issue[] = [];
  for await (const segment of target.issueSegments({ jobId: job.id, part: 0 }))
    issues.push(...segment.issues);
  return issues;
}

describe('values of records in issues', () => {
  beforeEach(() => engine.database.pool.query('delete from waybill.jobs'));

  test('can be read nowhere after their time; codes, fields and positions stay', async () => {
    const job = await importFile();
    const places = (issues: readonly Issue[]) =>
      issues.map(({ record, line, byteOffset, field, code }) => ({ record, line, byteOffset, field, code }));
    const issues = await issuesOf(job);
    const groups = await listIssueGroups(engine.database.pool, job.id);
    assert.ok(
      issues.some(
        ({ code, params }) => code === 'database.refused' && /secret/.test(String(params['reason'])),
      ),
    );
    assert.equal((await leaks(job)).length, 8);
    await pass(0.9);
    assert.equal((await clean())['issueValues'], 0);
    assert.equal((await leaks(job)).length, 8);
    await pass(0.2);
    assert.equal((await clean())['issueValues'], 1);
    assert.deepEqual(await leaks(job), []);
    assert.deepEqual(places(await issuesOf(job)), places(issues));
    assert.deepEqual(
      (await listIssueGroups(engine.database.pool, job.id)).map(({ code, field, count }) => [
        code,
        field,
        count,
      ]),
      groups.map(({ code, field, count }) => [code, field, count]),
    );
    for (const name of ['issues.csv', 'failed.csv', 'unreadable.bin'])
      await assert.rejects(getArtifact(engine.database.pool, job.id, name), { code: 'storage.expired' });
    assert.equal((await clean())['issueValues'], 0);
  });

  test('are gone after one round, whatever another janitor does at the same time', async () => {
    const jobs = [await importFile(), await importFile()];
    await pass(2);
    await Promise.all([clean(), clean(), clean()]);
    for (const job of jobs) assert.deepEqual(await leaks(job), []);
  });

  test('are gone in the end, wherever a janitor dies', async () => {
    const job = await importFile();
    await pass(2);
    const { targetOf, files } = engine.worker;
    const errors: unknown[] = [];
    const dies = () => Promise.reject(Object.assign(new Error('away'), { code: 'ECONNREFUSED' }));
    const deaths: Partial<JanitorOptions>[] = [
      { files: { ...files, remove: dies } },
      { targetOf: (collection): Target => ({ ...targetOf(collection), forgetValues: dies }) },
    ];
    for (const death of deaths) {
      const onError = (error: unknown) => errors.push(error);
      assert.equal((await clean({ ...death, onError }))['issueValues'], 0);
      // The file may still lie there, but nobody gets it.
      await assert.rejects(getArtifact(engine.database.pool, job.id, 'failed.csv'), {
        code: 'storage.expired',
      });
    }
    assert.equal(errors.length, 2);
    assert.equal((await clean())['issueValues'], 1);
    assert.deepEqual(
      (await leaks(job)).filter((place) => !/\./.test(place)),
      [],
    );
  });

  test('of a job that was retried are kept from its new end on', async () => {
    const upload = await engine.upload('id,name\nsecret,x\n');
    const { job } = await engine.import({ collection: 'things', source: { upload } });
    assert.equal(job.state, 'failed');
    await pass(2);
    assert.equal((await clean())['issueValues'], 1);
    await engine.retry(job);
    assert.equal((await clean())['issueValues'], 0);
    assert.ok(await getArtifact(engine.database.pool, job.id, 'failed.csv'));
    await pass(2);
    assert.equal((await clean())['issueValues'], 1);
    assert.deepEqual(await leaks(job), []);
  });

  test('are forgotten behind any number of jobs whose target is away', async () => {
    const schema = { type: 'object', properties: { id: { type: 'integer' } } };
    await engine.apply({ name: 'away', key: ['id'], target: { table: 'things' }, schema });
    await engine.database.pool.query(`
      with old as (
        insert into waybill.jobs (kind, state, options, started_at, finished_at)
        select 'import', 'succeeded', '{}', now(), now() - interval '1 day' from generate_series(1, 150) returning id)
      insert into waybill.parts (job_id, part, collection, collection_version) select id, 0, 'away', 1 from old`);
    const job = await importFile();
    await pass(2);
    const errors: unknown[] = [];
    const targetOf: JanitorOptions['targetOf'] = (collection) => {
      if (collection.name === 'away') throw Object.assign(new Error('away'), { code: 'ECONNREFUSED' });
      return engine.worker.targetOf(collection);
    };
    const done = await clean({ targetOf, onError: (error) => errors.push(error) });
    assert.deepEqual([done['issueValues'], errors.length], [1, 150]);
    assert.deepEqual(await leaks(job), []);
  });
});
