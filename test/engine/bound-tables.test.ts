/** Tables as they are in real life, through whole jobs: policies, scopes, partial keys, triggers. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { connectClient } from '../../src/store/connect.ts';
import { countsOf, createEngine, type Definition, type Engine, type Finished, rowsOf } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const SCHEMA = {
  type: 'object',
  properties: { id: { type: 'integer' }, name: { type: ['string', 'null'] } },
};

/** Validates and imports; both must say the same. */
async function both(
  definition: Definition,
  file: string,
  options: {
    mode?: 'insert' | 'update' | 'upsert' | 'delete' | 'replace';
    scope?: Record<string, string>;
    duplicates?: 'first' | 'last';
  } = {},
): Promise<Finished> {
  await engine.apply(definition);
  const request = { collection: definition.name, source: { upload: await engine.upload(file) }, ...options };
  const validation = await engine.validate(request, { maxChunkRecords: 2 });
  const imported = await engine.import(request, { maxChunkRecords: 3 });
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
  return imported;
}

function verdicts({ issues }: Finished): unknown[] {
  return issues.map(({ record, code, field }) => [record, code, field]);
}

async function exported(collection: string, scope?: Record<string, string>): Promise<string> {
  const { job } = await engine.export({ collection, format: 'csv', ...(scope && { scope }) });
  assert.equal(job.state, 'succeeded', job.failure?.message);
  return (await engine.artifact(job, `${collection}.csv`)).toString().replaceAll('\r\n', '\n');
}

test('a row-level-security policy holds for import, validation and export', async () => {
  const role = `engine_tenant_${engine.database.name.slice(-12)}`;
  const admin = await connectClient(engine.database.adminUrl, { applicationName: 'waybill-test' });
  await admin.query(`create role ${role}; grant ${role} to waybill_test`);
  try {
    await engine.database.pool.query(`
      create table guarded (tenant text not null default current_setting('app.tenant'), id bigint, name text, primary key (id));
      insert into guarded values ('acme', 1, 'one'), ('other', 2, 'two');
      alter table guarded enable row level security;
      create policy own on guarded using (tenant = current_setting('app.tenant')) with check (name <> 'forbidden');
      grant select, insert, update, delete on guarded to ${role}`);
    const definition = {
      name: 'guarded',
      key: ['id'],
      target: { table: 'guarded' },
      schema: SCHEMA,
      session: { role, settings: { 'app.tenant': 'acme' } },
    };
    const result = await both(definition, 'id,name\n1,eins\n3,three\n');
    assert.deepEqual(countsOf(result.job), { created: 1, updated: 1 });
    assert.equal(await exported('guarded'), 'id,name\n1,eins\n3,three\n');

    // What only the database can say while writing: the row that the policy hides, and the one that it forbids.
    const upload = await engine.upload('id,name\n2,taken\n4,forbidden\n5,five\n');
    const imported = await engine.import({ collection: 'guarded', source: { upload } });
    assert.deepEqual(countsOf(imported.job), { created: 1, rejected: 2 });
    assert.deepEqual(
      verdicts(imported).map((verdict) => (verdict as unknown[])[0]),
      [1, 2],
    );
    const rows = await admin.query('select tenant, id::int, name from guarded order by id');
    assert.deepEqual(rows.rows, [
      { tenant: 'acme', id: 1, name: 'eins' },
      { tenant: 'other', id: 2, name: 'two' },
      { tenant: 'acme', id: 3, name: 'three' },
      { tenant: 'acme', id: 5, name: 'five' },
    ]);
  } finally {
    await admin.query(`drop owned by ${role}; drop role ${role}`);
    await admin.end();
  }
});

