/**
 * Faults made on purpose, to prove that the oracle finds them. Each is made from outside: a row is changed behind the server's back, or
 * an answer is changed before the campaign looks at it. Each names the kind of fault that must be reported for it.
 */
import type { FaultKind } from './faults.ts';
import { type Sql, type Target, whereOf } from './target.ts';
import type { SeenJob } from './watch.ts';

export interface Sabotage {
  /** Between the end of a job and the look at its table. */
  touchTable(sql: Sql, target: Target): Promise<void>;
  seeStatus(job: SeenJob): SeenJob;
}

export const NO_SABOTAGE: Sabotage = {
  touchTable: async () => {},
  seeStatus: (job) => job,
};

interface Trick extends Partial<Sabotage> {
  /** What the campaign must report. */
  readonly finds: FaultKind;
}

const FIRST_ROW = (target: Target) => `(select min(id) from ${target.table} ${whereOf(target)})`;

export const TRICKS = {
  'lose-row': {
    finds: 'rows',
    touchTable: async (sql, target) => {
      await sql.query(`delete from ${target.table} where id = ${FIRST_ROW(target)}`);
    },
  },
} as const satisfies Readonly<Record<string, Trick>>;

export type SabotageName = keyof typeof TRICKS;

export function createSabotage(name: SabotageName): Sabotage {
  return { ...NO_SABOTAGE, ...(TRICKS[name] as Trick) };
}
