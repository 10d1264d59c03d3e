/** eGain Knowledge, import and validation of the content manager v4: docs/protocols/egain-import.md */

import type { JobRequest } from '../../core/job-request.ts';
import { checkGivenLanguage, checkQuery } from '../egain/check-request.ts';
import { fault, refuse } from '../egain/faults.ts';
import { languageOf } from '../egain/languages.ts';
import { renderId } from '../egain/progress.ts';
import { type FaultWords, renderError } from '../egain/render-error.ts';
import { pathOf } from '../egain/request-path.ts';
import type { BoundProtocol, Protocol, ProtocolRoute, RouteLimits } from '../protocol.ts';
import type { WireRequest } from '../wire.ts';
import { BINDING_SCHEMA, type ImportBinding, readBinding, usedCollections } from './binding.ts';
import { renderHealth } from './health.ts';
import { ENOUGH_HAVE_ENDED, readImport, readValidation } from './import-job.ts';
import {
  CANCEL_IMPORT,
  CREATE_IMPORT_JOB,
  CREATE_VALIDATION_JOB,
  GET_HEALTH,
  GET_IMPORT_STATUS,
} from './operations.ts';
import { projectStatus, readStatus, renderStatus } from './status.ts';

/** The vendor's pages call one permission by different names. */
const LIMITS: RouteLimits = {
  permission: 'knowledge.contentmgr.manage',
  otherPermissions: ['app.knowledge.contentmgr.manage'],
};
const KINDS = ['import', 'validation'] as const;

const WORDS: FaultWords = { unauthorized: '401-101', notFound: '404-100', place: 'dataSource.path' };

/** What calls have beside that. */
const WORDS_OF: Readonly<Record<string, FaultWords>> = {
  [CREATE_IMPORT_JOB.operationId]: { ...WORDS, busy: ENOUGH_HAVE_ENDED },
  [CREATE_VALIDATION_JOB.operationId]: { ...WORDS, busy: ENOUGH_HAVE_ENDED },
  [CANCEL_IMPORT.operationId]: { ...WORDS, hasConflict: true },
};

const BASE_PATH = '/knowledge/contentmgr/v4';

export const EGAIN_IMPORT: Protocol = {
  name: 'egain-import',
  title: 'eGain content import',
  basePaths: [BASE_PATH, ''],
  capabilities: { kinds: KINDS, canCancel: true, canSchedule: true, canDownload: false, canDeliver: false },
  bindingSchema: BINDING_SCHEMA,
  bind(raw): BoundProtocol {
    const binding = readBinding(raw);
    return {
      routes: [importRoute(binding), validationRoute(binding), STATUS_ROUTE, CANCEL_ROUTE, HEALTH_ROUTE],
      uses: usedCollections(binding),
      elsewhere: LIMITS,
      renderError: (error, request, operationId) =>
        renderError(error, request, WORDS_OF[operationId ?? ''] ?? WORDS),
    };
  },
  projectStatus,
  readStatus,
};

function importRoute(binding: ImportBinding): ProtocolRoute {
  return {
    method: 'POST',
    path: '/import/content',
    body: 'json',
    limits: LIMITS,
    operation: CREATE_IMPORT_JOB,
    handle: (request) => start(request, (checked) => readImport(binding, checked)),
  };
}

function validationRoute(binding: ImportBinding): ProtocolRoute {
  return {
    method: 'POST',
    path: '/import/content/validate',
    body: 'json',
    limits: LIMITS,
    operation: CREATE_VALIDATION_JOB,
    handle: (request) => start(request, (checked) => readValidation(binding, checked)),
  };
}

function start(
  request: WireRequest,
  read: (request: WireRequest) => JobRequest,
): ReturnType<ProtocolRoute['handle']> {
  checkGivenLanguage(request);
  checkQuery(request);
  return {
    do: 'start',
    job: read(request),
    answer: ({ id }) => ({ status: 202, headers: { location: locationOf(request, id) } }),
  };
}

/** As the vendor writes it: from the root of the server, without a slash at its start. */
function locationOf(request: WireRequest, id: string): string {
  return `${pathOf(request)
    .slice(1)
    .replace(/\/validate$/, '')}/${renderId(id)}/status`;
}

/**
 * Without the slash `location` is relative to the call that gave it, for clients that resolve it as RFC 9110 says. Both kick-offs, below both
 * base paths.
 */
const RESOLVED = ['/import', '/import/content'].flatMap((folder) =>
  [BASE_PATH, ''].map((basePath) => `${folder}${basePath}/import/content/:job_id/status`),
);

const STATUS_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/import/content/:job_id/status',
  aliases: RESOLVED,
  limits: LIMITS,
  operation: GET_IMPORT_STATUS,
  handle(request) {
    checkGivenLanguage(request);
    checkQuery(request);
    return {
      do: 'show',
      job: { id: request.params['job_id'] ?? '' },
      kinds: KINDS,
      answer: (job) => ({ status: 200, body: renderStatus(job, languageOf(request)) }),
    };
  },
};

const CANCEL_ROUTE: ProtocolRoute = {
  method: 'POST',
  path: '/import/content/:job_id/cancel',
  limits: LIMITS,
  operation: CANCEL_IMPORT,
  handle(request) {
    checkGivenLanguage(request);
    checkQuery(request);
    return {
      do: 'cancel',
      job: { id: request.params['job_id'] ?? '' },
      kinds: KINDS,
      check(job) {
        if (job.state === 'cancelled') throw refuse(fault('409-100'), request);
      },
      answer: () => ({ status: 204 }),
    };
  },
};

const HEALTH_ROUTE: ProtocolRoute = {
  method: 'GET',
  path: '/import/content/health',
  limits: { permission: undefined },
  operation: GET_HEALTH,
  handle: ({ now }) => ({ do: 'health', answer: (health) => renderHealth(health, now) }),
};
