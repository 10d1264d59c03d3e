/**
 * Lists of jobs, newest first. Whatever they are narrowed down to, and however few there are, a page costs the same with a long history:
 * the newest jobs are looked at one by one, those that have not ended by an index of their own, and the rest by `jobs_by_facet`, one
 * window of numbers after the other.
 */
import type { Job, JobKind } from '../../core/job.ts';
import { FINAL_STATES, isFinal, type JobState } from '../../core/job-state.ts';
import type { Queryable } from '../database.ts';
import { JOB_COLUMNS, JOB_ROW, type JobRow, parseJobRow } from './job-row.ts';

export interface JobQuery {
  readonly state?: readonly JobState[];
  readonly kind?: JobKind;
  readonly collection?: string;
  readonly label?: string;
  readonly createdBy?: string;
  readonly parentId?: string;
  readonly since?: Date;
  /** Jobs with a smaller number than this: the cursor. */
  readonly beforeNumber?: number;
  /** Default 50. */
  readonly limit?: number;
}

/** Newest first. */
export async function listJobs(db: Queryable, query: JobQuery = {}): Promise<Job[]> {
  const { sql, values } = renderList(query);
  const result = await db.query<JobRow>(sql, values);
  return result.rows.map(parseJobRow);
}

/** The newest are looked at without an index of what is asked for: often they fill the page. */
const RECENT = 1000;
/** Numbers of one window, as in `waybill.job_facets`. */
const WINDOW = 16_384;
const DEFAULT_LIMIT = 50;

type Parameter = (value: unknown) => string;

function renderList(query: JobQuery): { sql: string; values: unknown[] } {
  const values: unknown[] = [];
  const parameter: Parameter = (value) => `$${values.push(value)}`;
  const limit = parameter(query.limit ?? DEFAULT_LIMIT);
  const filter = renderFilter(query, parameter);
  const facets = listFacets(query);
  const page =
    query.parentId !== undefined
      ? `select j.number from waybill.jobs j, bounds b where ${filter} and j.number between b.bottom and b.top`
      : facets.length === 0 && query.state === undefined
        ? `select number from (${NEWEST(filter, limit)}) newest`
        : renderNarrowed(query, { filter, facets, limit, parameter });
  return {
    values,
    sql: `with bounds as materialized (${renderBounds(query, parameter)}), page as materialized (
        select number from (${page}) found order by number desc limit ${limit})
      select ${JOB_ROW}, ${JOB_COLUMNS} from page join waybill.jobs j on j.number = page.number order by j.number desc`,
  };
}

/** The jobs `j` that are asked for, but for the bounds. */
function renderFilter(query: JobQuery, parameter: Parameter): string {
  const { state, kind, collection, label, createdBy, parentId, since } = query;
  return [
    'j.deleted_at is null',
    ...(state === undefined ? [] : [`j.state = any (${parameter(state)}::text[])`]),
    ...(kind === undefined ? [] : [`j.kind = ${parameter(kind)}`]),
    ...(collection === undefined ? [] : [`${parameter(collection)} = any (j.collections)`]),
    ...(label === undefined ? [] : [`${parameter(label)} = any (j.labels)`]),
    ...(createdBy === undefined ? [] : [`j.created_by = ${parameter(createdBy)}`]),
    ...(parentId === undefined ? [] : [`j.parent_id = ${parameter(parentId)}`]),
    ...(since === undefined ? [] : [`j.created_at >= ${parameter(since)}`]),
  ].join(' and ');
}

/** As `waybill.job_facets` writes them; the state is left out, of which there may be several. */
function listFacets({ kind, collection, label, createdBy }: JobQuery): string[] {
  return [
    ...(kind === undefined ? [] : [`kind:${kind}`]),
    ...(collection === undefined ? [] : [`collection:${collection}`]),
    ...(label === undefined ? [] : [`label:${label}`]),
    ...(createdBy === undefined ? [] : [`by:${createdBy}`]),
  ];
}

/**
 * Numbers between which the page lies. Jobs are numbered nearly in the order in which they were made; a kick-off that takes an hour between the
 * two is not known.
 */
function renderBounds({ beforeNumber, since }: JobQuery, parameter: Parameter): string {
  const top =
    beforeNumber === undefined
      ? '(select number from waybill.jobs order by number desc limit 1)'
      : `${parameter(beforeNumber)}::bigint - 1`;
  const bottom =
    since === undefined
      ? '(select number from waybill.jobs order by number limit 1)'
      : `(select min(number) from (
          select number from waybill.jobs where created_at >= ${parameter(since)}::timestamptz - interval '1 hour'
          order by created_at limit 100) eldest)`;
  return `select ${top} as top, ${bottom} as bottom`;
}

const NEWEST = (filter: string, limit: string) => `
  select j.number from waybill.jobs j
  where j.number <= (select top from bounds) and j.number >= (select bottom from bounds) and ${filter}
  order by j.number desc limit ${limit}`;

interface NarrowedParts {
  readonly filter: string;
  readonly facets: readonly string[];
  readonly limit: string;
  readonly parameter: Parameter;
}

function renderNarrowed(query: JobQuery, parts: NarrowedParts): string {
  const { filter, limit } = parts;
  const states = query.state ?? FINAL_STATES;
  const ended = states.filter(isFinal);
  const mayBeUnfinished = query.state === undefined || ended.length < states.length;
  const recent = `
    recent as materialized (
      select j.number from waybill.jobs j
      where j.number <= (select top from bounds) and j.number > (select top - ${RECENT} from bounds)
        and j.number >= (select bottom from bounds) and ${filter}
      order by j.number desc limit ${limit})`;
  const unfinished = `
    (select j.number from waybill.jobs j
     where j.finished_at is null and j.number <= (select top - ${RECENT} from bounds)
       and j.number >= (select bottom from bounds) and (select count(*) from recent) < ${limit} and ${filter}
     order by j.number desc limit ${limit})`;
  const older = [
    ...(ended.length === 0 ? [] : [renderByFacets(query, ended, parts)]),
    ...(mayBeUnfinished ? [unfinished] : []),
  ];
  return `with ${recent} select number from recent union all ${older.join(' union all ')}`;
}

/** Window by window from the newest on, until the page is full. A window without hits costs a look into the index. */
function renderByFacets(
  query: JobQuery,
  ended: readonly JobState[],
  { filter, facets, limit, parameter }: NarrowedParts,
): string {
  const hashes = (names: readonly string[]) =>
    `array[${names.map((name) => `hashtextextended(${parameter(name)}, w)`).join(', ')}]`;
  const asked = [
    ...(facets.length === 0 ? [] : [`@> ${hashes(facets)}`]),
    ...(query.state === undefined ? [] : [`&& ${hashes(ended.map((state) => `state:${state}`))}`]),
  ].map(
    (asks) => `waybill.job_facets(j.number, j.kind, j.state, j.collections, j.labels, j.created_by) ${asks}`,
  );
  // With 0 added a number is not a reason to walk along the index of numbers.
  return `
    (select hit.number
     from generate_series(
       (select (top - ${RECENT}) / ${WINDOW} from bounds), (select bottom / ${WINDOW} from bounds), -1) w
     cross join lateral (
       select j.number from waybill.jobs j
       where ${asked.join(' and ')} and j.finished_at is not null and ${filter}
         and j.number + 0 <= (select top - ${RECENT} from bounds) and j.number + 0 >= (select bottom from bounds)
       order by j.number + 0 desc limit ${limit}) hit
     where (select count(*) from recent) < ${limit}
     limit ${limit})`;
}
