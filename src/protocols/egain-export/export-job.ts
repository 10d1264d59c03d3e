/** A kick-off as a job: which collections, which of their records, and where the files go. */
import type { Filter } from '../../core/job.ts';
import type { JobRequest } from '../../core/job-request.ts';
import { omitUndefined } from '../../core/omit-undefined.ts';
import { checkBody } from '../egain/check-request.ts';
import { fault, refuse } from '../egain/faults.ts';
import { renderId } from '../egain/progress.ts';
import type { WireRequest } from '../wire.ts';
import {
  type ExportBinding,
  type Portal,
  RESOURCE_TYPES,
  type Resource,
  type ResourceType,
  type RoleFields,
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

/** A resource type that is asked for, with what stands behind it. */
type Chosen = readonly [ResourceType, Resource];

/** @throws Refusal for what is wrong with the body, and for a portal that there is not */
export function readExport(binding: ExportBinding, request: WireRequest): JobRequest {
  checkBody(KNOWLEDGE_EXPORT, request);
  const body = request.body as KnowledgeExport;
  const location = readLocation(body, request);
  const chosen = chooseResources(body, findPortal(binding, body, request), request);
  const { portalID, language } = body;
  return {
    kind: 'export',
    parts: chosen.map(([type, { collection, columns, scope, fields = {} }]) => {
      const filters = [
        ...languageFilters(fields, binding.languages?.[language.code] ?? language.code),
        ...(type === 'articles' ? articleFilters(fields, body, request) : []),
      ];
      const filter = filters.length > 1 ? { and: filters } : filters[0];
      return { collection, ...omitUndefined({ fields: columns, filter, scope }) };
    }),
    options: { format: 'json', splitRecords: ARTICLES_PER_FILE, fileName: fileNameOf(chosen, request) },
    description: `Content of portal ${portalID} in ${language.code}`,
    facts: { portalID, language: language.code, resourceTypes: chosen.map(([type]) => type) },
    destination: { location, giveUpAfterMs: DELIVERY_GIVEN_UP_AFTER_MS },
    exclusiveKey: `egain-export ${portalID}`,
  };
}

function readLocation({ dataDestination }: KnowledgeExport, request: WireRequest): string {
  const missing = findMissingDetail(dataDestination);
  if (missing !== undefined) {
    throw refuse(fault('400-112', missing), request, { key: missing, value: 'required' });
  }
  const location = findLocation(dataDestination);
  if (location !== undefined) return location;
  const path = 'dataDestination.path';
  throw refuse(fault('400-152', path), request, { key: path, value: 's3://bucket/folder' });
}

function findPortal({ portals }: ExportBinding, { portalID }: KnowledgeExport, request: WireRequest): Portal {
  const portal = Object.hasOwn(portals, portalID) ? portals[portalID] : undefined;
  if (portal !== undefined) return portal;
  throw refuse(fault('404-101', portalID), request, { key: 'portalID', value: portalID });
}

/** Each once, in the order of their types. */
function chooseResources(
  { resourceTypes }: KnowledgeExport,
  portal: Portal,
  request: WireRequest,
): readonly Chosen[] {
  const there = RESOURCE_TYPES.flatMap((type): Chosen[] => {
    const resource = portal[type];
    return resource === undefined ? [] : [[type, resource]];
  });
  const names = [...there.map(([type]) => type), ALL];
  if (resourceTypes.every((type) => names.includes(type))) {
    return there.filter(([type]) => resourceTypes.includes(ALL) || resourceTypes.includes(type));
  }
  const [key, value] = ['resourceTypes', names.join(', ')];
  throw refuse(fault('400-196', key, value), request, { key, value });
}

/** Named by the job, since files of several exports may lie in one folder. With several parts, their collections are named behind it. */
function fileNameOf(chosen: readonly Chosen[], { id }: WireRequest): string {
  const [first] = chosen;
  return chosen.length === 1 && first !== undefined ? `${renderId(id)}-${first[0]}` : renderId(id);
}

function languageFilters({ language }: RoleFields, value: string): Filter[] {
  return language === undefined ? [] : [{ field: language, op: 'eq', value }];
}

/** Two attributes speak of articles alone. */
function articleFilters(
  { searchable, published }: RoleFields,
  { articleCategories, exportUnpublishedOnly }: KnowledgeExport,
  request: WireRequest,
): Filter[] {
  const filters: Filter[] = [];
  if ((articleCategories ?? 'searchable') === 'searchable' && searchable !== undefined) {
    filters.push({ field: searchable, op: 'eq', value: 'true' });
  }
  if (exportUnpublishedOnly === true) {
    const key = 'exportUnpublishedOnly';
    if (published === undefined) {
      throw refuse(fault('400-152', key), request, { key, value: 'not supported by this portal' });
    }
    filters.push({ field: published, op: 'eq', value: 'false' });
  }
  return filters;
}
