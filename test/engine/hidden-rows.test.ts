/** Rows that a row-level policy hides from a job: only the database can say that they are in the way. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Client } from 'pg';
import type { ImportRequest } from '../../src/http/kick-off/bodies.ts';
import { connectClient } from '../../src/store/connect.ts';
import { waitUntil } from '../support/wait-until.ts';
import { countsOf, createEngine, type Engine, type Finished } from './harness.ts';

let engine: Engine;
let admin: Client;
let role: string;
before(async () => {
  engine = await createEngine();
  admin = await connectClient(engine.database.adminUrl, { applicationName: 'waybill-test' });
  role = `engine_hidden_${engine.database.name.slice(-12)}`;
  await admin.query(`create role ${role}; grant ${role} to waybill_test`);
});
after(async () => {
  await admin.query(`drop owned by ${role}; drop role ${role}`);
  await admin.end();
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

/** A table of two tenants, of which the collection's session sees one. */
async function createGuarded(name: string, more = ''): Promise<void> {
  await engine.database.pool.query(`
    create table ${name} (
      tenant text not null default current_setting('app.tenant'), id bigint, email text,
      constraint ${name}_key primary key (id), constraint ${name}_email unique (email));
    insert into ${name} values ('acme', 1, 'one'), ('other', 2, 'two');
    alter table ${name} enable row level security;
    create policy own on ${name} using (tenant = current_setting('app.tenant'));
    grant select, insert, update, delete on ${name} to ${role}; ${more}`);
  await engine.apply({
    name,
    key: ['id'],
    target: { table: name },
    schema: {
      type: 'object',
      properties: { id: { type: 'integer' }, email: { type: ['string', 'null'] } },
    },
    session: { role, settings: { 'app.tenant': 'acme' } },
  });
}

async function request(
  collection: string,
  file: string,
  more: Partial<ImportRequest> = {},
): Promise<ImportRequest> {
  return { collection, source: { upload: await engine.upload(file) }, ...more };
}

function found({ issues }: Finished): unknown[] {
  return issues.map(({ record, code, field, params }) => [record, code, field, params['constraint']]);
}

/** What the validation does not know, the import says with a code of the database's. */
const CASES = [
  { mode: 'insert', file: 'id,email\n2,free\n3,two\n4,four\n', hidden: ['key', 'email'] },
  { mode: 'upsert', file: 'id,email\n2,free\n1,two\n4,four\n', hidden: ['key', 'email'] },
  { mode: 'update', file: 'id,email\n1,two\n', hidden: ['email'] },
] as const;

for (const { mode, file, hidden } of CASES) {
  for (const atomicity of mode === 'upsert' ? (['chunk', 'all'] as const) : (['chunk'] as const)) {
    test(`mode ${mode}, atomicity ${atomicity}: a hidden row has a code that no validation gives`, async () => {
      const name = `hidden_${mode}_${atomicity}`;
      await createGuarded(name);
      const asked = await request(name, file, { mode, atomicity });
      const validation = await engine.validate(asked);
      assert.deepEqual(found(validation), []);
      const imported = await engine.import(asked);
      assert.deepEqual(
        found(imported),
        hidden.map((index, at) => [
          at + 1,
          'database.hidden_row',
          index === 'key' ? 'id' : undefined,
          `${name}_${index}`,
        ]),
      );
      const { rows } = await admin.query(`select tenant, id::int, email from ${name} order by id`);
      const isWritten = mode !== 'update' && atomicity === 'chunk';
      assert.deepEqual(rows, [
        { tenant: 'acme', id: 1, email: 'one' },
        { tenant: 'other', id: 2, email: 'two' },
        ...(isWritten ? [{ tenant: 'acme', id: 4, email: 'four' }] : []),
      ]);
    });
  }
}

test('a row that the session sees has the code that a validation gives', async () => {
  await createGuarded('seen');
  const asked = await request('seen', 'id,email\n1,free\n3,one\n', { mode: 'insert' });
  const validation = await engine.validate(asked);
  const imported = await engine.import(asked);
  assert.deepEqual(imported.issues, validation.issues);
  assert.deepEqual(found(imported), [
    [1, 'key.exists', 'id', undefined],
    [2, 'unique.conflict', undefined, 'seen_email'],
  ]);
});

test('a row that someone else adds between judging and writing keeps the code of what it is', async () => {
  await createGuarded('raced');
  const asked = await request('raced', 'id,email\n3,free\n4,taken\n5,five\n', { mode: 'insert' });
  // Not committed, so that the judge finds nothing and the write waits.
  await admin.query(`begin; insert into raced values ('acme', 3, 'three'), ('acme', 9, 'taken')`);
  const running = engine.import(asked);
  await waitUntil('the write waits for the other writer', async () => {
    const { rowCount } = await engine.database.pool.query(
      `select from pg_stat_activity where datname = current_database() and application_name like 'waybill/%' and wait_event_type = 'Lock'`,
    );
    return (rowCount ?? 0) > 0;
  });
  await admin.query('commit');
  const imported = await running;
  assert.deepEqual(found(imported), [
    [1, 'key.exists', 'id', undefined],
    [2, 'unique.conflict', undefined, 'raced_email'],
  ]);
  assert.deepEqual(countsOf(imported.job), { created: 1, rejected: 2 });
});

test('a value that a trigger made is not blamed on a hidden row', async () => {
  await createGuarded(
    'lowered',
    `create function lower_email() returns trigger language plpgsql as $$ begin new.email := lower(new.email); return new; end $$;
     create trigger lowered_before before insert or update on lowered for each row execute function lower_email()`,
  );
  const imported = await engine.import(await request('lowered', 'id,email\n3,ONE\n4,four\n'));
  assert.deepEqual(found(imported), [[1, 'database.refused', undefined, 'lowered_email']]);
});
