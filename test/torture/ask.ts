/** Requests to the server under attack, by nothing but its documented interface. Each has a deadline. */
import { setTimeout as delay } from 'node:timers/promises';
import type { Faults } from './faults.ts';
import type { Weather } from './weather.ts';

export interface Address {
  readonly url: string;
  readonly token: string;
}

export interface Question {
  readonly method?: 'GET' | 'POST' | 'PUT' | 'DELETE';
  readonly headers?: Readonly<Record<string, string>>;
  readonly json?: unknown;
  readonly bytes?: Buffer;
  /** What the server may take beside its deadline, such as the time of a long poll. */
  readonly waitMs?: number;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly bytes: Buffer;
  /** Of an answer in JSON. */
  readonly body: Readonly<Record<string, unknown>>;
}

export interface Surroundings {
  /** Whoever answers at the moment, one of several; undefined while nobody does. */
  address(): Address | undefined;
  readonly weather: Weather;
  readonly faults: Faults;
  readonly signal: AbortSignal;
  /** A request that takes longer hangs. */
  readonly answerLimitMs: number;
  /** Sabotage: the answer never comes. */
  isLost(path: string): boolean;
  /** The moment of `performance.now()` since when nothing is attacked any more; infinity while something is. */
  peaceSince(): number;
  /** Called for each answer. */
  onAnswer(): void;
}

/** Whatever is done to the server, it is back within this time. */
const PATIENCE_MS = 90_000;

/**
 * One request. @returns undefined when there was no answer and something excuses that; what nothing excuses is a fault
 */
export async function ask(
  around: Surroundings,
  path: string,
  question: Question = {},
): Promise<Answer | undefined> {
  const address = around.address();
  if (address === undefined) return undefined;
  const from = performance.now();
  const { method = 'GET', waitMs = 0 } = question;
  const where = `${method} ${path}`;
  const limitMs = around.answerLimitMs + waitMs;
  const deadline = AbortSignal.timeout(limitMs);
  try {
    const answer = await send(new URL(path, address.url), address.token, question, deadline);
    if (around.isLost(path)) await delay(2 * limitMs, undefined, { signal: deadline });
    around.onAnswer();
    return isAcceptable(around, where, answer, from) ? answer : undefined;
  } catch (error) {
    if (deadline.aborted) around.faults.report('hung', where, `no answer within ${limitMs} ms`);
    else if (!around.weather.wasTroubled('api', from, performance.now())) {
      around.faults.report('answer', where, `the connection broke: ${describe(error)}`);
    }
    return undefined;
  }
}

async function send(url: URL, token: string, question: Question, signal: AbortSignal): Promise<Answer> {
  const { method = 'GET', headers, json, bytes } = question;
  const body = json === undefined ? bytes : JSON.stringify(json);
  const response = await fetch(url, {
    method,
    signal,
    headers: {
      authorization: `Bearer ${token}`,
      ...(json !== undefined && { 'content-type': 'application/json' }),
      ...(bytes !== undefined && { 'content-type': 'application/octet-stream' }),
      ...headers,
    },
    ...(body !== undefined && { body: body as string }),
  });
  const received = Buffer.from(await response.arrayBuffer());
  const isJson = /^application\/(problem\+)?json(;|$)/.test(response.headers.get('content-type') ?? '');
  const parsed = isJson ? (JSON.parse(received.toString()) as Answer['body']) : {};
  return { status: response.status, headers: response.headers, bytes: received, body: parsed };
}

/** 503 and 507 are excused by trouble with what they name; no other failure of the server is. */
function isAcceptable(
  { weather, faults }: Surroundings,
  where: string,
  answer: Answer,
  from: number,
): boolean {
  if (answer.status < 500) return true;
  const to = performance.now();
  const isExcused =
    answer.status === 507
      ? weather.wasTroubled('disk', from, to)
      : answer.status === 503 &&
        (['api', 'database', 'disk'] as const).some((one) => weather.wasTroubled(one, from, to));
  if (!isExcused) faults.report('answer', where, `${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
  return false;
}

/** Asks until there is an answer. @throws Error when there is none for a long time, or the campaign was given up */
export async function insist(around: Surroundings, path: string, question: Question = {}): Promise<Answer> {
  const until = performance.now() + PATIENCE_MS;
  for (;;) {
    const answer = await ask(around, path, question);
    if (answer !== undefined) return answer;
    if (performance.now() > until) throw new Error(`${path}: nobody answers for ${PATIENCE_MS} ms`);
    await delay(100, undefined, { signal: around.signal });
  }
}

/** Like `insist`, where only success is to be expected. */
export async function demand(around: Surroundings, path: string, question: Question = {}): Promise<Answer> {
  const answer = await insist(around, path, question);
  if (answer.status >= 400)
    throw new Error(`${path}: ${answer.status} ${answer.bytes.toString().slice(0, 500)}`);
  return answer;
}

export function describe(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { code?: string; message?: string } };
  return [message, cause?.code, cause?.message].filter(Boolean).join(': ');
}
