import type { FastifyInstance } from 'fastify';
import type { Caller } from '../../actions/caller.ts';
import { readFigures } from '../../actions/server/read-server.ts';
import { isTransient } from '../../core/sqlstate.ts';
import type { Figures } from '../../store/figures.ts';
import type { HttpDependencies } from '../dependencies.ts';
import { renderFigures } from '../metrics/database-metrics.ts';
import { METRICS_MEDIA_TYPE, type Metric, renderMetrics } from '../metrics/exposition.ts';
import { gauge } from '../metrics/process-metrics.ts';
import { callerOf } from '../requests/caller.ts';
import { answersText } from '../schemas/shared.ts';

/** However often it is scraped, the database is asked once a second. */
const FIGURES_KEPT_MS = 1000;

/** `/metrics`: figures about all jobs from the database, and about this process. */
export async function metricsRoutes(
  app: FastifyInstance,
  deps: Pick<HttpDependencies, 'pool'>,
  ofProcess: readonly (() => Metric[])[],
): Promise<void> {
  let kept: { readonly figures: Promise<Figures>; readonly readAt: number } | undefined;

  function figures(caller: Caller): Promise<Figures> {
    const now = performance.now();
    if (kept === undefined || now - kept.readAt > FIGURES_KEPT_MS) {
      kept = { figures: readFigures(caller, deps), readAt: now };
    }
    return kept.figures;
  }

  app.get(
    '/metrics',
    {
      schema: {
        operationId: 'getMetrics',
        summary: 'Figures for Prometheus',
        description: 'Names and labels are stable; see docs/operating.md.',
        response: answersText('text/plain', 'Text format 0.0.4.'),
      },
    },
    async (request, reply) => {
      // When the database is away the process's own figures matter most.
      const ofDatabase = await figures(callerOf(request)).then(renderFigures, (error: unknown) => {
        if (!isTransient(error)) throw error;
        return [];
      });
      const isUp = gauge(
        'waybill_database_up',
        '1 while the database answers; without it its figures are missing.',
        [{ value: Number(ofDatabase.length > 0) }],
      );
      const metrics = [isUp, ...ofDatabase, ...ofProcess.flatMap((read) => read())];
      return reply.type(METRICS_MEDIA_TYPE).send(renderMetrics(metrics));
    },
  );
}
