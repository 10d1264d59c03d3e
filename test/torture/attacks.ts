/** What is done to the processes, one thing after another, for as long as a round lasts. */
import { setTimeout as delay } from 'node:timers/promises';
import { kill } from '../support/server.ts';
import type { Surroundings } from './ask.ts';
import type { Figures } from './figures.ts';
import type { Random } from './random.ts';
import type { Stage } from './stage.ts';

interface Attack {
  readonly weight: number;
  /** @returns false when there was nothing to attack */
  run(stage: Stage, random: Random, around: Surroundings): Promise<boolean>;
}

const ATTACKS = {
  'SIGKILL of a worker': {
    weight: 10,
    run: async ({ server }, random) => {
      const workers = server.workers();
      if (workers.length > 0) kill([random.pick(workers)]);
      return workers.length > 0;
    },
  },
} as const satisfies Readonly<Record<string, Attack>>;

export async function attack(
  stage: Stage,
  random: Random,
  around: Surroundings,
  figures: Figures,
  signal: AbortSignal,
): Promise<void> {
  const weights = Object.fromEntries(Object.entries(ATTACKS).map(([name, { weight }]) => [name, weight]));
  for (let at = 0; !signal.aborted; at += 1) {
    const own = random.fork(at);
    const name = own.weighted(weights);
    if (await (ATTACKS as Readonly<Record<string, Attack>>)[name]?.run(stage, own, around))
      figures.countAttack(name);
    await delay(own.int(100, 1500), undefined, { signal }).catch(() => {});
  }
}
