/** A short campaign, and proof that its oracle finds what is wrong. `npm run torture` attacks for as long as one likes. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { runCampaign } from './campaign.ts';
import type { Plan } from './plan.ts';
import { createSabotage, NO_SABOTAGE, type SabotageName, TRICKS } from './sabotage.ts';
import { type Stage, setOnDatabase, setStage } from './stage.ts';

/** Another one each time, but where the outcome decides on a change: there it must not hang on luck. */
const DEFAULT_SEED = process.env['CI'] === 'true' ? 85_007 : Math.floor(Math.random() * 1e6);
const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? DEFAULT_SEED);

test('a server under attack loses, doubles and changes nothing, and says what is true', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  const stage = await setStage('embedded');
  const problems: string[] = [];
  try {
    const { faults, figures } = await runCampaign(stage, {
      name: 'attacked',
      seed: SEED,
      seconds: 25,
      lanes: 4,
      limits: { minRecords: 200, maxRecords: 5000 },
      sabotage: NO_SABOTAGE,
      isAttacked: true,
    });
    context.diagnostic(JSON.stringify(figures));
    assert.deepEqual(faults, []);
    assert.ok(figures.sums.rowsCompared > 0, 'rows were compared');
    assert.ok(Object.keys(figures.attacks).length > 1, 'it was attacked');
  } finally {
    problems.push(...(await stage.close()));
  }
  assert.deepEqual(problems, []);
});

/** An import with refused records and their correction, then an export. */
function planSabotaged(_random: unknown, _limits: unknown, number: number): Plan {
  const storm = { verbs: [] };
  if (number === 2) return { kind: 'export', format: 'csv', compression: 'none', storm };
  return {
    kind: 'import',
    wanted: [
      { records: 200, keys: 300, badShare: 0.05, duplicateShare: 0.02, absentShare: 0, isKeyOnly: false },
    ],
    shape: { format: 'csv', compression: 'none' },
    wish: { mode: 'upsert', duplicates: 'error', atomicity: 'chunk', replaceDespiteErrors: false },
    storm,
    isCorrected: true,
  };
}

describe('the oracle', () => {
  let database: TestDatabase;
  let stage: Stage;
  before(async () => {
    database = await createTestDatabase();
    stage = await setOnDatabase(database.url);
  });
  after(async () => {
    await stage.close();
    await database.drop();
  });

  const run = async (name: SabotageName | undefined) => {
    const { faults } = await runCampaign(stage, {
      name: (name ?? 'none').replaceAll('-', '_'),
      seed: SEED,
      seconds: 60,
      steps: 2,
      lanes: 1,
      limits: { minRecords: 200, maxRecords: 200 },
      sabotage: name === undefined ? NO_SABOTAGE : createSabotage(name),
      isAttacked: false,
      plan: planSabotaged,
      // What is stuck and what hangs is made so: nothing else may be, on a machine that has much else to do.
      jobLimitMs: name === 'stall-job' ? 6000 : 60_000,
      ...(name === 'lose-answer' && { answerLimitMs: 4000 }),
    });
    return [...new Set(faults.map(({ kind }) => kind))];
  };

  test('finds nothing where nothing is wrong', async (context) => {
    context.diagnostic(`seed ${SEED}`);
    assert.deepEqual(await run(undefined), []);
  });
  for (const name of Object.keys(TRICKS) as SabotageName[]) {
    test(`finds a server that would ${name}`, async () => {
      assert.deepEqual(await run(name), [TRICKS[name].finds]);
    });
  }
});
