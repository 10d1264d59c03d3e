import { AppError } from '../../core/errors.ts';
import type { Queryable } from '../database.ts';

/** First key of the advisory locks that serialize the kick-offs of one slot; the second is the slot's hash. */
const SLOT_LOCKS = 8022;

/**
 * Makes sure, until the caller's transaction ends, that a job more of this slot may be under way. Two kick-offs of one slot wait for each
 * other, so that both cannot take the last place.
 *
 * @throws AppError `job.too_many_running` with the slot's size and the jobs that fill it
 */
export async function takeSlot(db: Queryable, slot: { name: string; most: number }): Promise<void> {
  await db.query('select pg_advisory_xact_lock($1, hashtext($2))', [SLOT_LOCKS, slot.name]);
  const found = await db.query<{ id: string; number: string }>(
    'select id, number from waybill.jobs where slot = $1 and finished_at is null order by number limit $2',
    [slot.name, slot.most],
  );
  if (found.rows.length < slot.most) return;
  const numbers = found.rows.map(({ number }) => number).join(', ');
  throw new AppError(
    'job.too_many_running',
    `At most ${slot.most} ${slot.most === 1 ? 'job' : 'jobs'} of this kind may run at once (running: ${numbers}). Wait until one of them has ended.`,
    {
      details: { slot: slot.name, most: slot.most, jobs: found.rows.map(({ id }) => id) },
      isRetryable: true,
    },
  );
}

/** The same for a final job that is put back: it needs a place as a new one does. Nothing for a job without a slot. */
export async function retakeSlot(db: Queryable, jobId: string): Promise<void> {
  const found = await db.query<{ name: string; most: number }>(
    'select slot as name, slot_most as most from waybill.jobs where id = $1 and slot is not null and finished_at is not null',
    [jobId],
  );
  if (found.rows[0] !== undefined) await takeSlot(db, found.rows[0]);
}
