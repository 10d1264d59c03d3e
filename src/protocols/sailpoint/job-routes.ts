/** What exports and imports have alike: the answer of the kick-off, the status, and the download of what a job left. */
import type { Job, JobKind } from '../../core/job.ts';
import type { JobContent } from '../download.ts';
import type { JobName, Operation, ProtocolRoute, RouteLimits } from '../protocol.ts';
import type { WireAnswer, WireRequest } from '../wire.ts';
import type { SailPointBinding } from './binding.ts';
import { factsOf } from './facts.ts';
import { refuse } from './faults.ts';
import { expirationOf } from './instants.ts';
import { shapeOf } from './shapes.ts';
import { renderKickOff, renderStatus } from './status.ts';

export interface JobRoutes {
  /** Of the kick-off; the id of the job stands behind it. */
  readonly path: string;
  readonly kinds: readonly JobKind[];
  readonly limits: RouteLimits;
  readonly operations: { readonly status: Operation; readonly download: Operation };
  /** Whether a job in this state has left something that can be downloaded. */
  readonly hasLeft: (state: Job['state']) => boolean;
  readonly compose: (
    content: JobContent,
    binding: SailPointBinding,
    request: WireRequest,
  ) => AsyncIterable<string>;
}

export function answerKickOff(request: WireRequest): (job: Job) => WireAnswer {
  return (job) => ({ status: 202, body: renderKickOff(shapeOf(request.basePath), job) });
}

export function jobRoutes(routes: JobRoutes, binding: SailPointBinding): ProtocolRoute[] {
  const { path, kinds, limits, operations, hasLeft, compose } = routes;
  return [
    {
      method: 'GET',
      path: `${path}/:id`,
      limits,
      operation: operations.status,
      handle: (request) => ({
        do: 'show',
        job: jobNameIn(request),
        kinds,
        answer: (job) => ({ status: 200, body: renderStatus(shapeOf(request.basePath), job) }),
      }),
    },
    {
      method: 'GET',
      path: `${path}/:id/download`,
      limits,
      operation: operations.download,
      handle: (request) => ({
        do: 'download',
        job: jobNameIn(request),
        kinds,
        file(job) {
          const isThere = hasLeft(job.state) && request.now < expirationOf(job);
          if (!isThere || factsOf(job) === undefined) throw refuse(request, 'notFound');
          return {
            type: 'composed',
            mediaType: 'application/json',
            compose: (content) => compose(content, binding, request),
          };
        },
      }),
    },
  ];
}

function jobNameIn({ params }: WireRequest): JobName {
  return { id: params['id'] ?? '' };
}
