/** Holds what an import has done against what the oracle says. */
import type { Surroundings } from './ask.ts';
import type { Figures } from './figures.ts';
import { applyFates, countOutcomes, type Fate, foretell, type Outcomes, type Table } from './foretell.ts';
import type { ImportPlan } from './plan.ts';
import type { SentRecord } from './records.ts';
import type { Sabotage } from './sabotage.ts';
import { compareTables, readTable, type Sql, type Target } from './target.ts';
import type { SeenJob } from './watch.ts';

export interface ImportToJudge {
  readonly around: Surroundings;
  readonly sql: Sql;
  readonly target: Target;
  readonly figures: Figures;
  readonly sabotage: Sabotage;
  readonly where: string;
  readonly plan: ImportPlan;
  readonly records: readonly SentRecord[];
  readonly before: Table;
  readonly job: SeenJob;
}

interface Expectation {
  readonly state: string;
  readonly outcomes: Outcomes;
  readonly after: Table;
  readonly fates: readonly Fate[];
}

/** @returns what the table holds now, right or wrong, so that one fault is told once */
export async function judgeImport(given: ImportToJudge): Promise<Table> {
  const { around, where, job, target, sql, sabotage, figures } = given;
  await sabotage.touchTable(sql, target);
  const expected = expect(given);
  if (job.state !== expected.state) {
    around.faults.report(
      'end',
      where,
      `${job.state} ${JSON.stringify(job.failure)} instead of ${expected.state}`,
    );
  }
  const counts = JSON.stringify(job.outcomes);
  if (counts !== JSON.stringify(expected.outcomes)) {
    around.faults.report('counts', where, `${counts} instead of ${JSON.stringify(expected.outcomes)}`);
  }
  const actual = await readTable(sql, target);
  const difference = compareTables(actual, expected.after);
  if (difference !== undefined) around.faults.report('rows', where, difference);
  figures.countRecords(given.records.length, actual.size);
  return actual;
}

function expect({ before, records, plan, job }: ImportToJudge): Expectation {
  const all = foretell(before, records, plan.wish);
  const fates = all.slice(0, job.state === 'cancelled' ? job.progress.processed : all.length);
  return {
    state: 'succeeded',
    outcomes: countOutcomes(fates),
    after: applyFates(before, records, fates, fates.length),
    fates,
  };
}
