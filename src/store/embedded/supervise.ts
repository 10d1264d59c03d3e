/** Keeps the server running: reports an exit that nobody asked for, and starts it again. */
import { setTimeout as delay } from 'node:timers/promises';
import { stopLeftovers } from './leftovers.ts';
import type { Postmaster, PostmasterExit } from './postmaster.ts';

export type EmbeddedEvent =
  | {
      readonly kind: 'exited';
      readonly code: number | undefined;
      /** The log says "No space left on device": it will stay down until there is space. */
      readonly isDiskFull: boolean;
      readonly restartInMs: number;
    }
  /** It does not come up again, for whatever reason: on a full disk it cannot even write down which. */
  | { readonly kind: 'start_failed' }
  | { readonly kind: 'ready'; readonly pid: number };

export interface SupervisedServer {
  pid(): number | undefined;
  stop(): Promise<void>;
  readonly whenExited: Promise<void>;
  unref(): void;
}

export interface SuperviseOptions {
  readonly start: () => Promise<Postmaster>;
  /** PostgreSQL's data folder. */
  readonly data: string;
  readonly log: (line: string) => void;
  readonly onEvent: (event: EmbeddedEvent) => void;
  /** Called once, when the server has ended for good. */
  readonly onEnd: () => Promise<void>;
}

const FIRST_BACKOFF_MS = 50;
const MAX_BACKOFF_MS = 10_000;
/** A server that has run for so long is not in a loop of crashes. */
const STABLE_AFTER_MS = 60_000;

/** Takes over a server that runs. */
export function superviseServer(first: Postmaster, options: SuperviseOptions): SupervisedServer {
  const stopping = new AbortController();
  const running: Running = {
    ...options,
    stopping: stopping.signal,
    state: { current: first, isUnref: false },
  };
  const whenExited = keepRunning(first, running);
  return {
    pid: () => running.state.current?.pid,
    stop: () => {
      stopping.abort();
      return whenExited;
    },
    whenExited,
    unref: () => {
      running.state.isUnref = true;
      running.state.current?.unref();
    },
  };
}

interface Running extends SuperviseOptions {
  readonly stopping: AbortSignal;
  readonly state: { current: Postmaster | undefined; isUnref: boolean };
}

/** Runs until asked to stop: wait for the exit, report it, wait a little, start again. */
async function keepRunning(first: Postmaster, running: Running): Promise<void> {
  const { state } = running;
  let backoffMs = FIRST_BACKOFF_MS;
  for (let current = first; ; ) {
    const startedAt = performance.now();
    const exit = await exitOrStop(current, running.stopping);
    state.current = undefined;
    if (exit === undefined) break;
    if (performance.now() - startedAt > STABLE_AFTER_MS) backoffMs = FIRST_BACKOFF_MS;
    reportExit(exit, backoffMs, running);
    const next = await startAgain(backoffMs, running);
    if (next === undefined) break;
    current = state.current = next.postmaster;
    backoffMs = Math.min(next.backoffMs * 2, MAX_BACKOFF_MS);
    if (state.isUnref) current.unref();
    running.log('PostgreSQL accepts connections again');
    running.onEvent({ kind: 'ready', pid: current.pid });
  }
  await running.onEnd();
}

/** The exit of a server that nobody asked to stop, or undefined once it was stopped. */
async function exitOrStop(current: Postmaster, stopping: AbortSignal): Promise<PostmasterExit | undefined> {
  const asked = abortOf(stopping);
  const exit = await Promise.race([current.exited, asked.promise]);
  asked.forget();
  if (!stopping.aborted) return exit;
  await current.stop();
  return undefined;
}

/** Tries until a start succeeds, waiting longer each time; undefined when asked to stop. */
async function startAgain(
  backoffMs: number,
  running: Running,
): Promise<{ postmaster: Postmaster; backoffMs: number } | undefined> {
  for (let waitMs = backoffMs; ; waitMs = Math.min(waitMs * 2, MAX_BACKOFF_MS)) {
    const options = { signal: running.stopping, ref: !running.state.isUnref };
    await delay(waitMs, undefined, options).catch(() => undefined);
    if (running.stopping.aborted) return undefined;
    try {
      await stopLeftovers(running.data);
      return { postmaster: await running.start(), backoffMs: waitMs };
    } catch (error) {
      running.log(error instanceof Error ? error.message : String(error));
      running.onEvent({ kind: 'start_failed' });
    }
  }
}

function reportExit(exit: PostmasterExit, restartInMs: number, { log, onEvent }: Running): void {
  const isDiskFull = exit.logTail.includes('No space left on device');
  const why = isDiskFull ? ': the disk is full' : '';
  log(`PostgreSQL has exited (code ${exit.code ?? 'unknown'})${why}; starting it again in ${restartInMs} ms`);
  onEvent({ kind: 'exited', code: exit.code, isDiskFull, restartInMs });
}

function abortOf(signal: AbortSignal): { promise: Promise<undefined>; forget: () => void } {
  let listener = () => {};
  const promise = new Promise<undefined>((resolve) => {
    listener = () => resolve(undefined);
    if (signal.aborted) listener();
    else signal.addEventListener('abort', listener, { once: true });
  });
  return { promise, forget: () => signal.removeEventListener('abort', listener) };
}
