/** Deleting rows that refer to each other: neither their order in the file nor the chunks decide what becomes of them. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import * as fc from 'fast-check';
import { runsOf } from '../support/share-of-runs.ts';
import { countsOf, createEngine, type Engine, rowsOf } from './harness.ts';

const CASES = runsOf(27, 16);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? 20_260_107);

let engine: Engine;
let made = 0;
before(async () => {
  engine = await createEngine();
  await engine.database.pool.query(
    'create function let_pass() returns trigger language plpgsql as $$ begin return coalesce(new, old); end $$',
  );
});
after(async () => {
  assert.deepEqual(engine.bugs.map(String), []);
  await engine.close();
});

const ACTIONS = ['no action', 'restrict', 'cascade', 'set null', 'set default'] as const;
const DEFERRALS = ['', 'deferrable', 'deferrable initially deferred'] as const;

const NAMES = 'ann bob cid dan eve fay gus hal'.split(' ');

async function makeTable(action: string, deferral: string, hasTrigger: boolean): Promise<string> {
  const table = `doomed_${(made += 1)}`;
  await engine.database.pool.query(`
    create table ${table} (name text primary key, boss text constraint has_boss references ${table} on delete ${action} ${deferral}, note text);
    create index on ${table} (boss);
    ${hasTrigger ? `create trigger pass before update or delete on ${table} for each row execute function let_pass()` : ''}`);
  await engine.apply({
    name: table,
    key: ['name'],
    target: { table },
    schema: {
      type: 'object',
      properties: { name: { type: 'string' }, boss: { type: ['string', 'null'] } },
    },
  });
  return table;
}

/** Each person's boss, by place; circles and people who are their own are among them. */
const bosses = fc.array(
  fc.oneof({ weight: 2, arbitrary: fc.integer({ min: 0, max: 7 }) }, fc.constant(null)),
  {
    minLength: 8,
    maxLength: 8,
  },
);

test('any file comes to the same, whatever its order and the chunks', {
  timeout: 600_000 + CASES * 20_000,
}, async (context) => {
  let kept = 0;
  const property = fc.asyncProperty(
    bosses,
    fc.shuffledSubarray(NAMES, { minLength: 5 }),
    fc.constantFrom(...ACTIONS),
    fc.constantFrom(...DEFERRALS),
    fc.constantFrom(1, 2, 3),
    fc.constantFrom<'chunk' | 'all'>('chunk', 'chunk', 'chunk', 'all'),
    fc.boolean(),
    async (places, wanted, action, deferral, maxChunkRecords, atomicity, hasTrigger) => {
      const bossOf = new Map(NAMES.map((name, at) => [name, NAMES[places[at] ?? -1]]));
      // A restriction holds until those that refer have gone, also the row itself: its own statement is what PostgreSQL looks at last.
      const table = await makeTable(action, deferral, hasTrigger);
      await engine.database.pool.query(
        `insert into ${table} (name, boss) select * from unnest($1::text[], $2::text[])`,
        [NAMES, NAMES.map((name) => bossOf.get(name) ?? null)],
      );
      const source = { upload: await engine.upload(['name', ...wanted, ''].join('\n')) };
      const request = {
        collection: table,
        source,
        dialect: { format: 'csv' as const, header: true, delimiter: ',' },
        mode: 'delete' as const,
        atomicity,
        effects: true,
      };
      const validation = await engine.validate(request);
      const imported = await engine.import(request, { maxChunkRecords });
      const isBinding = action === 'no action' || action === 'restrict';
      const refused = isBinding ? refusedOf(wanted, bossOf) : new Set<string>();
      kept += refused.size;
      // Who else refers to a row only the database says.
      assert.deepEqual(validation.issues, []);
      assert.deepEqual(
        imported.issues.map(({ record, code, params }) => [wanted[record - 1], code, params['constraint']]),
        wanted.flatMap((name) => (refused.has(name) ? [[name, 'database.refused', 'has_boss']] : [])),
      );
      const deleted = wanted.length - refused.size;
      if (atomicity === 'all' && refused.size > 0) {
        assert.equal(imported.job.failure?.code, 'job.not_all_accepted');
        return;
      }
      assert.deepEqual(countsOf(imported.job), {
        ...(deleted > 0 && { deleted }),
        ...(refused.size > 0 && { rejected: refused.size }),
      });
      if (refused.size === 0) assert.deepEqual(countsOf(imported.job), countsOf(validation.job));
      const rows = (await rowsOf(engine, table)) as { name: string }[];
      assert.deepEqual(
        rows.map(({ name }) => name).toSorted(),
        NAMES.filter((name) => isKept(name, wanted, refused, action, bossOf)).toSorted(),
      );
    },
  );
  await fc.assert(property, { numRuns: CASES, seed: SEED });
  context.diagnostic(`${kept} records were refused`);
  assert.ok(kept > 0);
});

/** Those that a row refers to which stays. */
function refusedOf(wanted: readonly string[], bossOf: ReadonlyMap<string, string | undefined>): Set<string> {
  const refused = new Set<string>();
  for (let isMoving = true; isMoving; ) {
    isMoving = false;
    for (const name of wanted) {
      if (refused.has(name)) continue;
      const isNeeded = NAMES.some(
        (other) => bossOf.get(other) === name && (!wanted.includes(other) || refused.has(other)),
      );
      if (!isNeeded) continue;
      refused.add(name);
      isMoving = true;
    }
  }
  return refused;
}

function isKept(
  name: string,
  wanted: readonly string[],
  refused: ReadonlySet<string>,
  action: string,
  bossOf: ReadonlyMap<string, string | undefined>,
): boolean {
  if (wanted.includes(name)) return refused.has(name);
  if (action !== 'cascade') return true;
  const seen = new Set<string>();
  for (let boss = bossOf.get(name); boss !== undefined && !seen.has(boss); boss = bossOf.get(boss)) {
    if (wanted.includes(boss)) return false;
    seen.add(boss);
  }
  return true;
}
