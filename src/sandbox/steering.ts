/** Puts what misbehaves, what is logged and what steers it into the dependencies of a server. */

import { isAppError } from '../core/errors.ts';
import { isFinal, JOB_STATES } from '../core/job-state.ts';
import type { HttpDependencies } from '../http/dependencies.ts';
import { RateCounters } from '../http/mount/rate-counters.ts';
import { cancelJob } from '../store/jobs/intentions.ts';
import { listJobs } from '../store/jobs/list-jobs.ts';
import { moveIntoPast } from '../store/move-into-past.ts';
import { activateRules } from './active-rules.ts';
import { addControlRoutes, CONTROL_PREFIX, type SandboxControl } from './control-routes.ts';
import { createMisbehaviour, ScenarioFault } from './misbehave.ts';
import { createRequestLog } from './request-log.ts';
import { parseScenario, type Scenario } from './scenario.ts';

const UNFINISHED = JOB_STATES.filter((state) => !isFinal(state));
/** More than any rate's window. */
const LONG_MS = 24 * 3_600_000;

/**
 * @param options.scenario of the start
 * @param options.expireAfterMs how old a job is whose files have expired
 * @param options.runServices does what has become due
 */
export function steer(
  deps: HttpDependencies,
  options: {
    readonly scenario: Scenario;
    readonly expireAfterMs: number;
    readonly runServices: () => Promise<void>;
  },
): HttpDependencies {
  const rateCounters = new RateCounters();
  const log = createRequestLog(({ url }) => url.startsWith(CONTROL_PREFIX));
  let current = { scenario: options.scenario, rules: activateRules(options.scenario), advancedMs: 0 };

  async function makeOlder(ms: number, jobId?: string): Promise<void> {
    const moved = await moveIntoPast(deps.pool, ms, jobId);
    await options.runServices();
    await deps.status.settle(moved);
  }

  function begin(scenario: Scenario): void {
    current = { ...current, scenario, rules: activateRules(scenario) };
  }

  const misbehaviour = createMisbehaviour({
    rules: () => current.rules,
    findJob: async (name, gone) => (await deps.status.read(name, gone)).job,
    expire: ({ id }) => makeOlder(options.expireAfterMs, id),
    onApplied: (request, applied) => log.noteRules(request, applied),
  });
  const control: SandboxControl = {
    scenario: () => current.scenario,
    advancedMs: () => current.advancedMs,
    setScenario: (raw) => begin(parseScenario(raw, deps.protocols ?? [])),
    async reset() {
      begin(options.scenario);
      log.clear();
      rateCounters.advance(LONG_MS);
      await cancelAll(deps);
    },
    async advance(ms) {
      await makeOlder(ms);
      rateCounters.advance(ms);
      current = { ...current, advancedMs: current.advancedMs + ms };
    },
    requests: () => log.list(),
  };
  return {
    ...deps,
    rateCounters,
    seenAs: misbehaviour.seenAs,
    logFailure: (failure) => {
      if (!(failure.error instanceof ScenarioFault)) deps.logFailure(failure);
    },
    extend(app) {
      log.watch(app);
      misbehaviour.watch(app);
      addControlRoutes(app, control);
    },
  };
}

async function cancelAll({ pool }: HttpDependencies): Promise<void> {
  for (const { id } of await listJobs(pool, { state: UNFINISHED, limit: 1000 })) {
    await cancelJob(pool, id).catch((error: unknown) => {
      // It has ended meanwhile.
      if (!isAppError(error, 'job.invalid_transition')) throw error;
    });
  }
}
