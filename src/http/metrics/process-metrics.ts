import { monitorEventLoopDelay } from 'node:perf_hooks';
import type { FastifyInstance } from 'fastify';
import type { HttpDependencies } from '../dependencies.ts';
import type { Metric, Sample } from './exposition.ts';

const QUANTILES = [0.5, 0.99, 1];

/** What this process of the API knows about itself. */
export function watchProcess(
  app: FastifyInstance,
  { pool, status, isReady, version }: Pick<HttpDependencies, 'pool' | 'status' | 'isReady' | 'version'>,
): () => Metric[] {
  const delay = monitorEventLoopDelay({ resolution: 20 });
  app.addHook('onReady', async () => void delay.enable());
  app.addHook('onClose', async () => void delay.disable());

  return () => {
    const delays = QUANTILES.map((quantile) => ({
      labels: { quantile },
      // NaN while there is nothing to say. The histogram contains its own resolution.
      value: (delay.percentile(quantile * 100) || 0) / 1e9,
    }));
    delay.reset();
    return [
      gauge('waybill_info', 'The version, as a label.', [{ labels: { version }, value: 1 }]),
      gauge('waybill_ready', '1 while this process takes jobs, 0 while it shuts down.', [
        { value: Number(isReady()) },
      ]),
      gauge('waybill_event_streams', 'Event streams that this process feeds.', [{ value: status.watchers }]),
      gauge('waybill_database_connections', 'Connections of this process to its database.', [
        { labels: { state: 'busy' }, value: pool.totalCount - pool.idleCount },
        { labels: { state: 'idle' }, value: pool.idleCount },
      ]),
      gauge('waybill_database_waiting', 'Requests of this process that wait for a connection.', [
        { value: pool.waitingCount },
      ]),
      gauge('waybill_event_loop_delay_seconds', 'How late the event loop was since the last scrape.', delays),
      gauge('waybill_process_resident_bytes', 'Memory of this process.', [
        { value: process.memoryUsage.rss() },
      ]),
    ];
  };
}

export function gauge(name: string, help: string, samples: readonly Sample[]): Metric {
  return { name, type: 'gauge', help, samples };
}
