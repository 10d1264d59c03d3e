/** What is recorded gets older as a whole, whatever columns there are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { moveIntoPast } from '../../../src/store/move-into-past.ts';
import { registerWorker } from '../../../src/store/workers.ts';
import { createRunningJob, moveAlong } from '../../support/notified-jobs.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

const HOUR_MS = 3_600_000;

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase();
});
after(() => database.drop());

/** Each time in the database, as seconds, by table, column and row. */
async function readTimes(): Promise<Map<string, number>> {
  const { rows: columns } = await database.pool.query<{ table: string; column: string }>(
    `select table_name as table, column_name as column from information_schema.columns
     where table_schema = 'waybill' and data_type = 'timestamp with time zone'`,
  );
  const times = new Map<string, number>();
  for (const { table, column } of columns) {
    const { rows } = await database.pool.query<{ key: string; at: number }>(
      `select row_number() over (order by t.ctid) as key, extract(epoch from t.${column})::float8 as at
       from waybill.${table} t where t.${column} is not null`,
    );
    if (['migrations', 'figures', 'figure_changes'].includes(table)) continue;
    for (const { key, at } of rows) times.set(`${table}.${column} ${key}`, at);
  }
  return times;
}

test('every time of every table but those of workers and figures is so much earlier', async () => {
  const { id } = await createRunningJob(database.pool, 'https://hooks.example.com/');
  await moveAlong(database.pool, id, 'succeeded');
  await registerWorker(database.pool, { id, host: 'here', pid: 1 });
  const before = await readTimes();
  for (const column of [
    'jobs.created_at 1',
    'jobs.finished_at 1',
    'notifications.next_at 1',
    'timeline.at 1',
  ])
    assert.ok(before.has(column), column);
  await moveIntoPast(database.pool, HOUR_MS);
  const after = await readTimes();
  for (const [name, at] of before) {
    const expected = name.startsWith('workers.') ? at : at - 3600;
    assert.ok(Math.abs((after.get(name) ?? 0) - expected) < 0.001, name);
  }
});

test('where one job is named, nothing else changes; who watches it learns of it by its version', async () => {
  const one = await createRunningJob(database.pool, 'https://hooks.example.com/');
  const other = await createRunningJob(database.pool, 'https://hooks.example.com/');
  const times = async (id: string) => {
    const { rows } = await database.pool.query<{ at: Date; told: Date; version: string }>(
      `select j.created_at as at, min(t.at) as told, j.version from waybill.jobs j join waybill.timeline t on t.job_id = j.id
       where j.id = $1 group by j.id`,
      [id],
    );
    return rows[0] ?? assert.fail('no job');
  };
  const [oneBefore, otherBefore] = [await times(one.id), await times(other.id)];
  const moved = await moveIntoPast(database.pool, HOUR_MS, one.id);
  const oneAfter = await times(one.id);
  assert.equal(oneBefore.at.getTime() - oneAfter.at.getTime(), HOUR_MS);
  assert.equal(oneBefore.told.getTime() - oneAfter.told.getTime(), HOUR_MS);
  assert.deepEqual(moved, [{ id: one.id, version: Number(oneAfter.version) }]);
  assert.equal(Number(oneAfter.version), Number(oneBefore.version) + 1);
  assert.deepEqual(await times(other.id), otherBefore);
});
