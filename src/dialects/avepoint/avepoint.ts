/** AvePoint Graph API, Insights export jobs: docs/dialects/avepoint.md */
import type { BoundDialect, Dialect, DialectRoute, JobName, RouteLimits } from '../dialect.ts';
import type { JobFile } from '../download.ts';
import type { WireRequest } from '../wire.ts';
import { type AvePointBinding, BINDING_SCHEMA, readBinding, usedCollections } from './binding.ts';
import { envelope, failure, refuse, renderError } from './envelope.ts';
import { KICK_OFFS, type KickOff } from './kick-offs.ts';
import { describeFile, describeKickOff, describeStatus } from './operations.ts';
import { readFilter } from './read-parameters.ts';
import { projectStatus, readStatus, renderStatus } from './status.ts';

/** Source: learn.avepoint.com, "Insights for Microsoft 365 Web API": only 5 export jobs can run simultaneously. */
const SIMULTANEOUS_EXPORTS = 5;

const LIMITS: RouteLimits = { permission: 'insights.graph.readwrite.all' };
const KINDS = ['export'] as const;

export const AVEPOINT: Dialect = {
  name: 'avepoint',
  title: 'AvePoint Insights',
  basePaths: ['/insights'],
  capabilities: { kinds: KINDS, canCancel: false, canSchedule: false, canDownload: true, canDeliver: false },
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundDialect {
    const binding = readBinding(raw);
    return {
      routes: [...KICK_OFFS.map((kickOff) => kickOffRoute(kickOff, binding)), STATUS_ROUTE, FILE_ROUTE],
      uses: usedCollections(binding),
      elsewhere: LIMITS,
      renderError: (error) => renderError(error),
    };
  },
  projectStatus,
  readStatus,
};

function kickOffRoute(kickOff: KickOff, binding: AvePointBinding): DialectRoute {
  const most = binding.simultaneousExports ?? SIMULTANEOUS_EXPORTS;
  return {
    method: 'GET',
    path: kickOff.path,
    limits: LIMITS,
    operation: describeKickOff(kickOff),
    handle(request) {
      const report = binding.reports[kickOff.report];
      if (report === undefined) throw refuse('This report is not available on this server.', 404);
      const { collection, columns, titles, scope } = report;
      const filter = readFilter(kickOff, report, request);
      return {
        do: 'start',
        job: {
          kind: 'export',
          parts: [{ collection, ...(scope && { scope }) }],
          options: {
            format: 'xlsx',
            compression: 'zip',
            fileName: kickOff.operationId,
            ...(columns && { fields: columns }),
            ...(titles && { headerLabels: titles }),
            ...(filter && { filter }),
          },
          description: kickOff.summary,
          facts: { report: kickOff.report },
          slot: { name: 'avepoint', most },
        },
        answer: (job) => envelope({ jobId: String(job.number) }),
      };
    },
  };
}

const STATUS_ROUTE: DialectRoute = {
  method: 'GET',
  path: '/job/:jobId/exportstatus',
  limits: LIMITS,
  operation: describeStatus(),
  handle: (request) => ({ do: 'show', job: readJobId(request), kinds: KINDS, answer: renderStatus }),
};

const FILE_ROUTE: DialectRoute = {
  method: 'GET',
  path: '/job/:jobId/exportfile',
  limits: LIMITS,
  operation: describeFile(),
  handle: (request) => ({
    do: 'download',
    job: readJobId(request),
    kinds: KINDS,
    file(job) {
      if (job.state === 'failed' || job.state === 'cancelled') {
        return { type: 'answer', answer: failure(400, 'The export job failed, so there is no report.') };
      }
      if (job.state !== 'succeeded') {
        return { type: 'answer', answer: failure(400, 'The export job is not finished yet.') };
      }
      return { type: 'file', choose: (files) => files.find(isReport) };
    },
  }),
};

/** Jobs of other dialects leave files of other kinds. */
function isReport({ kind, mediaType }: JobFile): boolean {
  return kind === 'result' && mediaType === 'application/zip';
}

function readJobId(request: WireRequest): JobName {
  const text = request.params['jobId'] ?? '';
  if (/^\d{1,15}$/.test(text)) return { number: Number(text) };
  throw refuse('The job ID must be an integer.');
}
