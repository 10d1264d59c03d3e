/** A kick-off as a job: which collections, which of their records, and where the files go. */
import type { Filter } from '../../core/job.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { checkBody } from '../egain/check-request.ts';
import { fault, refuse } from '../egain/faults.ts';
import { renderId } from '../egain/progress.ts';
import type { JobRequest, PartRequest } from '../job-request.ts';
import type { WireRequest } from '../wire.ts';
import {
  type ExportBinding,
  type Portal,
  RESOURCE_TYPES,
  type Resource,
  type ResourceType,
} from './binding.ts';
import {
  ALL,
  findLocation,
  findMissingDetail,
  KNOWLEDGE_EXPORT,
  type KnowledgeExport,
} from './knowledge-export.ts';

/** Source: eGain's guide "Real-time knowledge access": the latest version of up to 250 articles per file. */
const ARTICLES_PER_FILE = 250;

/** An hour: while the place is away the portal takes no other export. */
const DELIVERY_GIVEN_UP_AFTER_MS = 3_600_000;

const SLOT = 'egain-export ';

/** @throws Refusal for what is wrong with the body, and for a portal that there is not */
export function readExport(binding: ExportBinding, request: WireRequest): JobRequest {
  checkBody(KNOWLEDGE_EXPORT, request);
  const body = request.body as KnowledgeExport;
  const location = readLocation(body, request);
  const { portalID } = body;
  const portal = Object.hasOwn(binding.portals, portalID) ? binding.portals[portalID] : undefined;
  if (portal === undefined) {
    throw refuse({ ...fault('404-101', portalID), details: [{ key: 'portalID', value: portalID }] }, request);
  }
  const language = binding.languages?.[body.language.code] ?? body.language.code;
  const types = readTypes(body, portal, request);
  return {
    kind: 'export',
    parts: types.map(([type, resource]) => partOf(type, resource, { body, language, request })),
    options: {
      format: 'json',
      splitRecords: ARTICLES_PER_FILE,
      fileName: fileNameOf(types, request),
    },
    description: `Content of portal ${portalID} in ${body.language.code}`,
    facts: { portalID, language: body.language.code, resourceTypes: types.map(([type]) => type) },
    destination: { location, giveUpAfterMs: DELIVERY_GIVEN_UP_AFTER_MS },
    slot: { name: `${SLOT}${portalID}`, most: 1 },
  };
}

/** Named by the job, since files of several exports may lie in one folder. With several parts, their collections are named behind it. */
function fileNameOf(types: readonly (readonly [ResourceType, Resource])[], { id }: WireRequest): string {
  const [[only] = []] = types;
  return types.length === 1 ? `${renderId(id)}-${only}` : renderId(id);
}

/** What 412-100 asks for when a portal is busy. */
export function describeSlot(name: string): string {
  return `no other export of portal ${name.slice(SLOT.length)} is in progress`;
}

function readLocation({ dataDestination }: KnowledgeExport, request: WireRequest): string {
  const missing = findMissingDetail(dataDestination);
  if (missing !== undefined) {
    throw refuse({ ...fault('400-112', missing), details: [{ key: missing, value: 'required' }] }, request);
  }
  const location = findLocation(dataDestination);
  if (location !== undefined) return location;
  const path = 'dataDestination.path';
  throw refuse({ ...fault('400-152', path), details: [{ key: path, value: 's3://bucket/folder' }] }, request);
}

/** The resources that are asked for, each once, in the order of their types. */
function readTypes(
  { resourceTypes }: KnowledgeExport,
  portal: Portal,
  request: WireRequest,
): readonly (readonly [ResourceType, Resource])[] {
  const there = RESOURCE_TYPES.flatMap((type) => {
    const resource = portal[type];
    return resource === undefined ? [] : [[type, resource] as const];
  });
  const names = [...there.map(([type]) => type), ALL];
  if (resourceTypes.some((type) => !names.includes(type))) {
    const expected = names.join(', ');
    const details = [{ key: 'resourceTypes', value: expected }];
    throw refuse({ ...fault('400-196', 'resourceTypes', expected), details }, request);
  }
  return there.filter(([type]) => resourceTypes.includes(ALL) || resourceTypes.includes(type));
}

interface Wanted {
  readonly body: KnowledgeExport;
  /** As the fields say it. */
  readonly language: string;
  readonly request: WireRequest;
}

function partOf(
  type: ResourceType,
  { collection, fields = {}, columns, scope }: Resource,
  { body, language, request }: Wanted,
): PartRequest {
  const filters: Filter[] = [];
  if (fields.language !== undefined) filters.push({ field: fields.language, op: 'eq', value: language });
  const wantsSearchable = (body.articleCategories ?? 'searchable') === 'searchable';
  // Both attributes speak of articles.
  if (type === 'articles' && wantsSearchable && fields.searchable !== undefined) {
    filters.push({ field: fields.searchable, op: 'eq', value: 'true' });
  }
  if (type === 'articles' && body.exportUnpublishedOnly === true) {
    const attribute = 'exportUnpublishedOnly';
    if (fields.published === undefined) {
      const details = [{ key: attribute, value: 'not supported by this portal' }];
      throw refuse({ ...fault('400-152', attribute), details }, request);
    }
    filters.push({ field: fields.published, op: 'eq', value: 'false' });
  }
  const filter = filters.length > 1 ? { and: filters } : filters[0];
  return { collection, ...omitUndefined({ fields: columns, filter, scope }) };
}
