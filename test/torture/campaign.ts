/** A campaign: lanes of jobs on a server that is under attack, for a time, from a seed. */
import { setTimeout as delay } from 'node:timers/promises';
import { demand, type Surroundings } from './ask.ts';
import { type Attacks, attackAll } from './attacks/attack.ts';
import { ON_DATABASE } from './attacks/on-database.ts';
import { ON_SERVICES } from './attacks/on-services.ts';
import { ON_WORKERS } from './attacks/on-workers.ts';
import { Stuck } from './bring-to-end.ts';
import { createFaults, type Fault, type Faults } from './faults.ts';
import { createFigures, type Figures } from './figures.ts';
import { createLane, type Lane } from './lane.ts';
import { type PlanLimits, planStep } from './plan.ts';
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
  /** Default: new ones. */
  readonly figures?: Figures;
  readonly onFault?: (fault: Fault) => void;
  /** Default: drawn from the seed. */
  readonly plan?: typeof planStep;
  /** The end, if it comes before the time is over: each lane has done this many steps. */
  readonly steps?: number;
  /** Default 180,000: a job that takes longer without attacks is stuck. */
  readonly jobLimitMs?: number;
  /** Default 20,000: a request that takes longer hangs, on a machine that has much else to do. */
  readonly answerLimitMs?: number;
}

export interface CampaignResult {
  readonly faults: readonly Fault[];
  readonly figures: Figures;
}

const JOB_LIMIT_MS = 180_000;
const ANSWER_LIMIT_MS = 20_000;

/** One round: as long as the time lasts lanes work and attacks go on; then there is peace, and whatever is under way must end. */
export async function runCampaign(stage: Stage, wish: CampaignWish): Promise<CampaignResult> {
  const figures = wish.figures ?? createFigures();
  const faults = createFaults(wish.onFault ?? (() => {}), () => figures.recentAttacks());
  const random = createRandom(wish.seed);
  const giveUp = new AbortController();
  let peaceAt = wish.isAttacked ? Number.POSITIVE_INFINITY : 0;
  const around: Surroundings = {
    address: () => stage.address(),
    weather: createWeather(),
    faults,
    signal: giveUp.signal,
    answerLimitMs: wish.answerLimitMs ?? ANSWER_LIMIT_MS,
    peaceSince: () => peaceAt,
    isLost: (path) => wish.sabotage.isLost(path),
    onAnswer: () => figures.countAnswer(),
  };
  const lanes = await prepareLanes(wish, stage, random, around, figures);
  const peace = new AbortController();
  const work = Promise.all(lanes.map((lane) => keepWorking(lane, wish, faults)));
  const attacks = wish.isAttacked
    ? attackEverything(stage, random, around, figures, peace.signal)
    : undefined;
  await Promise.race([work, delay(wish.seconds * 1000, undefined, { signal: peace.signal, ref: false })]);
  peace.abort();
  await attacks;
  peaceAt = performance.now();
  await work;
  giveUp.abort();
  return { faults: faults.list, figures };
}

async function keepWorking(lane: Lane, wish: CampaignWish, faults: Faults): Promise<void> {
  const until = performance.now() + wish.seconds * 1000;
  try {
    for (let steps = 1; ; steps += 1) {
      await lane.step();
      if (performance.now() > until || steps === wish.steps) return;
    }
  } catch (error) {
    if (error instanceof Stuck) return;
    faults.report(
      'campaign',
      lane.name,
      error instanceof Error ? (error.stack ?? error.message) : String(error),
    );
  }
}

async function attackEverything(
  stage: Stage,
  random: Random,
  around: Surroundings,
  figures: Figures,
  peace: AbortSignal,
): Promise<void> {
  const attack = (attacks: Attacks, name: string, pauseMs: { min: number; max: number }) =>
    attackAll(attacks, pauseMs, { stage, random: random.fork(name), around, figures, peace });
  await Promise.all([
    attack(ON_WORKERS, 'on workers', { min: 200, max: 3000 }),
    attack(ON_DATABASE, 'on the database', { min: 2000, max: 12_000 }),
    attack(ON_SERVICES, 'on services', { min: 6000, max: 30_000 }),
  ]);
}

async function prepareLanes(
  wish: CampaignWish,
  stage: Stage,
  random: Random,
  around: Surroundings,
  figures: Figures,
): Promise<readonly Lane[]> {
  const lanes = Array.from({ length: wish.lanes }, (_, at) => targetsOf(wish.name, at));
  const targets = lanes.flat();
  await createTables(stage.sql, targets);
  for (const definition of [COUNTRY_COLLECTION, ...targets.map(definitionOf)]) {
    const { name } = definition as { name: string };
    await demand(around, `/v1/collections/${name}`, { method: 'PUT', json: definition });
  }
  return lanes.map((own, at) =>
    createLane({
      name: `lane ${at}`,
      targets: own,
      around,
      figures,
      random: random.fork('lane', at),
      limits: wish.limits,
      sql: stage.sql,
      sabotage: wish.sabotage,
      jobLimitMs: wish.jobLimitMs ?? JOB_LIMIT_MS,
      plan: wish.plan ?? planStep,
    }),
  );
}

/** A table that Waybill makes; one that is bound, with a second for jobs of two parts; and two scopes of a third. */
function targetsOf(name: string, at: number): readonly Target[] {
  const bound = (collection: string): Target => ({
    collection,
    table: `torture.${collection}`,
    isManaged: false,
  });
  const managed = `${name}_managed_${at}`;
  if (at % 4 === 0) return [{ collection: managed, table: `waybill_data.${managed}`, isManaged: true }];
  if (at % 4 === 1) return [bound(`${name}_bound_${at}`), bound(`${name}_second_${at}`)];
  return [{ ...bound(`${name}_scoped_${at - (at % 4)}`), scope: { account: String(at) } }];
}
