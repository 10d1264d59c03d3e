/**
 * What the janitor removes. Each step marks rows first and returns what to delete from disk: a crash in between leaves files, not lies. What is
 * due is asked of `statement_timestamp()`: with `clock_timestamp()`, which passes meanwhile, the whole index would be read.
 */
import type { Queryable } from './database.ts';

/** Uploads whose time is over and that no unfinished job reads. */
export async function expireUploads(
  db: Queryable,
  limit: number,
): Promise<{ id: string; storageKey: string }[]> {
  const result = await db.query<{ id: string; storageKey: string }>(
    `with needed as materialized (
       select (p.source ->> 'upload')::uuid as id from waybill.parts p join (
         select j.id from waybill.jobs j where j.finished_at is null
         union
         -- Its rejected records are still to be taken out of it.
         select r.job_id from waybill.reports r where r.given_up_at is null) j on j.id = p.job_id
     )
     update waybill.uploads u set deleted_at = clock_timestamp()
     where u.id in (
       select c.id from waybill.uploads c
       where c.deleted_at is null and c.expires_at <= statement_timestamp()
         and not exists (select from needed where needed.id = c.id)
       order by c.expires_at limit $1)
     returning u.id, u.storage_key as "storageKey"`,
    [limit],
  );
  return result.rows;
}

export async function expireArtifacts(
  db: Queryable,
  limit: number,
): Promise<{ id: string; storageKey: string }[]> {
  const result = await db.query<{ id: string; storageKey: string }>(
    `update waybill.artifacts a set deleted_at = clock_timestamp()
     where a.id in (
       select c.id from waybill.artifacts c
       where c.deleted_at is null and c.expires_at <= statement_timestamp()
         -- What is still being carried stays until it has arrived, or was given up.
         and not exists (select from waybill.jobs j where j.id = c.job_id and j.state = 'delivering')
       order by c.expires_at limit $1)
     returning a.id, a.storage_key as "storageKey"`,
    [limit],
  );
  return result.rows;
}

/** A job whose time is over, with the versions of the collections whose targets hold its ledger. */
export interface EndedJob {
  readonly id: string;
  readonly collections: readonly { readonly name: string; readonly version: number }[];
}

/**
 * Jobs that ended more than `keepMs` ago, or were deleted by someone, the oldest first.
 *
 * @param page `skip`: so many are passed over, for what they wait for is away
 * @param only `ledger`: those whose ledger has not been dropped; `values`: those whose values have not been since they ended
 */
export async function findEndedJobs(
  db: Queryable,
  keepMs: number,
  page: { readonly limit: number; readonly skip: number },
  only?: 'ledger' | 'values',
): Promise<readonly EndedJob[]> {
  // Those that were deleted have no ledger any more; their values go with them.
  const deleted =
    only === undefined
      ? `union (select j.id, j.finished_at from waybill.jobs j where j.deleted_at is not null)`
      : '';
  const result = await db.query<EndedJob>(
    `with ended as (
       (select j.id, j.finished_at from waybill.jobs j
        where j.finished_at < statement_timestamp() - $1::float8 * interval '1 millisecond' and ${HAS[only ?? 'all']}
        order by j.finished_at limit $2::integer + $3::integer)
       ${deleted}
     )
     select e.id, coalesce((
       select json_agg(json_build_object('name', p.collection, 'version', p.collection_version))
       from waybill.parts p where p.job_id = e.id), '[]') as collections
     from ended e order by e.finished_at, e.id limit $2 offset $3`,
    [keepMs, page.limit, page.skip],
  );
  return result.rows;
}

/** SQL: the job `j` has what is to be dropped. In the words of the indexes `jobs_with_ledger` and `jobs_with_values`. */
const HAS = {
  all: 'true',
  ledger: `j.kind <> 'export' and j.ledger_dropped_at is null`,
  values: `j.kind <> 'export' and (j.values_dropped_at is null or j.values_dropped_at < j.finished_at)`,
} as const;

/** Parts, timeline and artifacts go with them. */
export async function deleteJobs(db: Queryable, jobIds: readonly string[]): Promise<void> {
  await db.query('delete from waybill.jobs where id = any ($1::uuid[]) and finished_at is not null', [
    jobIds,
  ]);
}

/**
 * Before the ledgers go: jobs without one can be neither retried nor resumed.
 *
 * @returns ids of those that it was done to; the others are under way again
 */
