/** An export of several parts: each takes from its collection what it says itself, or else what the job's options say. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { TOKEN_HOLDER } from '../../src/actions/caller.ts';
import { startJob } from '../../src/actions/start-job/start-job.ts';
import type { Job } from '../../src/core/job.ts';
import { renderJob } from '../../src/http/render-job.ts';
import { createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
  await define('cats', 'id bigint primary key, name text', ['name']);
  await define('dogs', 'id bigint primary key, name text, breed text', ['name', 'breed']);
  await engine.database.pool.query("insert into cats values (1, 'Tom'), (2, 'Kim')");
  await engine.database.pool.query("insert into dogs values (1, 'Rex', 'Boxer'), (2, 'Kim', 'Pug')");
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

async function define(name: string, columns: string, texts: readonly string[]): Promise<void> {
  await engine.database.pool.query(`create table ${name} (${columns})`);
  const fields = texts.map((field) => [field, { type: 'string' }]);
  const properties = { id: { type: 'integer' }, ...Object.fromEntries(fields) };
  await engine.apply({ name, key: ['id'], target: { table: name }, schema: { type: 'object', properties } });
}

async function contentOf(job: Job, name: string): Promise<string> {
  return (await engine.artifact(job, name)).toString();
}

test("a file name of one's own stands before the name of each collection", async () => {
  const { job } = await startJob(TOKEN_HOLDER, engine.actions, {
    request: {
      kind: 'export',
      options: { format: 'csv', compression: 'none', fileName: 'Pets' },
      parts: ['cats', 'dogs'].map((collection) => ({ collection, scope: {} })),
    },
  });
  assert.equal((await engine.attempt(job)).state, 'succeeded');
  const names = (await engine.artifacts(job)).map(({ name }) => name).filter((name) => name.endsWith('.csv'));
  assert.deepEqual(names.toSorted(), ['part-1-Pets-cats.csv', 'part-2-Pets-dogs.csv']);
});

test('a part has its own fields and filter in place of those of the job, and shows them', async () => {
  const dogs = {
    fields: ['name', 'breed'],
    filter: { field: 'breed', op: 'eq' as const, value: 'Boxer' },
  };
  const { job } = await startJob(TOKEN_HOLDER, engine.actions, {
    request: {
      kind: 'export',
      options: {
        format: 'csv',
        compression: 'none',
        fields: ['id'],
        filter: { field: 'name', op: 'eq', value: 'Kim' },
      },
      parts: [
        { collection: 'cats', scope: {} },
        { collection: 'dogs', scope: {}, ...dogs },
      ],
    },
  });
  assert.equal((await engine.attempt(job)).state, 'succeeded');
  assert.equal(await contentOf(job, 'part-1-cats.csv'), '"id"\r\n"2"\r\n');
  assert.equal(await contentOf(job, 'part-2-dogs.csv'), 'name,breed\r\nRex,Boxer\r\n');
  const [first, second] = renderJob(job)['parts'] as { fields?: unknown; filter?: unknown }[];
  assert.deepEqual([first?.fields, first?.filter], [undefined, undefined]);
  assert.deepEqual([second?.fields, second?.filter], [dogs.fields, dogs.filter]);
});
