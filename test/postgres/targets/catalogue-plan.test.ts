/** What is asked of the catalogue before each job: the planner must not think that it is about many relations, or it reads all there are. */
import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CATALOGUE_QUERY } from '../../../src/targets/postgres/catalogue-query.ts';
import { createTestDatabase, type TestDatabase } from '../../support/postgres.ts';

let database: TestDatabase;
before(async () => {
  database = await createTestDatabase({ template: 'empty' });
});
after(() => database.drop());

interface PlanNode {
  readonly 'CTE Name'?: string;
  readonly 'Plan Rows': number;
  readonly Plans?: readonly PlanNode[];
}

function* nodesOf(node: PlanNode): Generator<PlanNode> {
  yield node;
  for (const below of node.Plans ?? []) yield* nodesOf(below);
}

test('the planner takes a relation to have few partitions, so that it looks up what each has', async () => {
  const client = await database.pool.connect();
  try {
    await client.query('set plan_cache_mode = force_generic_plan');
    await client.query(`prepare facts (text, text) as ${CATALOGUE_QUERY}`);
    const { rows } = await client.query<{ 'QUERY PLAN': readonly { readonly Plan: PlanNode }[] }>(
      `explain (format json) execute facts ('public', 'any')`,
    );
    const plan = rows[0]?.['QUERY PLAN'][0]?.Plan;
    assert.ok(plan !== undefined);
    const holders = [...nodesOf(plan)].filter((node) => node['CTE Name'] === 'holders');
    assert.ok(holders.length > 0);
    for (const { 'Plan Rows': expected } of holders) assert.ok(expected <= 20, `${expected} rows`);
  } finally {
    client.release(true);
  }
});
