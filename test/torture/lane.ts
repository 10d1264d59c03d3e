/** A lane works on collections of its own, job after job, and judges each. */
import type { Surroundings } from './ask.ts';
import { runBank } from './bank.ts';
import { runExport } from './export-step.ts';
import type { Figures } from './figures.ts';
import type { Table } from './foretell.ts';
import { runImport } from './import-step.ts';
import type { PlanLimits, planStep } from './plan.ts';
import type { Random } from './random.ts';
import type { Sabotage } from './sabotage.ts';
import type { Sql, Target } from './target.ts';

export interface LaneSetting {
  readonly name: string;
  /** The first is the one that most jobs are about; a job of several parts is about all. */
  readonly targets: readonly Target[];
  readonly random: Random;
  readonly limits: PlanLimits;
  readonly around: Surroundings;
  readonly sql: Sql;
  readonly figures: Figures;
  readonly sabotage: Sabotage;
  /** A job that has not ended by then is stuck. */
  readonly jobLimitMs: number;
  readonly plan: typeof planStep;
}

/** What one step works with. */
export interface StepSetting extends LaneSetting {
  readonly where: string;
  /** What each target holds, as the oracle knows it. */
  readonly tables: Map<Target, Table>;
}

export interface Lane {
  readonly name: string;
  /** One job from its file to the verdict. */
  step(): Promise<void>;
}

export function createLane(setting: LaneSetting): Lane {
  const tables = new Map<Target, Table>(setting.targets.map((target) => [target, new Map()]));
  let number = 0;
  return {
    name: setting.name,
    async step() {
      number += 1;
      const random = setting.random.fork(number);
      const plan = setting.plan(random, setting.limits, number, setting.targets.length);
      const where = `${setting.name} step ${number} (${plan.kind})`;
      const step: StepSetting = { ...setting, random, where, tables };
      if (plan.kind === 'export') await runExport(step, plan);
      else if (plan.kind === 'bank') await runBank(step, plan);
      else await runImport(step, plan);
    },
  };
}
