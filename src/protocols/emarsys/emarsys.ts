/** Emarsys Core API v2, exports of contact and email data: docs/protocols/emarsys.md */
import type { Job, JobKind } from '../../core/job.ts';
import type { BoundProtocol, JobName, Protocol, ProtocolRoute, RateState, RouteLimits } from '../protocol.ts';
import type { WireRequest } from '../wire.ts';
import { type EmarsysBinding, usedCollections } from './binding.ts';
import { BINDING_SCHEMA } from './binding-schema.ts';
import { chooseData, type DataRequest, readPathRange, readQuery } from './data.ts';
import { failure, REPLIES, refuse, success } from './envelope.ts';
import { type EmarsysExport, EXPORTS } from './exports.ts';
import { readKickOff } from './kick-off.ts';
import { describeData, describeHealth, describeKickOff, describeNoId, describeStatus } from './operations.ts';
import { renderError } from './render-error.ts';
import { projectStatus, readStatus, renderStatus } from './status.ts';

const REQUESTS_PER_MINUTE = 1000;

/** What is no export gets a reply of its own. */
const KINDS: readonly JobKind[] = ['export', 'import', 'validation'];

export const EMARSYS: Protocol = {
  name: 'emarsys',
  title: 'Emarsys',
  // The second is where the vendor has all clients move until the end of 2026; what is below them is the same.
  basePaths: ['/api/v2', '/api/v3'],
  capabilities: {
    kinds: ['export'],
    canCancel: false,
    canSchedule: false,
    canDownload: true,
    canDeliver: true,
  },
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundProtocol {
    const binding = raw as EmarsysBinding;
    const requests = binding.requestsPerMinute ?? REQUESTS_PER_MINUTE;
    const limits = { permission: 'export', rate: { requests, seconds: 60, scope: 'emarsys' } };
    return {
      routes: [
        ...EXPORTS.map((kind) => kickOffRoute(kind, binding, limits)),
        noIdRoute(limits),
        statusRoute(limits),
        ...dataRoutes(limits),
      ],
      rootRoutes: [HEALTH_ROUTE],
      uses: usedCollections(binding),
      elsewhere: limits,
      renderError: (error) => renderError(error),
      renderNotification: (job) => ({ body: JSON.stringify(renderStatus(job).body) }),
      answerHeaders: (rate, now) => rateHeaders(rate ?? untouched(requests, now)),
    };
  },
  projectStatus,
  readStatus,
};

/** Whoever is not known has sent nothing that counts. */
function untouched(limit: number, now: Date): RateState {
  return { limit, remaining: limit, resetAt: new Date(now.getTime() + 60_000) };
}

function rateHeaders({ limit, remaining, resetAt }: RateState): Readonly<Record<string, string>> {
  return {
    'x-ratelimit-limit': String(limit),
    'x-ratelimit-remaining': String(remaining),
    'x-ratelimit-reset': String(Math.ceil(resetAt.getTime() / 1000)),
  };
}

function kickOffRoute(kind: EmarsysExport, binding: EmarsysBinding, limits: RouteLimits): ProtocolRoute {
  return {
    method: 'POST',
    path: kind.path,
    aliases: [`${kind.path}/`],
    body: 'json',
    limits,
    operation: describeKickOff(kind),
    handle: (request) => ({
      do: 'start',
      job: readKickOff(kind, binding, request),
      answer: (job) => success({ id: job.number }),
    }),
  };
}

function noIdRoute(limits: RouteLimits): ProtocolRoute {
  return {
    method: 'GET',
    path: '/export',
    aliases: ['/export/'],
    limits,
    operation: describeNoId(),
    handle: () => {
      throw refuse(REPLIES.invalidExportId);
    },
  };
}

function statusRoute(limits: RouteLimits): ProtocolRoute {
  return {
    method: 'GET',
    path: '/export/:exportId',
    aliases: ['/export/:exportId/'],
    limits,
    operation: describeStatus(),
    handle: (request) => ({ do: 'show', job: readExportId(request), kinds: KINDS, answer: renderStatus }),
  };
}

function dataRoutes(limits: RouteLimits): ProtocolRoute[] {
  const route = (form: 'query' | 'path', path: string, read: (request: WireRequest) => DataRequest) => ({
    method: 'GET' as const,
    path,
    aliases: [`${path}/`],
    limits,
    operation: describeData(form),
    handle(request: WireRequest) {
      const job = readExportId(request);
      const asked = read(request);
      return { do: 'download' as const, job, kinds: KINDS, file: (found: Job) => chooseData(found, asked) };
    },
  });
  return [
    route('query', '/export/:exportId/data', readQuery),
    route('path', '/export/:exportId/data/:range', ({ params }) => readPathRange(params['range'] ?? '')),
  ];
}

/** Source: dev.emarsys.com, which has no login for it and shows no body. */
const HEALTH_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/healthcheck',
  aliases: ['/healthcheck/'],
  limits: { permission: undefined },
  operation: describeHealth(),
  handle: () => ({
    do: 'health',
    answer: ({ isReady, hasDatabase, hasFiles }) =>
      isReady && hasDatabase && hasFiles ? success('') : failure(REPLIES.overloaded),
  }),
};

function readExportId({ params }: WireRequest): JobName {
  const text = params['exportId'] ?? '';
  if (/^\d{1,15}$/.test(text)) return { number: Number(text) };
  throw refuse(REPLIES.invalidExportId);
}
