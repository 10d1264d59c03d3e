/** What was asked and what was answered, newest last. Bodies of requests are not kept: they may hold credentials. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { AppliedRule } from './active-rules.ts';

export const MOST_ENTRIES = 1000;
/** Of an answer. */
const MOST_CHARACTERS = 16_384;

export interface LoggedRequest {
  /** From 1, since the start or the last reset. */
  readonly number: number;
  readonly at: string;
  readonly method: string;
  readonly url: string;
  readonly protocol?: string;
  readonly call?: string;
  /** Positions in the scenario, from 1, of the rules that held. */
  rules: readonly number[];
  /** Absent: not answered. */
  status?: number;
  headers?: Readonly<Record<string, unknown>>;
  /** JSON as it is, other text as text; absent for files. */
  body?: unknown;
  durationMs?: number;
  isCut?: true;
}

export interface RequestLog {
  /** Logs requests from now on. */
  watch(app: FastifyInstance): void;
  noteRules(request: FastifyRequest, applied: readonly AppliedRule[]): void;
  list(): readonly LoggedRequest[];
  clear(): void;
}

/** @param isOwn requests that are not logged */
export function createRequestLog(isOwn: (request: FastifyRequest) => boolean): RequestLog {
  const entries: LoggedRequest[] = [];
  const byRequest = new WeakMap<FastifyRequest, LoggedRequest>();
  let count = 0;

  function begin(request: FastifyRequest, reply: FastifyReply): void {
    const startedAt = performance.now();
    const { call } = request.routeOptions.config;
    count += 1;
    const entry: LoggedRequest = {
      number: count,
      at: new Date().toISOString(),
      method: request.method,
      url: request.url,
      ...(call !== undefined && { protocol: call.protocol, call: call.operationId }),
      rules: [],
    };
    entries.push(entry);
    if (entries.length > MOST_ENTRIES) entries.shift();
    byRequest.set(request, entry);
    reply.raw.once('close', () => {
      entry.durationMs = Math.round(performance.now() - startedAt);
      if (!reply.raw.writableFinished) entry.isCut = true;
    });
  }

  return {
    watch(app) {
      app.addHook('onRequest', async (request, reply) => {
        if (!isOwn(request)) begin(request, reply);
      });
      app.addHook('onSend', async (request, reply, payload) => {
        const entry = byRequest.get(request);
        if (entry === undefined) return;
        entry.status = reply.statusCode;
        entry.headers = { ...reply.getHeaders() };
        const body = readBody(payload, String(reply.getHeader('content-type')));
        if (body !== undefined) entry.body = body;
      });
    },
    noteRules(request, applied) {
      const entry = byRequest.get(request);
      if (entry !== undefined) entry.rules = applied.map(({ rule }) => rule);
    },
    list: () => entries,
    clear() {
      entries.length = 0;
      count = 0;
    },
  };
}

function readBody(payload: unknown, mediaType: string): unknown {
  if (typeof payload !== 'string' && !Buffer.isBuffer(payload)) return undefined;
  const text = payload.toString();
  if (text === '' || text.length > MOST_CHARACTERS) return undefined;
  return mediaType.includes('json') ? JSON.parse(text) : text;
}
