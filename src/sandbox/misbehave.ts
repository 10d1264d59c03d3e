/** Carries out what the rules say, between requests and protocols. */
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { AppError, isAppError } from '../core/errors.ts';
import type { Job } from '../core/job.ts';
import { isFinal } from '../core/job-state.ts';
import type { SeenAs } from '../http/mount/mounted-protocol.ts';
import type { ActiveRules, AppliedRule } from './active-rules.ts';
import { cutInHalf } from './cut-answer.ts';
import { parseDuration } from './duration.ts';
import { lookLike } from './job-fates.ts';
import { BUG, type RuleEffect } from './scenario.ts';

/** Percentage at which a job fails or hangs. */
const DEFAULT_AT = 30;

/** A failure that was asked for: nothing to be logged. */
export class ScenarioFault extends Error {
  override readonly name = 'ScenarioFault';
}

export interface MisbehaviourParts {
  /** Those of now: they may be replaced. */
  readonly rules: () => ActiveRules;
  /** @throws AppError `job.not_found` */
  readonly findJob: (idOrNumber: string, gone: AbortSignal) => Promise<Job>;
  /** Makes a job older than what is kept of it. */
  readonly expire: (job: Job) => Promise<void>;
  readonly onApplied: (request: FastifyRequest, applied: readonly AppliedRule[]) => void;
}

export interface Misbehaviour {
  watch(app: FastifyInstance): void;
  readonly seenAs: SeenAs;
}

export function createMisbehaviour(parts: MisbehaviourParts): Misbehaviour {
  const applied = new WeakMap<FastifyRequest, readonly AppliedRule[]>();
  const expired = new Set<string>();

  async function interfere(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const { call } = request.routeOptions.config;
    if (call === undefined) return;
    const job = await findNamedJob(request, parts.findJob);
    const rules = parts.rules().apply({ call, at: new Date(), ...(job !== undefined && { job }) });
    applied.set(request, rules);
    parts.onApplied(request, rules);
    for (const { effect } of rules) {
      if (effect.delay !== undefined) await delayAnswer(parseDuration(effect.delay), request.signal);
      if (effect.job === 'expired' && job !== undefined) await expireOnce(job);
      if (effect.cut === 'before') {
        reply.hijack();
        request.raw.socket.destroy();
        return;
      }
      if (effect.error !== undefined) refuse(effect, reply);
    }
  }

  async function expireOnce(job: Job): Promise<void> {
    if (!isFinal(job.state) || expired.has(job.id)) return;
    expired.add(job.id);
    await parts.expire(job);
  }

  return {
    watch(app) {
      app.addHook('preHandler', interfere);
      app.addHook('onSend', async (request, reply, payload) => {
        const isCut = applied.get(request)?.some(({ effect }) => effect.cut === 'halfway') === true;
        return isCut ? cut(request, reply, payload) : payload;
      });
    },
    seenAs: (job, request) =>
      (applied.get(request) ?? []).reduce((seen, { effect, since }) => {
        if (effect.job === undefined || effect.job === 'expired') return seen;
        return lookLike(seen, effect.job, { at: effect.at ?? DEFAULT_AT, since });
      }, job),
  };
}

/** The job that the path names, if there is one. */
async function findNamedJob(
  { params, signal }: FastifyRequest,
  findJob: MisbehaviourParts['findJob'],
): Promise<Job | undefined> {
  for (const value of Object.values((params ?? {}) as Record<string, string>)) {
    const digits = value.replaceAll('-', '').toLowerCase();
    const isId = /^[0-9a-f]{32}$/.test(digits);
    if (!isId && !/^\d{1,15}$/.test(value)) continue;
    const name = isId ? digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5') : value;
    const job = await findJob(name, signal).catch((error: unknown) => {
      if (isAppError(error, 'job.not_found')) return undefined;
      throw error;
    });
    if (job !== undefined) return job;
  }
  return undefined;
}

/** A client that has gone is kept waiting no longer. */
async function delayAnswer(ms: number, signal: AbortSignal): Promise<void> {
  await delay(ms, undefined, { ref: false, signal }).catch(() => {});
}

function refuse({ error, details, retryAfterSeconds }: RuleEffect, reply: FastifyReply): never {
  const message = 'The scenario of the sandbox says so.';
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (error === undefined || error === BUG) throw new ScenarioFault(message);
  throw new AppError(error, message, {
    details: { ...(retryAfterSeconds !== undefined && { retryAfterSeconds }), ...details },
  });
}

function cut(request: FastifyRequest, reply: FastifyReply, payload: unknown): unknown {
  if (payload instanceof Readable) {
    const announced = reply.getHeader('content-length');
    return cutInHalf(payload, announced === undefined ? undefined : Number(announced));
  }
  if ((typeof payload !== 'string' && !Buffer.isBuffer(payload)) || payload.length === 0) {
    // Half of nothing: the answer does not arrive.
    request.raw.socket.destroy();
    return payload;
  }
  const sizeBytes = Buffer.byteLength(payload);
  void reply.header('content-length', sizeBytes);
  return cutInHalf(payload, sizeBytes);
}
