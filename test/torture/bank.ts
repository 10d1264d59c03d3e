/**
 * Is an export one instant of its table? Somebody moves amounts between accounts while it runs: their sum and their number are the same
 * at every instant, and are not in what is read at two.
 */
import { setTimeout as delay } from 'node:timers/promises';
import { demand } from './ask.ts';
import { exportRows } from './export-step.ts';
import type { StepSetting } from './lane.ts';
import type { BankPlan } from './plan.ts';
import type { Sql } from './target.ts';

const ACCOUNTS = 20_000;
const BALANCE = 100;

export async function runBank(step: StepSetting, plan: BankPlan): Promise<void> {
  const name = `${step.targets[0]?.collection}_bank`;
  await openBank(step, name);
  const { kind: _, storm: __, ...options } = plan;
  const over = new AbortController();
  const clerk = moveAmounts(step.sql, name, step, over.signal);
  try {
    const result = await exportRows(step, plan, { ...options, collection: name });
    if (result === undefined) return;
    const sum = result.rows.reduce((total, row) => total + Number(row['amount']), 0);
    if (sum !== ACCOUNTS * BALANCE || result.rows.length !== ACCOUNTS) {
      const expected = `${ACCOUNTS} accounts with ${ACCOUNTS * BALANCE}`;
      step.around.faults.report(
        'export',
        result.where,
        `${result.rows.length} accounts with ${sum}, not ${expected}`,
      );
    }
  } finally {
    over.abort();
    await clerk;
  }
}

async function openBank({ sql, around }: StepSetting, name: string): Promise<void> {
  await sql.query(
    `create table if not exists torture.${name} (id bigint primary key, amount bigint not null)`,
  );
  await sql.query(
    `insert into torture.${name} select i, ${BALANCE} from generate_series(1, ${ACCOUNTS}) i on conflict do nothing`,
  );
  await demand(around, `/v1/collections/${name}`, {
    method: 'PUT',
    json: {
      name,
      key: ['id'],
      schema: {
        type: 'object',
        properties: { id: { type: 'integer' }, amount: { type: 'integer' } },
        required: ['id', 'amount'],
      },
      target: { table: `torture.${name}` },
    },
  });
}

/** From the last accounts to the first and back: whoever reads twice sees an amount twice, or never. */
async function moveAmounts(
  sql: Sql,
  name: string,
  { random }: StepSetting,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    const first = random.int(1, ACCOUNTS / 2);
    const [from, to] = random.chance(0.5) ? [first, ACCOUNTS + 1 - first] : [ACCOUNTS + 1 - first, first];
    await sql.query(
      `update torture.${name} set amount = amount + case id when ${from} then -7 else 7 end where id in (${from}, ${to})`,
    );
    await delay(2);
  }
}
