/** eGain Knowledge, content export of the portal manager v4: docs/protocols/egain-export.md */

import { checkLanguage, checkQuery } from '../egain/check-request.ts';
import { languageOf } from '../egain/languages.ts';
import { renderId } from '../egain/progress.ts';
import { type FaultWords, renderError } from '../egain/render-error.ts';
import { pathOf } from '../egain/request-path.ts';
import type { BoundProtocol, Protocol, ProtocolRoute, RouteLimits } from '../protocol.ts';
import { BINDING_SCHEMA, type ExportBinding, usedCollections } from './binding.ts';
import { readExport } from './export-job.ts';
import { EXPORT_CONTENT, EXPORT_STATUS_OPERATION } from './operations.ts';
import { projectStatus, readStatus, renderStatus } from './status.ts';

const LIMITS: RouteLimits = { permission: 'knowledge.portalmgr.manage' };
const KINDS = ['export'] as const;

/** The kick-off has numbers of its own for what the status says, too. */
const PLACE = 'dataDestination.path';
const KICK_OFF_WORDS: FaultWords = { unauthorized: '401-104', notFound: '404-101', place: PLACE };
const WORDS: FaultWords = { unauthorized: '401-101', notFound: '404-100', place: PLACE };

export const EGAIN_EXPORT: Protocol = {
  name: 'egain-export',
  title: 'eGain content export',
  // As its OpenAPI document has it, and as SEED0 prints it.
  basePaths: ['/knowledge/portalmgr/v4', ''],
  capabilities: { kinds: KINDS, canCancel: false, canSchedule: false, canDownload: false, canDeliver: true },
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundProtocol {
    const binding = raw as ExportBinding;
    return {
      routes: [kickOffRoute(binding), STATUS_ROUTE],
      uses: usedCollections(binding),
      elsewhere: LIMITS,
      renderError: (error, request, operationId) =>
        renderError(error, request, operationId === EXPORT_CONTENT.operationId ? KICK_OFF_WORDS : WORDS),
    };
  },
  projectStatus,
  readStatus,
};

function kickOffRoute(binding: ExportBinding): ProtocolRoute {
  return {
    method: 'POST',
    path: '/content/export',
    body: 'json',
    limits: LIMITS,
    operation: EXPORT_CONTENT,
    handle(request) {
      checkLanguage(request);
      checkQuery(request);
      return {
        do: 'start',
        job: readExport(binding, request),
        answer: ({ id }) => ({ status: 202, headers: { location: `${pathOf(request)}/${renderId(id)}` } }),
      };
    },
  };
}

const STATUS_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/content/export/:jobID/status',
  // What `location` says ends without the last step.
  aliases: ['/content/export/:jobID'],
  limits: LIMITS,
  operation: EXPORT_STATUS_OPERATION,
  handle(request) {
    checkQuery(request);
    return {
      do: 'show',
      job: { id: request.params['jobID'] ?? '' },
      kinds: KINDS,
      // 406 is not among the answers of this call, and its older revision has no such header.
      answer: (job) => ({ status: 200, body: renderStatus(job, languageOf(request)) }),
    };
  },
};
