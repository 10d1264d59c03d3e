import type { Destination } from '../../core/delivery.ts';
import { AppError } from '../../core/errors.ts';
import type {
  ExportOptions,
  ImportOptions,
  Job,
  JobKind,
  JobOrigin,
  JobPart,
  LogRequest,
  PartSource,
} from '../../core/job.ts';
import type { NotifyRequest } from '../../core/notification.ts';
import type { Queryable } from '../database.ts';
import { renderJsonb } from '../jsonb.ts';
import { findJob } from './find-jobs.ts';
import { takeSlot } from './slots.ts';
import { packOptions } from './stored-options.ts';

export interface NewPart {
  readonly collection: string;
  readonly collectionVersion: number;
  readonly scope: Readonly<Record<string, string>>;
  readonly source?: PartSource;
  /** export: in place of the job's. */
  readonly fields?: JobPart['fields'];
  readonly filter?: JobPart['filter'];
  /** Plain JSON: the pinned way of reading (`SourceDialect`), or what was asked for until the worker has sniffed. */
  readonly dialect?: unknown;
  readonly mapping?: unknown;
}

export interface NewJob {
  /** A UUID that is used by no other; default: a new one. */
  readonly id?: string;
  readonly kind: JobKind;
  readonly options: ImportOptions | ExportOptions;
  readonly destination?: Destination;
  readonly log?: LogRequest;
  readonly parts: readonly NewPart[];
  readonly description?: string;
  readonly labels?: readonly string[];
  readonly metadata?: Readonly<Record<string, unknown>>;
  readonly createdBy?: string;
  readonly parentId?: string;
  readonly priority?: number;
  readonly startAt?: Date;
  readonly stopAt?: Date;
  /** Jobs that have a key in common write one at a time (collection and scope of each part); none: beside any other. */
  readonly exclusiveKeys?: readonly string[];
  /** Id of the job that must have succeeded before this one begins; whatever else becomes of it fails this one. */
  readonly afterJob?: string;
  readonly idempotencyKey?: string;
  /** Hash of the request: the same idempotency key with another one is refused. */
  readonly requestHash?: string;
  /** Whom the job tells of itself. Default: nobody. */
  readonly notify?: NotifyRequest;
  /** W3C trace context of the kick-off. */
  readonly traceparent?: string;
  readonly origin?: JobOrigin;
  /** Size of the file that came with the request and is the source of all parts; not recorded yet. */
  readonly sentBytes?: number;
  /** Its SHA-256, in hex. */
  readonly sentSha256?: string;
  /** How many jobs of this name may be under way at once, this one included. */
  readonly slot?: { readonly name: string; readonly most: number };
}

/**
 * Creates a job in the caller's transaction: `scheduled` when its start lies in the future, else `queued`. With an idempotency key
 * that is in use, gives the job that has it.
 *
 * @throws AppError `request.idempotency_mismatch` when that job came from another request; `job.too_many_running` when its slot is full.
 */
export async function createJob(db: Queryable, job: NewJob): Promise<{ job: Job; isNew: boolean }> {
  if (job.slot !== undefined) await takeSlot(db, job.slot);
  const uploads = job.parts.flatMap(({ source }) => source?.upload ?? []);
  const inserted = await db.query<{ id: string; number: string }>(
    {
      name: 'create_job',
      text: `insert into waybill.jobs (kind, state, options, description, labels, metadata, created_by, parent_id, priority,
       start_at, stop_at, exclusive_keys, idempotency_key, request_hash, traceparent, after_id, id, origin, slot, notify,
       destination, log, slot_most, source_bytes, collections)
     values ($1, case when $9::timestamptz > clock_timestamp() then 'scheduled' else 'queued' end, $2, $3, $4, $5, $6, $7, $8,
       $9, $10, $11, $12, $13, $14, $15, coalesce($16, gen_random_uuid()), $17, $18, $19, $20, $21, $22,
       case when cardinality($24::uuid[]) = $25 then coalesce($23,
         (select sum(u.size_bytes) from waybill.uploads u where u.id = any ($24)), 0) end, $26)
     on conflict (idempotency_key) where idempotency_key is not null do nothing
     returning id, number`,
    },
    [
      job.kind,
      JSON.stringify(packOptions(job.kind, job.options)),
      job.description ?? null,
      job.labels ?? [],
      JSON.stringify(job.metadata ?? {}),
      job.createdBy ?? null,
      job.parentId ?? null,
      job.priority ?? 0,
      job.startAt ?? null,
      job.stopAt ?? null,
      job.exclusiveKeys === undefined || job.exclusiveKeys.length === 0
        ? null
        : [...new Set(job.exclusiveKeys)],
      job.idempotencyKey ?? null,
      job.requestHash ?? null,
      job.traceparent ?? null,
      job.afterJob ?? null,
      job.id ?? null,
      job.origin === undefined ? null : renderJsonb(job.origin),
      job.slot?.name ?? null,
      job.notify === undefined ? null : renderJsonb(job.notify),
      job.destination === undefined ? null : JSON.stringify(job.destination),
      job.log === undefined ? null : JSON.stringify(job.log),
      job.slot?.most ?? null,
      job.sentBytes ?? null,
      uploads,
      job.parts.length,
      [...new Set(job.parts.map(({ collection }) => collection))],
    ],
  );
  const [created] = inserted.rows;
  if (created === undefined) {
    const existing = await findIdempotentJob(db, job);
    if (existing === undefined) throw new Error('the job with this idempotency key vanished');
    return { job: existing, isNew: false };
  }
  const { id } = created;
  for (const [index, part] of job.parts.entries()) await insertPart(db, { ...job, ...created }, index, part);
  await db.query(
    {
      name: 'note_created',
      text: `insert into waybill.timeline (job_id, event, to_state, epoch) select id, 'created', state, 0 from waybill.jobs where id = $1`,
    },
    [id],
  );
  const found = await findJob(db, id);
  if (found === undefined) throw new Error(`job ${id} vanished inside its own transaction`);
  return { job: found, isNew: true };
}

