/** The rules of a scenario with what they have seen so far. */
import type { Job } from '../core/job.ts';
import type { ProtocolCall } from '../http/mount/mounted-protocol.ts';
import type { Rule, RuleEffect, Scenario } from './scenario.ts';

export interface SeenRequest {
  readonly call: ProtocolCall;
  /** The job that it is about; absent where it is about none that exists. */
  readonly job?: Pick<Job, 'id' | 'number'>;
  readonly at: Date;
}

export interface AppliedRule {
  /** Position in the scenario, from 1. */
  readonly rule: number;
  readonly effect: RuleEffect;
  /** When the rule first held for this job. */
  readonly since: Date;
}

export interface ActiveRules {
  /** Counts the request, and says which rules hold for it, in their order. */
  apply(request: SeenRequest): readonly AppliedRule[];
}

/** What a rule knows of one job, or of all requests that are about none. */
interface Seen {
  readonly nth: number;
  count: number;
  since?: Date;
}

export function activateRules({ rules }: Scenario): ActiveRules {
  const active = rules.map((rule) => ({ rule, seen: new Map<string, Seen>() }));
  return {
    apply: (request) =>
      active.flatMap(({ rule, seen }, index) => {
        const since = holdsSince(rule, seen, request);
        return since === undefined ? [] : [{ rule: index + 1, effect: rule.do, since }];
      }),
  };
}

/** Undefined: it does not hold. */
function holdsSince({ when = {} }: Rule, seen: Map<string, Seen>, request: SeenRequest): Date | undefined {
  const { call, job, at } = request;
  if (when.protocol !== undefined && when.protocol !== call.protocol) return undefined;
  if (when.call !== undefined && when.call !== call.operationId) return undefined;
  const key = job?.id ?? '';
  const own = seen.get(key) ?? { nth: job === undefined ? 0 : jobsIn(seen) + 1, count: 0 };
  seen.set(key, own);
  own.count += 1;
  if (when.job !== undefined && !isNamed(when.job, job)) return undefined;
  if (when.nth !== undefined && when.nth !== own.nth) return undefined;
  const { from = 1, to = Number.POSITIVE_INFINITY } = when.polls ?? {};
  if (own.count < from || own.count > to) return undefined;
  own.since ??= at;
  return own.since;
}

function jobsIn(seen: ReadonlyMap<string, Seen>): number {
  return seen.size - (seen.has('') ? 1 : 0);
}

/** Ids are spelled in many ways. */
function isNamed(name: string | number, job: SeenRequest['job']): boolean {
  if (job === undefined) return false;
  const text = String(name).toLowerCase();
  return text === String(job.number) || text.replaceAll('-', '') === job.id.replaceAll('-', '');
}