export async function markLedgersDropped(
  db: Queryable,
  jobIds: readonly string[],
): Promise<ReadonlySet<string>> {
  const result = await db.query<{ id: string }>(
    `with dropped as (
       update waybill.jobs set ledger_dropped_at = coalesce(ledger_dropped_at, clock_timestamp())
       where id = any ($1::uuid[]) and finished_at is not null returning id
     ), given_up as (
       update waybill.reports r set worker_id = null, given_up_at = clock_timestamp(), error = $2
       from dropped where r.job_id = dropped.id and r.given_up_at is null
     )
     select id from dropped`,
    [jobIds, 'What was found was removed before it could be reported (setting: retention.ledger).'],
  );
  return new Set(result.rows.map(({ id }) => id));
}

/**
 * Jobs that were cancelled for good and may have left something in staging: where no worker held them nobody has dropped it. One that
 * its stop time cancelled is not among them, since it may be resumed; what it staged goes with its ledger.
 */
export async function findAbandonedStaging(
  db: Queryable,
  { limit, skip }: { limit: number; skip: number },
): Promise<readonly { id: string; epoch: number }[]> {
  const result = await db.query<{ id: string; epoch: number }>(
    `select id, epoch from waybill.jobs
     where state = 'cancelled' and reason is distinct from 'stop_time' and epoch > 0 and staging_dropped_at is null
       and kind = 'import' and (options ->> 'atomicity' = 'all' or options ->> 'mode' = 'replace')
       and ledger_dropped_at is null
     order by finished_at limit $1 offset $2`,
    [limit, skip],
  );
  return result.rows;
}

/** After the staging: until then the job is found again. */
export async function markStagingDropped(db: Queryable, jobId: string): Promise<void> {
  await db.query('update waybill.jobs set staging_dropped_at = clock_timestamp() where id = $1', [jobId]);
}

/** Issue files and files of rejected records of a job that ended more than `keepMs` ago: they are full of values. */
export async function expireValueFiles(
  db: Queryable,
  jobId: string,
  keepMs: number,
): Promise<{ storageKey: string }[]> {
  const result = await db.query<{ storageKey: string }>(
    `update waybill.artifacts a set deleted_at = clock_timestamp()
     from waybill.jobs j
     where j.id = $1 and a.job_id = j.id and j.finished_at < clock_timestamp() - $2::float8 * interval '1 millisecond'
       and a.kind in ('issues', 'failed_rows', 'unreadable_rows') and a.deleted_at is null
     returning a.storage_key as "storageKey"`,
    [jobId, keepMs],
  );
  return result.rows;
}

/** After files, groups and ledger: until then a job is found again. False: it is under way again. */
export async function markValuesDropped(db: Queryable, jobId: string, keepMs: number): Promise<boolean> {
  const result = await db.query(
    `update waybill.jobs set values_dropped_at = clock_timestamp()
     where id = $1 and finished_at < clock_timestamp() - $2::float8 * interval '1 millisecond'`,
    [jobId, keepMs],
  );
  return result.rowCount === 1;
}

const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/** Which of these jobs still need their work folder: all that are not finished. */
export async function findUnfinishedJobs(db: Queryable, ids: readonly string[]): Promise<Set<string>> {
  const result = await db.query<{ id: string }>(
    'select id::text from waybill.jobs where id = any ($1::uuid[]) and finished_at is null',
    [ids.filter((id) => UUID.test(id))],
  );
  return new Set(result.rows.map((row) => row.id));
}

/** SHA-256 of the sources that unfinished jobs read: their spools must stay. */
export async function findHashesInUse(db: Queryable): Promise<Set<string>> {
  const result = await db.query<{ sha256: string }>(
    `select distinct u.sha256 from waybill.jobs j
     join waybill.parts p on p.job_id = j.id
     join waybill.uploads u on u.id = (p.source ->> 'upload')::uuid
     where j.finished_at is null`,
  );
  return new Set(result.rows.map((row) => row.sha256));
}

/** Files of uploads and artifacts that rows speak of, among these storage keys. */
export async function findKnownFiles(db: Queryable, storageKeys: readonly string[]): Promise<Set<string>> {
  // They begin with the id of the upload, or of the artifact's job: by that a row is found.
  const ids = storageKeys.map((key) => key.split('/')[1] ?? '').filter((id) => UUID.test(id));
  const result = await db.query<{ key: string }>(
    `select storage_key as key from waybill.uploads
     where id = any ($2::uuid[]) and storage_key = any ($1) and deleted_at is null
     union all
     select storage_key from waybill.artifacts
     where job_id = any ($2::uuid[]) and storage_key = any ($1) and deleted_at is null`,
    [storageKeys, [...new Set(ids)]],
  );
  return new Set(result.rows.map((row) => row.key));
}
