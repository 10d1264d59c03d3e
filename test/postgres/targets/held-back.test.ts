/** What a trigger kept from happening: a record's outcome is what the database did, on every way of writing. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { Atomicity, ImportMode } from '../../../src/core/job.ts';
import {
  chunkOf,
  collectionOf,
  createTargetBench,
  nonZero,
  runJob,
  type TargetBench,
} from './target-harness.ts';

let bench: TargetBench;
before(async () => {
  bench = await createTargetBench();
  await bench.database.pool.query(`
    create function hold_back() returns trigger language plpgsql as $$ begin
      if coalesce(new.name, old.name) like 'refused%' then raise exception 'refused'; end if;
      if coalesce(new.name, old.name) like 'held%' then return null; end if;
      if tg_op = 'DELETE' then return old; end if;
      return new;
    end $$`);
});
after(() => bench.database.drop());

/** New 5 and 6 and existing 1 to 4: of each one that is held back; 3 is as it was. */
const ROWS = [
  ['1', 'other'],
  ['2', 'held'],
  ['3', 'three'],
  ['5', 'five'],
  ['6', 'held'],
];

/** One record that the database refuses, so that each record is written by itself. */
const REFUSED = ['7', 'refused'];

const OUTCOMES: Readonly<Record<ImportMode, Record<string, number>>> = {
  insert: { created: 1, skipped: 1, rejected: 3 },
  update: { updated: 1, unchanged: 1, skipped: 1, rejected: 2 },
  upsert: { created: 1, updated: 1, unchanged: 1, skipped: 2 },
  replace: { created: 1, updated: 1, unchanged: 1, skipped: 2, removed: 1 },
  delete: { deleted: 2, skipped: 1, rejected: 2 },
};

for (const mode of Object.keys(OUTCOMES) as ImportMode[]) {
  for (const atomicity of ['chunk', 'all'] satisfies Atomicity[]) {
    // With `all` a record that is rejected keeps everything from being written.
    if (atomicity === 'all' && mode !== 'upsert' && mode !== 'replace') continue;
    for (const isRowByRow of [false, true]) {
      if (isRowByRow && (atomicity === 'all' || mode === 'delete')) continue;
      const way = isRowByRow ? 'record by record' : 'at once';
      test(`mode ${mode}, ${atomicity}, ${way}: what is held back is skipped, not unchanged`, async () => {
        const table = `held_${mode}_${atomicity}_${isRowByRow}`;
        await bench.database.pool.query(`
          create table ${table} (id int primary key, name text);
          insert into ${table} values (1, 'one'), (2, 'two'), (3, 'three'), (4, 'four'), (8, 'held');
          update ${table} set name = 'held' where id = 2 and ${mode === 'delete'};
          create trigger held before insert or update or delete on ${table} for each row execute function hold_back()`);
        const collection = collectionOf('id:integer name', { table });
        const rows = isRowByRow ? [...ROWS, REFUSED] : ROWS;
        const { counts } = await runJob(
          bench.target,
          { collection, mode, atomicity, replaceDespiteErrors: isRowByRow },
          [chunkOf(rows)],
        );
        const wanted = OUTCOMES[mode];
        const refusals = isRowByRow ? 1 : 0;
        assert.deepEqual(nonZero(counts), {
          ...wanted,
          ...((wanted['rejected'] ?? 0) + refusals > 0 && { rejected: (wanted['rejected'] ?? 0) + refusals }),
        });
      });
    }
  }
}

test('replace says which rule keeps rows that it may not delete, and changes nothing', async () => {
  await bench.database.pool.query(`
    create table owners (id int primary key, name text); insert into owners values (1, 'one'), (2, 'two');
    create table owned (id int primary key, owner int constraint owned_by references owners); insert into owned values (1, 2)`);
  const collection = collectionOf('id:integer name', { table: 'owners' });
  await assert.rejects(runJob(bench.target, { collection, mode: 'replace' }, [chunkOf([['1', 'new']])]), {
    code: 'job.replace_refused',
    message:
      'Nothing was replaced: rows that the source does not name cannot be deleted: update or delete on table "owners" violates foreign key constraint "owned_by" on table "owned"',
  });
  const { rows } = await bench.database.pool.query('select name from owners order by id');
  assert.deepEqual(rows, [{ name: 'one' }, { name: 'two' }]);
});