async function insertPart(
  db: Queryable,
  job: Pick<NewJob, 'kind' | 'sentSha256'> & { readonly id: string; readonly number: string },
  index: number,
  part: NewPart,
): Promise<void> {
  await db.query(
    {
      name: 'create_part',
      text: `insert into waybill.parts (job_id, part, collection, collection_version, scope, source, dialect, mapping, fields, filter,
       job_number, content_key)
     values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, case when $12 = 'import' then waybill.content_key(
       coalesce($13, (select u.sha256 from waybill.uploads u where u.id = $14)), $3, $5) end)`,
    },
    [
      job.id,
      index,
      part.collection,
      part.collectionVersion,
      JSON.stringify(part.scope),
      part.source === undefined ? null : JSON.stringify(part.source),
      part.dialect === undefined ? null : JSON.stringify(part.dialect),
      part.mapping === undefined ? null : JSON.stringify(part.mapping),
      part.fields === undefined ? null : JSON.stringify(part.fields),
      part.filter === undefined ? null : JSON.stringify(part.filter),
      job.number,
      job.kind,
      job.sentSha256 ?? null,
      part.source?.upload ?? null,
    ],
  );
}

/** What names a request, so that it can be repeated safely. */
export type RequestName = Pick<NewJob, 'idempotencyKey' | 'requestHash'>;

/**
 * The job that an earlier request with this key made; undefined when there is none, or no key.
 *
 * @throws AppError `request.idempotency_mismatch` when that job came from another request.
 */
export async function findIdempotentJob(db: Queryable, name: RequestName): Promise<Job | undefined> {
  if (name.idempotencyKey === undefined) return undefined;
  const found = await db.query<{ id: string; request_hash: string | null }>(
    'select id, request_hash from waybill.jobs where idempotency_key = $1',
    [name.idempotencyKey],
  );
  const row = found.rows[0];
  const existing = row && (await findJob(db, row.id));
  if (row === undefined || existing === undefined) return undefined;
  if (row.request_hash !== (name.requestHash ?? null)) {
    throw new AppError(
      'request.idempotency_mismatch',
      `The idempotency key ${name.idempotencyKey} was already used by job ${existing.number}, for a different request. Use a new key for a new request.`,
      { details: { jobId: existing.id } },
    );
  }
  return existing;
}

/** What the job of this key reads first, by the hash of its upload; undefined when no job has the key. */
export async function findKeyedContent(
  db: Queryable,
  idempotencyKey: string,
): Promise<{ sha256?: string } | undefined> {
  const found = await db.query<{ sha256: string | null }>(
    `select u.sha256 from waybill.jobs j
     left join waybill.parts p on p.job_id = j.id and p.part = 0
     left join waybill.uploads u on u.id = (p.source ->> 'upload')::uuid
     where j.idempotency_key = $1`,
    [idempotencyKey],
  );
  const row = found.rows[0];
  return row && (row.sha256 === null ? {} : { sha256: row.sha256 });
}
