import type { Queryable } from '../database.ts';
import { renderJsonb } from '../jsonb.ts';

/** What is pinned with a part, beside what everybody sees. Plain JSON whose shapes belong to formats, collections and targets. */
export interface PinnedPart {
  readonly dialect?: unknown;
  readonly mapping?: unknown;
  readonly targetFacts?: unknown;
  readonly sourceFacts?: unknown;
}

/** Says how many records a part has, as soon as it is known. */
export async function setPartTotal(
  db: Queryable,
  known: { jobId: string; epoch: number; part: number; total: number },
): Promise<void> {
  await db.query(
    {
      name: 'set_part_total',
      text: `update waybill.parts p set total = $4
     from waybill.jobs j where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.part = $3`,
    },
    [known.jobId, known.epoch, known.part, known.total],
  );
}

/** Nothing is left to do for the part, whatever becomes of the others: later attempts leave it out. */
export async function completePart(
  db: Queryable,
  done: { jobId: string; epoch: number; part: number },
): Promise<void> {
  await db.query(
    {
      name: 'complete_part',
      text: `update waybill.parts p set completed_at = clock_timestamp()
     from waybill.jobs j where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.part = $3`,
    },
    [done.jobId, done.epoch, done.part],
  );
}

/** All parts with records are to be gone through again: the job they were complete for has come to nothing. */
export async function reopenParts(db: Queryable, job: { jobId: string; epoch: number }): Promise<void> {
  await db.query(
    `update waybill.parts p set completed_at = null
     from waybill.jobs j where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.total > 0`,
    [job.jobId, job.epoch],
  );
}

/** From here on every attempt reads the upload, whatever becomes of the place. False: a later attempt holds the job. */
export async function pinFetchedSource(
  db: Queryable,
  pin: { jobId: string; epoch: number; part: number; upload: string; dialect: unknown },
): Promise<boolean> {
  const result = await db.query(
    `update waybill.parts p set source = p.source || jsonb_build_object('upload', $4::text), dialect = coalesce($5, p.dialect),
       content_key = case when j.kind = 'import' then waybill.content_key(
         (select u.sha256 from waybill.uploads u where u.id = $4::text::uuid), p.collection, p.scope) end
     from waybill.jobs j
     where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.part = $3 and not p.source ? 'upload'`,
    [pin.jobId, pin.epoch, pin.part, pin.upload, pin.dialect === undefined ? null : renderJsonb(pin.dialect)],
  );
  return result.rowCount === 1;
}

export async function readPinnedPart(db: Queryable, jobId: string, part: number): Promise<PinnedPart> {
  const result = await db.query<{
    dialect: unknown;
    mapping: unknown;
    target_facts: unknown;
    source_facts: unknown;
  }>(
    {
      name: 'read_pinned_part',
      text: 'select dialect, mapping, target_facts, source_facts from waybill.parts where job_id = $1 and part = $2',
    },
    [jobId, part],
  );
  const row = result.rows[0];
  return {
    ...(row?.dialect != null && { dialect: row.dialect }),
    ...(row?.mapping != null && { mapping: row.mapping }),
    ...(row?.target_facts != null && { targetFacts: row.target_facts }),
    ...(row?.source_facts != null && { sourceFacts: row.source_facts }),
  };
}

/** Pins what the first attempt found out; later attempts must work with the same. @param pin.total its number of records, once it is known */
export async function pinPart(
  db: Queryable,
  pin: { jobId: string; epoch: number; part: number; pinned: PinnedPart; total?: number },
): Promise<void> {
  const json = (value: unknown) => (value === undefined ? null : renderJsonb(value));
  await db.query(
    {
      name: 'pin_part',
      text: `update waybill.parts p set
       dialect = coalesce($4::jsonb, p.dialect), mapping = coalesce($5::jsonb, p.mapping),
       target_facts = coalesce($6::jsonb, p.target_facts), source_facts = coalesce($7::jsonb, p.source_facts),
       total = coalesce($8::bigint, p.total)
     from waybill.jobs j where j.id = p.job_id and j.epoch = $2 and p.job_id = $1 and p.part = $3`,
    },
    [
      pin.jobId,
      pin.epoch,
      pin.part,
      json(pin.pinned.dialect),
      json(pin.pinned.mapping),
      json(pin.pinned.targetFacts),
      json(pin.pinned.sourceFacts),
      pin.total ?? null,
    ],
  );
}
