import type { FastifyInstance } from 'fastify';
import type { Metric, Sample } from './exposition.ts';

/** Upper bounds of the histogram's buckets, in seconds. */
const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10];

interface Durations {
  readonly method: string;
  readonly route: string;
  /** Requests by bucket; the last is for all that took longer. */
  readonly counts: number[];
  sumSeconds: number;
}

/** Counts the requests of `app` from now on, by template of the route: what clients write into paths makes no new series. */
export function countRequests(app: FastifyInstance): () => Metric[] {
  const totals = new Map<string, Sample & { value: number }>();
  const durations = new Map<string, Durations>();

  app.addHook('onResponse', async (request, reply) => {
    const route = request.routeOptions.url ?? 'none';
    const { method } = request;
    const status = `${Math.floor(reply.statusCode / 100)}xx`;
    const total = getOrAdd(totals, `${method} ${route} ${status}`, () => ({
      labels: { method, route, status },
      value: 0,
    }));
    total.value += 1;
    const duration = getOrAdd(durations, `${method} ${route}`, () => ({
      method,
      route,
      counts: Array.from({ length: BUCKETS.length + 1 }, () => 0),
      sumSeconds: 0,
    }));
    const seconds = reply.elapsedTime / 1000;
    const bucket = BUCKETS.findIndex((bound) => seconds <= bound);
    const index = bucket === -1 ? BUCKETS.length : bucket;
    duration.counts[index] = (duration.counts[index] ?? 0) + 1;
    duration.sumSeconds += seconds;
  });

  return () => [
    {
      name: 'waybill_http_requests_total',
      type: 'counter',
      help: 'Requests that this process has answered.',
      samples: [...totals.values()],
    },
    {
      name: 'waybill_http_request_duration_seconds',
      type: 'histogram',
      help: 'From the head of a request to the end of its answer.',
      samples: [...durations.values()].flatMap(renderDurations),
    },
  ];
}

function renderDurations({ method, route, counts, sumSeconds }: Durations): Sample[] {
  const labels = { method, route };
  let count = 0;
  const buckets = counts.map((inBucket, index): Sample => {
    count += inBucket;
    return { suffix: '_bucket', labels: { ...labels, le: BUCKETS[index] ?? '+Inf' }, value: count };
  });
  return [
    ...buckets,
    { suffix: '_sum', labels, value: sumSeconds },
    { suffix: '_count', labels, value: count },
  ];
}

function getOrAdd<T>(map: Map<string, T>, key: string, create: () => T): T {
  const known = map.get(key) ?? create();
  map.set(key, known);
  return known;
}
