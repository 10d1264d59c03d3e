/** What an attempt waits for at its targets. Nothing is asked as long as every statement ends soon. */
import type { Target } from '../targets/target.ts';

/** A statement that takes longer is worth the question. */
const LONG_MS = 1000;
const ASK_EVERY_MS = 1000;

export interface WaitWatch {
  watch<T>(target: Target, work: Promise<T>): Promise<T>;
  /** Asks where something takes long; the answer comes later. True: what is waited for is another thing than at the last look. */
  look(): boolean;
  /** What is waited for, in words. */
  found(): string | undefined;
}

export function createWaitWatch(
  attempt: { readonly jobId: string; readonly epoch: number },
  onError: (error: unknown) => void,
  now: () => number = () => performance.now(),
): WaitWatch {
  const underWay = new Map<symbol, { readonly target: Target; readonly since: number }>();
  let found: string | undefined;
  let told: string | undefined;
  let askedAt = Number.NEGATIVE_INFINITY;
  let isAsking = false;
  /** What was waited for was not had: it is told until something else is begun. */
  let wasInVain = false;

  /** The oldest: what came later may wait for it. */
  function longest(): { readonly id: symbol; readonly target: Target } | undefined {
    const [first] = underWay;
    return first !== undefined && now() - first[1].since >= LONG_MS
      ? { id: first[0], target: first[1].target }
      : undefined;
  }

  function ask({ id, target }: { id: symbol; target: Target }): void {
    if (isAsking || now() - askedAt < ASK_EVERY_MS || target.findWait === undefined) return;
    isAsking = true;
    askedAt = now();
    target
      .findWait(attempt)
      .then((wait) => {
        // It may have come to its end while the question was under way.
        if (underWay.has(id)) found = wait;
        else if (!wasInVain) found = undefined;
      })
      .catch(onError)
      .finally(() => {
        isAsking = false;
      });
  }

  return {
    async watch(target, work) {
      const id = Symbol();
      underWay.set(id, { target, since: now() });
      wasInVain = false;
      try {
        return await work;
      } catch (error) {
        wasInVain = true;
        throw error;
      } finally {
        underWay.delete(id);
      }
    },
    look() {
      const long = longest();
      if (long !== undefined) ask(long);
      else if (!wasInVain) found = undefined;
      const isNews = found !== told;
      told = found;
      return isNews;
    },
    found: () => found,
  };
}
