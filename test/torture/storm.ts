/** Pause, resume, cancel and retry of one job, from several clients at once; at the end nobody leaves it paused. */
import { setTimeout as delay } from 'node:timers/promises';
import { ask, type Surroundings } from './ask.ts';
import type { Figures } from './figures.ts';
import type { Storm, Verb } from './plan.ts';
import { FINAL_STATES, type Watch } from './watch.ts';

export interface StormUnderWay {
  /** Somebody has asked for the job to be cancelled, and may have been heard. */
  mayBeCancelled(): boolean;
  /** Resolves when the job has ended, or nobody looks at it any more. */
  readonly isOver: Promise<void>;
}

export function raiseStorm(
  around: Surroundings,
  figures: Figures,
  watch: Watch,
  { where, id, storm, signal }: { where: string; id: string; storm: Storm; signal: AbortSignal },
): StormUnderWay {
  let cancels = 0;
  const say = async (verb: Verb) => {
    if (verb === 'cancel') cancels += 1;
    if (verb === 'retry') watch.forget();
    figures.countVerb(verb);
    const answer = await ask(around, `/v1/jobs/${id}/${verb}`, { method: 'POST' });
    if (verb === 'retry') watch.forget();
    // Refused: the job's state did not allow it.
    if (answer === undefined || answer.status === 200 || answer.status === 409) return;
    around.faults.report(
      'answer',
      where,
      `${verb}: ${answer.status} ${answer.bytes.toString().slice(0, 300)}`,
    );
  };
  const isEnded = () => signal.aborted || FINAL_STATES.includes(watch.latest()?.state ?? '');
  const blow = async () => {
    for (const { verb, afterMs, clients } of storm.verbs) {
      await delay(afterMs, undefined, { signal });
      if (isEnded()) return;
      await Promise.all(Array.from({ length: clients }, () => say(verb)));
    }
    while (!isEnded()) {
      if (['paused', 'pausing'].includes(watch.latest()?.state ?? '')) await say('resume');
      await delay(200, undefined, { signal });
    }
  };
  return {
    mayBeCancelled: () => cancels > 0,
    isOver: blow().catch((error: unknown) => {
      if (!signal.aborted) throw error;
    }),
  };
}
