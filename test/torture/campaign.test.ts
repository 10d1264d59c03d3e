/** A short campaign, and proof that its oracle finds what is wrong. `npm run torture` attacks for as long as one likes. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { createTestDatabase, type TestDatabase } from '../support/postgres.ts';
import { runCampaign } from './campaign.ts';
import { createSabotage, NO_SABOTAGE, type SabotageName, TRICKS } from './sabotage.ts';
import { type Stage, setStage } from './stage.ts';

const SEED = Number(process.env['WAYBILL_TEST_SEED'] ?? Math.floor(Math.random() * 1e6));

let database: TestDatabase;
let stage: Stage;

before(async () => {
  database = await createTestDatabase();
  stage = await setStage(database.url);
});
after(async () => {
  await stage.close();
  await database.drop();
});

test('a server under attack loses, doubles and changes nothing, and says what is true', async (context) => {
  context.diagnostic(`seed ${SEED}`);
  const { faults, figures } = await runCampaign(stage, {
    name: 'attacked',
    seed: SEED,
    seconds: 20,
    lanes: 4,
    limits: { minRecords: 200, maxRecords: 5000 },
    sabotage: NO_SABOTAGE,
    isAttacked: true,
  });
  context.diagnostic(JSON.stringify(figures));
  assert.deepEqual(faults, []);
  assert.ok(figures.records.rowsCompared > 0, 'rows were compared');
});

for (const name of Object.keys(TRICKS) as SabotageName[]) {
  test(`the oracle finds a server that would ${name}`, async (context) => {
    context.diagnostic(`seed ${SEED}`);
    const { faults } = await runCampaign(stage, {
      name: name.replaceAll('-', '_'),
      seed: SEED,
      seconds: 1,
      lanes: 1,
      limits: { minRecords: 200, maxRecords: 500 },
      sabotage: createSabotage(name),
      isAttacked: false,
    });
    assert.deepEqual([...new Set(faults.map(({ kind }) => kind))], [TRICKS[name].finds]);
  });
}
