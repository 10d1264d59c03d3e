/** AvePoint Graph API, Insights export jobs: docs/protocols/avepoint.md */
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { BoundProtocol, JobName, Protocol, ProtocolRoute, RouteLimits } from '../protocol.ts';
import type { WireRequest } from '../wire.ts';
import { type AvePointBinding, BINDING_SCHEMA, readBinding, usedCollections } from './binding.ts';
import { envelope, refuse, renderError } from './envelope.ts';
import { KICK_OFFS, type KickOff } from './kick-offs.ts';
import { describeFile, describeKickOff, describeStatus } from './operations.ts';
import { readFilter } from './read-parameters.ts';
import { chooseReport } from './report-file.ts';
import { projectStatus, readStatus, renderStatus } from './status.ts';

const LIMITS: RouteLimits = { permission: 'insights.graph.readwrite.all' };
const KINDS = ['export'] as const;

export const AVEPOINT: Protocol = {
  name: 'avepoint',
  title: 'AvePoint Insights',
  basePaths: ['/insights'],
  capabilities: { kinds: KINDS, canCancel: false, canSchedule: false, canDownload: true, canDeliver: false },
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundProtocol {
    const binding = readBinding(raw);
    return {
      routes: [...KICK_OFFS.map((kickOff) => kickOffRoute(kickOff, binding)), STATUS_ROUTE, FILE_ROUTE],
      uses: usedCollections(binding),
      elsewhere: LIMITS,
      renderError: (error) => renderError(error, binding.simultaneousExports),
      answerHeaders: (_rate, _now, requestId) => ({ 'request-id': requestId, ...NEVER_REPEATED }),
    };
  },
  projectStatus,
  readStatus,
};

/** A GET that starts something must never be answered from a copy. */
const NEVER_REPEATED = { 'cache-control': 'no-store' };

function kickOffRoute(kickOff: KickOff, binding: AvePointBinding): ProtocolRoute {
  return {
    method: 'GET',
    startsByGet: true,
    path: kickOff.path,
    ...(kickOff.pathOfAll !== undefined && { aliases: [kickOff.pathOfAll] }),
    limits: LIMITS,
    operation: describeKickOff(kickOff),
    handle(request) {
      const report = binding.reports[kickOff.report];
      if (report === undefined) throw refuse('This report is not available on this server.', 404);
      const { collection, columns, titles, scope } = report;
      return {
        do: 'start',
        job: {
          kind: 'export',
          parts: [{ collection, ...omitUndefined({ scope }) }],
          options: {
            format: 'xlsx',
            compression: 'zip',
            fileName: kickOff.operationId,
            ...omitUndefined({
              fields: columns,
              headerLabels: titles,
              filter: readFilter(kickOff, report, request),
            }),
          },
          description: kickOff.summary,
          facts: { report: kickOff.report },
          slot: { name: 'avepoint', most: binding.simultaneousExports },
        },
        answer: (job) => envelope({ jobId: String(job.number) }),
      };
    },
  };
}

const STATUS_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/job/:jobId/exportstatus',
  limits: LIMITS,
  operation: describeStatus(),
  handle: (request) => ({ do: 'show', job: readJobId(request), kinds: KINDS, answer: renderStatus }),
};

const FILE_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/job/:jobId/exportfile',
  limits: LIMITS,
  operation: describeFile(),
  handle: (request) => ({ do: 'download', job: readJobId(request), kinds: KINDS, file: chooseReport }),
};

function readJobId(request: WireRequest): JobName {
  const text = request.params['jobId'] ?? '';
  if (/^\d{1,15}$/.test(text)) return { number: Number(text) };
  throw refuse('The job ID must be an integer.');
}