test('a scope is forced on every write, and nothing outside of it is matched, deleted or exported', async () => {
  await engine.database.pool.query(`
    create table scoped (account_id int, id bigint, name text, primary key (account_id, id));
    insert into scoped values (7, 1, 'one'), (7, 2, 'two'), (8, 1, 'theirs')`);
  const definition = {
    name: 'scoped',
    key: ['id'],
    scope: ['account_id'],
    target: { table: 'scoped' },
    schema: SCHEMA,
  };
  const scope = { account_id: '7' };
  await engine.apply(definition);
  const upload = await engine.upload('id\n1\n');
  await assert.rejects(engine.import({ collection: 'scoped', source: { upload } }), {
    code: 'request.invalid',
    message: /needs a scope with account_id/,
  });
  for (const kind of ['import', 'validate'] as const) {
    const asked = { collection: 'scoped', source: { upload }, scope: { account_id: 'seven' } };
    const { job } = await engine[kind](asked);
    assert.equal(job.failure?.code, 'request.invalid');
    assert.match(job.failure.message, /scope's value for account_id does not fit .* integer/);
  }
  // A column of the file that has the scope's name changes nothing.
  const replaced = await both(definition, 'account_id,id,name\n8,1,eins\n8,3,drei\n', {
    mode: 'replace',
    scope,
  });
  assert.deepEqual(countsOf(replaced.job), { created: 1, updated: 1, removed: 1 });
  assert.equal(await exported('scoped', scope), 'id,name\n1,eins\n3,drei\n');
  const deleted = await both(definition, 'id\n1\n9\n', { mode: 'delete', scope });
  assert.deepEqual(verdicts(deleted), [[2, 'key.not_found', 'id']]);
  assert.deepEqual(await rowsOf(engine, 'scoped'), [
    { account_id: 8, id: 1, name: 'theirs' },
    { account_id: 7, id: 3, name: 'drei' },
  ]);
});

test('a key over an expression finds what the database takes for the same key twice in a file', async () => {
  const file = 'email,name\nann@x,1\nbob@x,2\nANN@x,3\nBob@x,4\nAnn@x,5\n';
  const definition = {
    name: 'lowered',
    key: ['email'],
    keyIndex: 'lowered_key',
    target: { table: 'lowered' },
    schema: { type: 'object', properties: { email: { type: 'string' }, name: { type: 'string' } } },
  };
  await engine.database.pool.query(
    'create table lowered (email text, name text unique); create unique index lowered_key on lowered (lower(email))',
  );
  const stored = async () => {
    const rows = await engine.database.pool.query('delete from lowered returning email, name');
    return rows.rows.map(({ email, name }) => `${email} ${name}`).sort();
  };
  for (const mode of ['insert', 'upsert', 'replace'] as const) {
    const first = await both(definition, file, { mode, duplicates: 'first' });
    assert.deepEqual(countsOf(first.job), { created: 2, skipped: 3 }, mode);
    assert.deepEqual(await stored(), ['ann@x 1', 'bob@x 2']);
    const last = await both(definition, file, { mode, duplicates: 'last' });
    assert.deepEqual(countsOf(last.job), { created: 2, skipped: 3 }, mode);
    assert.deepEqual(await stored(), ['Ann@x 5', 'Bob@x 4']);
  }
  const refused = await both(definition, file);
  assert.deepEqual(
    refused.issues.map(({ record, code, params }) => [record, code, params?.['other']]),
    [
      [3, 'key.duplicate', 1],
      [4, 'key.duplicate', 2],
      [5, 'key.duplicate', 1],
    ],
  );
  assert.deepEqual(await stored(), ['ann@x 1', 'bob@x 2']);
});

test('a partial unique index is a key: what lies outside of it is neither matched nor in the way', async () => {
  await engine.database.pool.query(`
    create table partial (id bigint, name text, gone boolean not null default false);
    create unique index partial_live on partial (id) where not gone;
    insert into partial values (1, 'deleted long ago', true), (1, 'one', false), (2, 'also deleted', true)`);
  const definition = {
    name: 'partial',
    key: ['id'],
    keyIndex: 'partial_live',
    target: { table: 'partial' },
    schema: SCHEMA,
  };
  const result = await both(definition, 'id,name\n1,eins\n2,zwei\n1,again\n');
  assert.deepEqual(countsOf(result.job), { created: 1, updated: 1, rejected: 1 });
  assert.deepEqual(verdicts(result), [[3, 'key.duplicate', undefined]]);
  assert.deepEqual(await rowsOf(engine, 'partial'), [
    { id: 1, name: 'eins', gone: false },
    { id: 1, name: 'deleted long ago', gone: true },
    { id: 2, name: 'zwei', gone: false },
    { id: 2, name: 'also deleted', gone: true },
  ]);
  assert.equal(await exported('partial'), 'id,name\n1,eins\n2,zwei\n');
});

test('rules that a trigger may satisfy are left to the database, with codes of their own', async () => {
  await engine.database.pool.query(`
    create table mended (id bigint primary key, name text check (name <> 'bad'));
    create function mend() returns trigger language plpgsql as $$ begin return new; end $$;
    create trigger mended_before before insert or update on mended for each row execute function mend()`);
  await engine.apply({ name: 'mended', key: ['id'], target: { table: 'mended' }, schema: SCHEMA });
  const upload = await engine.upload('id,name\n1,bad\n2,good\n');
  const result = await engine.import({ collection: 'mended', source: { upload } });
  assert.deepEqual(countsOf(result.job), { created: 1, rejected: 1 });
  assert.deepEqual(verdicts(result), [[1, 'database.refused', undefined]]);
});

test('an update trigger fires for rows that change, once, and not for rows that stay as they are', async () => {
  await engine.database.pool.query(`
    create table watched (id bigint primary key, name text, changed_times int not null default 0);
    insert into watched values (1, 'one', 0), (2, 'two', 0);
    create function count_change() returns trigger language plpgsql as
      $$ begin
        if new.name = 'never' then raise exception 'never, said the trigger'; end if;
        new.changed_times := old.changed_times + 1; return new;
      end $$;
    create trigger watched_change before update on watched for each row execute function count_change()`);
  const definition = { name: 'watched', key: ['id'], target: { table: 'watched' }, schema: SCHEMA };
  const result = await both(definition, 'id,name\n1,eins\n2,two\n3,three\n');
  assert.deepEqual(countsOf(result.job), { created: 1, updated: 1, unchanged: 1 });
  const expected = [
    { id: 1, name: 'eins', changed_times: 1 },
    { id: 2, name: 'two', changed_times: 0 },
    { id: 3, name: 'three', changed_times: 0 },
  ];
  assert.deepEqual(await rowsOf(engine, 'watched'), expected);
  // A refusal in the user's own trigger is the record's, with the trigger's words.
  const upload = await engine.upload('id,name\n1,never\n3,drei\n');
  const refused = await engine.import({ collection: 'watched', source: { upload } });
  assert.deepEqual(countsOf(refused.job), { updated: 1, rejected: 1 });
  assert.equal(refused.issues[0]?.code, 'database.refused');
  assert.equal(refused.issues[0]?.params['reason'], 'never, said the trigger');
});

test('a job that stages and is refused can be retried from its beginning', async () => {
  await engine.database.pool.query(`
    create table staged (id bigint primary key, name text);
    insert into staged values (1, 'one'), (2, 'two'), (3, 'three')`);
  await engine.apply({ name: 'staged', key: ['id'], target: { table: 'staged' }, schema: SCHEMA });
  const upload = await engine.upload('id,name\n1,eins\n4,vier\n');
  const { job } = await engine.import({
    collection: 'staged',
    source: { upload },
    mode: 'replace',
    maxDeletes: 1,
  });
  assert.deepEqual([job.failure?.code, countsOf(job)], ['job.replace_refused', { skipped: 2 }]);
  await engine.database.pool.query(`delete from staged where id = 3`);
  const again = await engine.retry(job);
  assert.deepEqual([again.state, countsOf(again)], ['succeeded', { created: 1, updated: 1, removed: 1 }]);
  assert.deepEqual(await rowsOf(engine, 'staged'), [
    { id: 1, name: 'eins' },
    { id: 4, name: 'vier' },
  ]);
  const left = await engine.database.pool.query(`select from pg_class where relname like 'stage\\_%'`);
  assert.equal(left.rowCount, 0, 'staging tables are dropped when the job has ended');
});
