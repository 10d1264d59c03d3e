import type { Filter } from '../../core/job.ts';
import type { JobRequest, PartRequest } from '../../core/job-request.ts';
import type { ProtocolRoute } from '../protocol.ts';
import type { SailPointBinding, TypeBinding } from './binding.ts';
import { composeExport } from './export-document.ts';
import type { Facts } from './facts.ts';
import { answerKickOff, type JobRoutes, jobRoutes } from './job-routes.ts';
import { EXPORT_LIMITS } from './limits.ts';
import type { ObjectType } from './object-types.ts';
import { describeExport, describeExportDownload, describeStatus } from './operations.ts';
import {
  EVERYTHING,
  type ObjectChoice,
  readExportOptions,
  type Selection,
  selectTypes,
} from './read-options.ts';

const EXPORT_JOB: JobRoutes = {
  path: '/export',
  kinds: ['export'],
  limits: EXPORT_LIMITS,
  operations: { status: describeStatus('EXPORT'), download: describeExportDownload() },
  hasLeft: (state) => state === 'succeeded',
  compose: composeExport,
};

export function exportRoutes(binding: SailPointBinding): ProtocolRoute[] {
  return [
    {
      method: 'POST',
      path: '/export',
      body: 'json',
      limits: EXPORT_LIMITS,
      operation: describeExport(),
      handle(request) {
        const { description, ...selection } = readExportOptions(request);
        const types = selectTypes(selection, binding);
        return {
          do: 'start',
          job: exportOf(types, selection, binding, description),
          answer: answerKickOff(request),
        };
      },
    },
    ...jobRoutes(EXPORT_JOB, binding),
  ];
}

/** What is on the server before an import is made, so that it can be put back. */
export function backupOf(binding: SailPointBinding): JobRequest {
  return exportOf([...binding.types.keys()], EVERYTHING, binding, 'Backup before an import');
}

function exportOf(
  types: readonly ObjectType[],
  options: Selection,
  binding: SailPointBinding,
  description: string | undefined,
): JobRequest {
  const parts = types.map((type) =>
    partOf(binding.types.get(type) as TypeBinding, options.objectOptions[type]),
  );
  const facts: Facts = { types, options };
  return {
    kind: 'export',
    parts,
    options: { format: 'jsonl' },
    facts,
    ...(description !== undefined && { description }),
  };
}

function partOf(bound: TypeBinding, choice: ObjectChoice | undefined): PartRequest {
  const { collection, fields, scope } = bound;
  const filter = choice && filterOf(bound, choice);
  return { collection, ...(fields && { fields }), ...(scope && { scope }), ...(filter && { filter }) };
}

/** Ids and names add to each other. */
function filterOf(
  { id, name }: TypeBinding,
  { includedIds, includedNames }: ObjectChoice,
): Filter | undefined {
  const filters: Filter[] = [];
  if (includedIds.length > 0) filters.push({ field: id, op: 'in', value: includedIds });
  if (includedNames.length > 0) filters.push({ field: name, op: 'in', value: includedNames });
  return filters.length > 1 ? { or: filters } : filters[0];
}
