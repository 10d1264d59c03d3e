/** What mode `replace` was kept from deleting is told, and counts as nothing else. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { renderKeptRows } from '../../src/cli/render/kept-rows.ts';
import { readTimeline } from '../../src/store/jobs/find-jobs.ts';
import { countsOf, createEngine, type Engine } from './harness.ts';

let engine: Engine;
before(async () => {
  engine = await createEngine();
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const KEEPERS: Readonly<Record<string, { sql: string; removed: number; kept: number }>> = {
  trigger: {
    sql: `create function keep() returns trigger language plpgsql as $$ begin if old.id > 3 then return null; end if; return old; end $$;
      create trigger keep before delete on TABLE for each row execute function keep()`,
    removed: 2,
    kept: 2,
  },
  policy: {
    sql: `alter table TABLE enable row level security; alter table TABLE force row level security;
      create policy a on TABLE for select using (true); create policy b on TABLE for insert with check (true);
      create policy c on TABLE for update using (true); create policy d on TABLE for delete using (id < 5)`,
    removed: 3,
    kept: 1,
  },
  nothing: { sql: '', removed: 4, kept: 0 },
};

for (const [keeper, { sql, removed, kept }] of Object.entries(KEEPERS)) {
  test(`kept by a ${keeper}: ${kept}`, async () => {
    const table = `kept_by_${keeper}`;
    await engine.database.pool.query(
      `create table ${table} (id int primary key); insert into ${table} select generate_series(1, 5); ${sql.replaceAll('TABLE', table)}`,
    );
    await engine.apply({
      name: table,
      key: ['id'],
      target: { table },
      schema: { type: 'object', properties: { id: { type: 'integer' } } },
    });
    const source = { upload: await engine.upload('id\n1\n') };
    const { job } = await engine.import({ collection: table, source, mode: 'replace' });
    assert.deepEqual(countsOf(job), { unchanged: 1, removed });
    const noted = (await readTimeline(engine.database.pool, job.id)).filter(
      ({ event }) => event === 'rows_kept',
    );
    assert.deepEqual(
      noted.map(({ detail }) => detail),
      kept === 0 ? [] : [{ part: 0, rows: kept }],
    );
  });
}

test('the command line says it in one line for each part', () => {
  const at = '2026-11-30T12:00:00Z';
  const entry = (rows: number) => ({ at, event: 'rows_kept', attempt: 1, detail: { part: 0, rows } });
  assert.deepEqual(renderKeptRows([entry(3), entry(1)]), [
    '  1 row that the file does not name is still there: a trigger or policy of the table kept it',
  ]);
  assert.deepEqual(renderKeptRows([]), []);
});
