import { isFinal } from '../../core/job-state.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import type { Command, ProtocolRoute, SplitFile } from '../protocol.ts';
import type { WireRequest } from '../wire.ts';
import type { SailPointBinding, TypeBinding } from './binding.ts';
import { backupOf } from './export-routes.ts';
import type { Facts } from './facts.ts';
import { refuse } from './faults.ts';
import { composeImport } from './import-results.ts';
import { answerKickOff, type JobRoutes, jobRoutes } from './job-routes.ts';
import { IMPORT_LIMITS } from './limits.ts';
import type { ObjectType } from './object-types.ts';
import { describeImport, describeImportDownload, describeStatus } from './operations.ts';
import { createPlacing } from './place-object.ts';
import { type ImportOptions, readImportOptions } from './read-options.ts';

const IMPORT_JOB: JobRoutes = {
  path: '/import',
  kinds: ['import', 'validation'],
  limits: IMPORT_LIMITS,
  operations: { status: describeStatus('IMPORT'), download: describeImportDownload() },
  // One that failed has results as well, which say why.
  hasLeft: isFinal,
  compose: composeImport,
};

export function importRoutes(binding: SailPointBinding): ProtocolRoute[] {
  return [
    {
      method: 'POST',
      path: '/import',
      body: 'form',
      formFiles: ['data'],
      limits: IMPORT_LIMITS,
      operation: describeImport(),
      handle(request) {
        const isPreview = readPreview(request);
        const options = readImportOptions(request, request.fields['options']);
        const file = request.files['data'];
        if (file === undefined || file.sizeBytes === 0) throw refuse(request, 'noFile');
        const placing = createPlacing(request, binding, options);
        return {
          do: 'split',
          file,
          member: 'objects',
          place: (element) => placing.place(element),
          next: ({ parts }) =>
            startImport(request, binding, parts, { ...options, isPreview, leftOut: placing.leftOut() }),
        };
      },
    },
    ...jobRoutes(IMPORT_JOB, binding),
  ];
}

function readPreview(request: WireRequest): boolean {
  // Clients in some languages write `True`.
  const preview = (request.query.get('preview') || 'false').toLowerCase();
  if (preview === 'true' || preview === 'false') return preview === 'true';
  throw refuse(request, 'illegalValue', 'preview must be true or false.');
}

function startImport(
  request: WireRequest,
  binding: SailPointBinding,
  parts: SplitFile['parts'],
  { isPreview, excludeBackup, leftOut }: ImportOptions & { isPreview: boolean } & Pick<Facts, 'leftOut'>,
): Command {
  const facts: Facts = { types: parts.map(({ name }) => name as ObjectType), ...omitUndefined({ leftOut }) };
  return {
    do: 'start',
    job: {
      kind: isPreview ? 'validation' : 'import',
      parts: parts.map(({ name, upload }) => {
        const { collection, scope } = binding.types.get(name as ObjectType) as TypeBinding;
        return { collection, source: { upload }, ...(scope && { scope }) };
      }),
      facts,
      ...(!isPreview && !excludeBackup && { after: backupOf(binding) }),
    },
    answer: answerKickOff(request),
  };
}
