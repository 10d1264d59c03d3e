import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { atOnce } from '../requests/at-once.ts';
import type { Metric, Sample } from './exposition.ts';

/** Upper bounds of the histogram's buckets, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

/** Of one method at one route. */
interface Tally {
  readonly method: string;
  readonly route: string;
  /** Answers by the first digit of their status. */
  readonly byClass: number[];
  /** Answers by bucket; the last is for all that took longer. */
  readonly byBucket: number[];
  sumSeconds: number;
}

/** Counts the requests of `app` from now on, by template of the route: what clients write into paths makes no new series. */
export function countRequests(app: FastifyInstance): () => Metric[] {
  const tallies: Tally[] = [];
  const countElsewhere = countAt('none', tallies);
  // Each route knows its own tallies: looked up by its name they cost every request a long text.
  app.addHook('onRoute', (route) => {
    route.onResponse = [route.onResponse ?? [], atOnce(countAt(route.url, tallies))].flat();
  });
  app.addHook(
    'onResponse',
    atOnce((request, reply) => {
      if (request.is404) countElsewhere(request, reply);
    }),
  );

  return () => [
    {
      name: 'waybill_http_requests_total',
      type: 'counter',
      help: 'Requests that this process has answered.',
      samples: tallies.flatMap(renderTotals),
    },
    {
      name: 'waybill_http_request_duration_seconds',
      type: 'histogram',
      help: 'From the head of a request to the end of its answer.',
      samples: tallies.flatMap(renderDurations),
    },
  ];
}

function countAt(route: string, tallies: Tally[]): (request: FastifyRequest, reply: FastifyReply) => void {
  const byMethod = new Map<string, Tally>();

  function begin(method: string): Tally {
    const byBucket = Array.from({ length: BUCKETS.length + 1 }, () => 0);
    const tally: Tally = { method, route, byClass: [0, 0, 0, 0, 0, 0], byBucket, sumSeconds: 0 };
    byMethod.set(method, tally);
    tallies.push(tally);
    return tally;
  }

  return ({ method }, { statusCode, elapsedTime }) => {
    const tally = byMethod.get(method) ?? begin(method);
    const seconds = elapsedTime / 1000;
    addOne(tally.byClass, Math.floor(statusCode / 100));
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    addOne(tally.byBucket, bucket === -1 ? BUCKETS.length : bucket);
    tally.sumSeconds += seconds;
  };
}

function renderTotals({ method, route, byClass }: Tally): Sample[] {
  return byClass.flatMap((value, digit) =>
    value === 0 ? [] : [{ labels: { method, route, status: `${digit}xx` }, value }],
  );
}

function renderDurations({ method, route, byBucket, sumSeconds }: Tally): Sample[] {
  const labels = { method, route };
  let count = 0;
  const buckets = byBucket.map((inBucket, index): Sample => {
    count += inBucket;
    return { suffix: '_bucket', labels: { ...labels, le: BUCKETS[index] ?? '+Inf' }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sumSeconds },
    { suffix: '_count', labels, value: count },
  ];
}

function addOne(counts: number[], at: number): void {
  counts[at] = (counts[at] ?? 0) + 1;
}
