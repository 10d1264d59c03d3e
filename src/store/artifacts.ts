import type { Pool } from 'pg';
import type { ArtifactKind } from '../core/artifact-kind.ts';
import { AppError } from '../core/errors.ts';
import { inTransaction, type Queryable } from './database.ts';
import { renderJsonb } from './jsonb.ts';

/** A file that a job leaves. */
export interface Artifact {
  readonly id: string;
  readonly jobId: string;
  readonly part?: number;
  readonly kind: ArtifactKind;
  /** Unique within the job. */
  readonly name: string;
  readonly mediaType: string;
  readonly sizeBytes: number;
  readonly sha256: string;
  readonly records?: number;
  /** Bytes that the file would have, had it not been cut at a limit. */
  readonly cutFromBytes?: number;
  readonly storageKey: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
  /** Set once retention has removed the file. */
  readonly deletedAt?: Date;
  /** The receipt, once it has been carried to the job's destination. */
  readonly delivered?: { readonly at: Date; readonly address: string };
}

interface ArtifactRow {
  id: string;
  job_id: string;
  part: number | null;
  kind: ArtifactKind;
  name: string;
  media_type: string;
  size_bytes: string;
  sha256: string;
  records: string | null;
  cut_from_bytes: string | null;
  storage_key: string;
  created_at: Date;
  expires_at: Date | null;
  deleted_at: Date | null;
  delivered_at: Date | null;
  delivered_to: string | null;
}

function parseArtifactRow(row: ArtifactRow): Artifact {
  return {
    id: row.id,
    jobId: row.job_id,
    kind: row.kind,
    name: row.name,
    mediaType: row.media_type,
    sizeBytes: Number(row.size_bytes),
    sha256: row.sha256,
    storageKey: row.storage_key,
    createdAt: row.created_at,
    ...(row.part !== null && { part: row.part }),
    ...(row.records !== null && { records: Number(row.records) }),
    ...(row.cut_from_bytes !== null && { cutFromBytes: Number(row.cut_from_bytes) }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
    ...(row.deleted_at !== null && { deletedAt: row.deleted_at }),
    ...(row.delivered_at !== null && {
      delivered: { at: row.delivered_at, address: row.delivered_to ?? '' },
    }),
  };
}

/** A file that is durable and may be shown. */
export type NewArtifact = Omit<
  Artifact,
  'id' | 'jobId' | 'part' | 'createdAt' | 'expiresAt' | 'deletedAt' | 'delivered'
> & {
  readonly keepMs: number;
};

/** On whose behalf something is recorded about a job: of the attempt that holds it, or of the worker that reports it after its end. */
export interface RecordingAttempt {
  readonly jobId: string;
  readonly epoch: number;
  /** The worker that has claimed the report of a job that was stopped. */
  readonly reporter?: string | undefined;
}

/** SQL: the job `j` is still that attempt's, whose id, epoch and reporter are the first three parameters. */
export const IS_RECORDING = `j.id = $1 and j.epoch = $2 and ($3::uuid is null or exists (
  select from waybill.reports r where r.job_id = j.id and r.epoch = j.epoch and r.worker_id = $3))`;

/**
 * Records all files of these kinds that one part of a job leaves, at once, in place of what earlier attempts have recorded. Only the
 * attempt that holds the job may: for another it does nothing.
 */
export function recordArtifacts(
  pool: Pool,
  { part, ...attempt }: RecordingAttempt & { readonly part: number },
  kinds: readonly ArtifactKind[],
  artifacts: readonly NewArtifact[],
): Promise<void> {
  return recordPartArtifacts(pool, attempt, kinds, [{ part, artifacts }]);
}

/** The same for several parts: none has its files before all have. */
export async function recordPartArtifacts(
  pool: Pool,
  attempt: RecordingAttempt,
  kinds: readonly ArtifactKind[],
  parts: readonly { readonly part: number; readonly artifacts: readonly NewArtifact[] }[],
): Promise<void> {
  await inTransaction(pool, async (db) => {
    for (const { part, artifacts } of parts) {
      await db.query(
        {
          name: 'delete_artifacts',
          text: `delete from waybill.artifacts a using waybill.jobs j
         where ${IS_RECORDING} and a.job_id = j.id and a.part = $4 and a.kind = any ($5) and a.name <> all ($6)`,
        },
        [
          attempt.jobId,
          attempt.epoch,
          attempt.reporter ?? null,
          part,
          kinds,
          artifacts.map(({ name }) => name),
        ],
      );
      await insertArtifacts(db, attempt, part, artifacts);
    }
  });
}

/** All in one statement: a result may be in tens of thousands of pieces. */
async function insertArtifacts(
  db: Queryable,
  { jobId, epoch, reporter }: RecordingAttempt,
  part: number,
  artifacts: readonly NewArtifact[],
): Promise<void> {
  await db.query(
    {
      name: 'insert_artifacts',
      text: `insert into waybill.artifacts (job_id, part, kind, name, media_type, size_bytes, sha256, records, storage_key,
       cut_from_bytes, expires_at)
     select j.id, $4, a.kind, a.name, a."mediaType", a."sizeBytes", a.sha256, a.records, a."storageKey", a."cutFromBytes",
       clock_timestamp() + a."keepMs" * interval '1 millisecond'
     from waybill.jobs j cross join jsonb_to_recordset($5) as a (
       kind text, name text, "mediaType" text, "sizeBytes" bigint, sha256 text, records bigint, "storageKey" text, "cutFromBytes" bigint,
       "keepMs" float8)
     where ${IS_RECORDING}
     on conflict (job_id, name) do update set size_bytes = excluded.size_bytes, sha256 = excluded.sha256,
       records = excluded.records, storage_key = excluded.storage_key, cut_from_bytes = excluded.cut_from_bytes, created_at = now(), expires_at = excluded.expires_at, deleted_at = null,
       delivered_at = null, delivered_to = null`,
    },
    [jobId, epoch, reporter ?? null, part, renderJsonb(artifacts)],
  );
}

/** In the order in which they were made; removed ones included. */
export async function listArtifacts(db: Queryable, jobId: string): Promise<Artifact[]> {
  const result = await db.query<ArtifactRow>(
    'select * from waybill.artifacts where job_id = $1 order by created_at, name',
    [jobId],
  );
  return result.rows.map(parseArtifactRow);
}

/** @throws AppError `storage.not_found`, or `storage.expired` once retention has removed the file. */
export async function getArtifact(db: Queryable, jobId: string, name: string): Promise<Artifact> {
  const artifacts = await listArtifacts(db, jobId);
  const artifact = artifacts.find((candidate) => candidate.name === name);
  if (artifact === undefined) {
    const names = artifacts.map((candidate) => candidate.name).join(', ');
    throw new AppError('storage.not_found', `The job has no file "${name}". It has: ${names || 'none'}.`);
  }
  return checkKept(artifact);
}

/** @throws AppError `storage.expired` once retention has removed the file */
export function checkKept(artifact: Artifact): Artifact {
  if (artifact.deletedAt === undefined) return artifact;
  throw new AppError(
    'storage.expired',
    `The file "${artifact.name}" was removed at ${artifact.deletedAt.toISOString()}, after its time.`,
  );
}
