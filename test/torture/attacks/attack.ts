import { setTimeout as delay } from 'node:timers/promises';
import type { Surroundings } from '../ask.ts';
import type { Figures } from '../figures.ts';
import type { Random } from '../random.ts';
import type { Stage } from '../stage.ts';

export interface Attack {
  /** How often, compared with the others. */
  readonly weight: number;
  /**
   * Does it, and puts right what does not come right by itself.
   *
   * @returns how many processes, sessions or statements it has hit
   */
  run(stage: Stage, random: Random, around: Surroundings): Promise<number>;
}

export type Attacks = Readonly<Record<string, Attack>>;

/** One attack after the other, drawn from the seed, until there shall be peace. */
export async function attackAll(
  attacks: Attacks,
  pauseMs: { readonly min: number; readonly max: number },
  {
    stage,
    random,
    around,
    figures,
    peace,
  }: { stage: Stage; random: Random; around: Surroundings; figures: Figures; peace: AbortSignal },
): Promise<void> {
  const weights = Object.fromEntries(Object.entries(attacks).map(([name, { weight }]) => [name, weight]));
  for (let at = 0; !peace.aborted; at += 1) {
    const own = random.fork(at);
    const name = own.weighted(weights);
    figures.noteAttack(name);
    try {
      figures.countAttack(name, (await attacks[name]?.run(stage, own, around)) ?? 0);
    } catch (error) {
      around.faults.report('server', `attack ${at}: ${name}`, String(error));
    }
    await delay(own.int(pauseMs.min, pauseMs.max), undefined, { signal: peace }).catch(() => {});
  }
}
