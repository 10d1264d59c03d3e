/** The clients of `bench/small.ts`, forked by it: told a plan, they tell a result, and end. */
import { Agent, type IncomingMessage, request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import type { Client } from '../../src/sdk/client.ts';
import type { WireJob } from '../../src/sdk/wire.ts';

export interface SmallPlan {
  readonly server: Client['server'];
  readonly kind: 'import' | 'validation' | 'export';
  readonly jobs: number;
  readonly collections: number;
  readonly clients: number;
  /** Of each job. */
  readonly records: number;
  /** Each client waits for its job before it starts the next. */
  readonly wait: boolean;
}

export interface SmallResult {
  /** Milliseconds of each kick-off, as its client saw it. */
  readonly kickOffs: readonly number[];
  /** Milliseconds from a job's row to its end, as the server tells them. */
  readonly lives: readonly number[];
  /** From the first kick-off to the last answer, and to the last end. */
  readonly acceptedMs: number;
  readonly endedMs: number;
  readonly created: number;
  readonly errors: readonly string[];
}

const LOOK_EVERY_MS = 20;

process.once('message', (plan: SmallPlan) => {
  void run(plan).then((result) => {
    process.send?.(result, () => process.exit(0));
  });
});

async function run(plan: SmallPlan): Promise<SmallResult> {
  const agent = new Agent({ keepAlive: true, maxSockets: plan.clients });
  const ids: string[] = [];
  const kickOffs: number[] = [];
  const errors: string[] = [];
  const startedAt = performance.now();
  let next = 0;
  const client = async () => {
    for (let index = next++; index < plan.jobs; index = next++) {
      const beganAt = performance.now();
      try {
        const job = await call<WireJob>(plan, agent, 'POST', `/v1/${plan.kind}s`, bodyOf(plan, index));
        ids.push(job.id);
      } catch (error) {
        errors.push(String(error));
      }
      kickOffs.push(performance.now() - beganAt);
    }
  };
  await Promise.all(Array.from({ length: plan.clients }, client));
  const acceptedMs = performance.now() - startedAt;
  const lives: number[] = [];
  let created = 0;
  let first = Number.POSITIVE_INFINITY;
  let last = 0;
  for (const id of ids) {
    const job = await ended(plan, agent, id);
    if (job.state !== 'succeeded') errors.push(`job ${job.number} ${job.state}: ${job.failure?.message}`);
    const [from, to] = [Date.parse(job.createdAt), Date.parse(job.finishedAt ?? '')];
    lives.push(to - from);
    first = Math.min(first, from);
    last = Math.max(last, to);
    created += job.outcomes.created;
  }
  agent.destroy();
  return { kickOffs, lives, acceptedMs, endedMs: last - first, created, errors };
}

function bodyOf(plan: SmallPlan, index: number): object {
  const collection = `small${index % plan.collections}`;
  if (plan.kind === 'export') return { collection };
  const records = Array.from({ length: plan.records }, (_, at) => ({
    id: index * plan.records + at,
    name: `name ${at}`,
  }));
  return { collection, source: { records } };
}

async function ended(plan: SmallPlan, agent: Agent, id: string): Promise<WireJob> {
  for (;;) {
    const job = await call<WireJob>(plan, agent, 'GET', `/v1/jobs/${id}`);
    if (['succeeded', 'failed', 'cancelled'].includes(job.state)) return job;
    await delay(LOOK_EVERY_MS);
  }
}

async function call<T>(
  plan: SmallPlan,
  agent: Agent,
  method: string,
  path: string,
  body?: object,
): Promise<T> {
  const text = body === undefined ? undefined : JSON.stringify(body);
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = request(
      `${plan.server.url}${path}`,
      {
        method,
        agent,
        headers: {
          authorization: `Bearer ${plan.server.token}`,
          ...(text !== undefined && {
            'content-type': 'application/json',
            'content-length': Buffer.byteLength(text),
          }),
          ...(plan.wait && method === 'POST' && { prefer: 'wait=30' }),
        },
      },
      resolve,
    );
    sent.once('error', reject);
    sent.end(text);
  });
  let answer = '';
  response.setEncoding('utf8');
  for await (const piece of response) answer += piece;
  if ((response.statusCode ?? 500) >= 400) throw new Error(`${response.statusCode} ${answer}`);
  return JSON.parse(answer) as T;
}
