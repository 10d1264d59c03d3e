import { AppError } from '../core/errors.ts';
import type { Queryable } from './database.ts';

/** A file that was received, hashed and kept. */
export interface Upload {
  readonly id: string;
  readonly fileName?: string;
  readonly sha256: string;
  readonly sizeBytes: number;
  readonly storageKey: string;
  readonly createdAt: Date;
  readonly expiresAt?: Date;
}

interface UploadRow {
  id: string;
  file_name: string | null;
  sha256: string;
  size_bytes: string;
  storage_key: string;
  created_at: Date;
  expires_at: Date | null;
  deleted_at: Date | null;
}

const UPLOAD_ROW = 'id, file_name, sha256, size_bytes, storage_key, created_at, expires_at, deleted_at';

function parseUploadRow(row: UploadRow): Upload {
  return {
    id: row.id,
    sha256: row.sha256,
    sizeBytes: Number(row.size_bytes),
    storageKey: row.storage_key,
    createdAt: row.created_at,
    ...(row.file_name !== null && { fileName: row.file_name }),
    ...(row.expires_at !== null && { expiresAt: row.expires_at }),
  };
}

/** Records a file that is durable already; only then is the upload acknowledged. */
export async function recordUpload(
  db: Queryable,
  upload: {
    id: string;
    fileName?: string;
    sha256: string;
    sizeBytes: number;
    storageKey: string;
    keepMs: number;
  },
): Promise<Upload> {
  const result = await db.query<UploadRow>(
    {
      name: 'record_upload',
      text: `insert into waybill.uploads (id, file_name, sha256, size_bytes, storage_key, expires_at)
     values ($1, $2, $3, $4, $5, clock_timestamp() + $6::float8 * interval '1 millisecond') returning ${UPLOAD_ROW}`,
    },
    [upload.id, upload.fileName ?? null, upload.sha256, upload.sizeBytes, upload.storageKey, upload.keepMs],
  );
  const row = result.rows[0];
  if (row === undefined) throw new Error('insert returned no row');
  return parseUploadRow(row);
}

/** @throws AppError `source.not_found`, or `storage.expired` when the file was removed. */
export async function getUpload(db: Queryable, id: string): Promise<Upload> {
  return present(
    id,
    await db.query<UploadRow>(
      { name: 'get_upload', text: `select ${UPLOAD_ROW} from waybill.uploads where id = $1` },
      [id],
    ),
  );
}

/**
 * The same inside the transaction that makes a job of it: nobody removes the upload before that has ended.
 *
 * @throws AppError as `getUpload`
 */
export async function holdUpload(db: Queryable, id: string): Promise<Upload> {
  return present(
    id,
    await db.query<UploadRow>(
      { name: 'hold_upload', text: `select ${UPLOAD_ROW} from waybill.uploads where id = $1 for share` },
      [id],
    ),
  );
}

function present(id: string, { rows: [row] }: { rows: readonly UploadRow[] }): Upload {
  if (row === undefined) {
    throw new AppError('source.not_found', `There is no upload ${id}. Send the file again.`);
  }
  if (row.deleted_at !== null) {
    throw new AppError('storage.expired', `Upload ${id} was removed. Send the file again.`);
  }
  return parseUploadRow(row);
}

/** Newest first. @param page.before id of the last upload of the page before */
export async function listUploads(
  db: Queryable,
  page: { readonly limit: number; readonly before?: string },
): Promise<Upload[]> {
  const result = await db.query<UploadRow>(
    `select * from waybill.uploads
     where deleted_at is null
       and ($2::uuid is null or (created_at, id) < (select created_at, id from waybill.uploads where id = $2))
     order by created_at desc, id desc limit $1`,
    [page.limit, page.before ?? null],
  );
  return result.rows.map(parseUploadRow);
}

/**
 * Marks an upload as removed; its file goes after that. In the caller's transaction.
 *
 * @throws AppError as `getUpload`, and `request.conflict` while a job that has not ended needs it
 */
export async function removeUpload(db: Queryable, id: string): Promise<Upload> {
  // Waits for kick-offs that hold it. Who needs it is asked by a statement of its own, which sees their jobs.
  const upload = present(
    id,
    await db.query<UploadRow>('select * from waybill.uploads where id = $1 for update', [id]),
  );
  const needing = await db.query<{ number: string; state: string }>(
    `select j.number, j.state from waybill.jobs j join waybill.parts p on p.job_id = j.id
     where j.finished_at is null and (p.source ->> 'upload')::uuid = $1 order by j.number limit 1`,
    [id],
  );
  const [job] = needing.rows;
  if (job !== undefined) {
    throw new AppError(
      'request.conflict',
      `Upload ${id} is used by job ${job.number}, which is ${job.state}. Wait until the job has ended, or cancel it.`,
      { details: { job: Number(job.number), state: job.state } },
    );
  }
  await db.query('update waybill.uploads set deleted_at = clock_timestamp() where id = $1', [id]);
  return upload;
}

/** Parts with the same content that are looked at: all but the latest may have failed. */
const LOOKED_AT = 200;

/** The latest finished import of the same bytes into the same collection and scope, to warn before rows double. */
export async function findSameContentImport(
  db: Queryable,
  same: { sha256: string; collection: string; scope: Readonly<Record<string, string>> },
): Promise<{ id: string; number: number } | undefined> {
  const result = await db.query<{ id: string; number: string }>(
    {
      name: 'find_same_content',
      text: `with latest as materialized (
       select * from waybill.parts p where p.content_key = waybill.content_key($1, $2, $3)
       order by p.content_key desc, p.job_number desc limit $4
     )
     select j.id, j.number from latest p
     join waybill.jobs j on j.id = p.job_id
     join waybill.uploads u on u.id = (p.source ->> 'upload')::uuid
     where j.kind = 'import' and j.state = 'succeeded' and j.deleted_at is null and u.sha256 = $1 and p.collection = $2 and p.scope = $3::jsonb
     order by p.job_number desc limit 1`,
    },
    [same.sha256, same.collection, JSON.stringify(same.scope), LOOKED_AT],
  );
  return result.rows[0] && { id: result.rows[0].id, number: Number(result.rows[0].number) };
}
