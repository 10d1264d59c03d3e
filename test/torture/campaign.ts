/** A campaign: lanes of jobs on a server that is under attack, for a time, from a seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { demand, describe, type Surroundings } from './ask.ts';
import { attack } from './attacks.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createFigures, type Figures } from './figures.ts';
import { createLane, type Lane } from './lane.ts';
import type { PlanLimits } from './plan.ts';
import { createRandom, type Random } from './random.ts';
import type { Sabotage } from './sabotage.ts';
import type { Stage } from './stage.ts';
import { COUNTRY_COLLECTION, createTables, definitionOf, type Target } from './target.ts';
import { createWeather } from './weather.ts';

export interface CampaignWish {
  readonly seed: number;
  readonly seconds: number;
  readonly limits: PlanLimits;
  readonly lanes: number;
  readonly sabotage: Sabotage;
  /** Begins the names of its collections: campaigns on one stage do not meet. */
  readonly name: string;
  /** Without attacks, what is wrong is the server's or the campaign's own. */
  readonly isAttacked: boolean;
  /** Default: nobody is told. */
  readonly onFault?: (fault: Fault) => void;
}

export interface CampaignResult {
  readonly faults: readonly Fault[];
  readonly figures: Figures;
}

const JOB_LIMIT_MS = 120_000;

export async function runCampaign(stage: Stage, wish: CampaignWish): Promise<CampaignResult> {
  const faults = createFaults(wish.onFault ?? (() => {}));
  const figures = createFigures();
  await runRound(wish, stage, createRandom(wish.seed), faults, figures);
  return { faults: faults.list, figures };
}

async function runRound(
  wish: CampaignWish,
  stage: Stage,
  random: Random,
  faults: Faults,
  figures: Figures,
): Promise<void> {
  const giveUp = new AbortController();
  const peace = new AbortController();
  const weather = createWeather();
  const around: Surroundings = { address: () => stage.address(), weather, faults, signal: giveUp.signal };
  const lanes = await prepareLanes(wish, stage, random, around, figures);
  const until = performance.now() + wish.seconds * 1000;
  const attacks = wish.isAttacked
    ? attack(stage, random.fork('attacks'), around, figures, peace.signal)
    : undefined;
  const work = lanes.map(async (lane) => {
    try {
      do await lane.step();
      while (performance.now() < until);
    } catch (error) {
      faults.report('campaign', 'lane', describe(error));
    }
  });
  await delay(wish.seconds * 1000);
  peace.abort();
  await attacks;
  await Promise.all(work);
}

async function prepareLanes(
  wish: CampaignWish,
  stage: Stage,
  random: Random,
  around: Surroundings,
  figures: Figures,
): Promise<readonly Lane[]> {
  const targets = Array.from({ length: wish.lanes }, (_, at) => targetOf(wish.name, at));
  await createTables(stage.sql, targets);
  for (const definition of [COUNTRY_COLLECTION, ...targets.map(definitionOf)]) {
    const { name } = definition as { name: string };
    await demand(around, `/v1/collections/${name}`, { method: 'PUT', json: definition });
  }
  return targets.map((target, at) =>
    createLane({
      name: `lane ${at}`,
      target,
      around,
      figures,
      random: random.fork('lane', at),
      limits: wish.limits,
      sql: stage.sql,
      sabotage: wish.sabotage,
      jobLimitMs: JOB_LIMIT_MS,
    }),
  );
}

/** A table that Waybill makes, one that is bound, and two scopes of a third. */
function targetOf(name: string, at: number): Target {
  const managed = `${name}_managed_${at}`;
  if (at % 4 === 0) return { collection: managed, table: `waybill_data.${managed}`, isManaged: true };
  const bound = at % 4 === 1 ? `${name}_bound_${at}` : `${name}_scoped_${at - (at % 4)}`;
  const target = { collection: bound, table: `torture.${bound}`, isManaged: false };
  return at % 4 === 1 ? target : { ...target, scope: { account: String(at) } };
}
