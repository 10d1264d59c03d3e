/** The fence row: which attempt of a job may write. */
import type pg from 'pg';
import { AppError } from '../../core/errors.ts';
import { endSessions, type SessionName } from './connection.ts';
import { qualified } from './quote.ts';

/**
 * Makes `epoch` the only one that may write. Sessions of earlier attempts are ended before (they may hold the fence row)
 * and after (they may have been opened in between). The same epoch may come again: claims number attempts uniquely, so it
 * is this attempt after a lost connection. Where there was no row no attempt has come so far, so there is no session to end.
 *
 * @returns whether this is the first attempt that comes so far: the ledger has nothing of the job
 * @throws AppError `target.fenced` when a later epoch is there already.
 */
export async function raiseFence(
  client: pg.Client,
  ledgerSchema: string,
  name: SessionName,
): Promise<boolean> {
  const fence = qualified(ledgerSchema, 'fence');
  const first = await client.query({
    name: 'first_fence',
    text: `insert into ${fence} (job_id, epoch) values ($1, $2) on conflict (job_id) do nothing returning epoch`,
    values: [name.jobId, name.epoch],
  });
  if (first.rowCount === 1) return true;
  const known = await client.query<{ epoch: number }>(`select epoch from ${fence} where job_id = $1`, [
    name.jobId,
  ]);
  if ((known.rows[0]?.epoch ?? 0) > name.epoch) throw fenced(name);
  await endSessions(client, name, []);
  const raised = await client.query(
    `insert into ${fence} as f (job_id, epoch) values ($1, $2)
     on conflict (job_id) do update set epoch = excluded.epoch where f.epoch <= excluded.epoch
     returning epoch`,
    [name.jobId, name.epoch],
  );
  if (raised.rowCount === 0) throw fenced(name);
  await endSessions(client, name, []);
  return false;
}

/** @throws AppError `target.fenced` when a later epoch has taken over. It may do so at any time after: a write asks again. */
export async function checkFence(client: pg.Client, ledgerSchema: string, name: SessionName): Promise<void> {
  const fence = qualified(ledgerSchema, 'fence');
  const held = await client.query(`select from ${fence} where job_id = $1 and epoch = $2`, [
    name.jobId,
    name.epoch,
  ]);
  if (held.rowCount === 0) throw fenced(name);
}

/** Ends an attempt for good: the fence is where the next claim will raise it to, and its sessions are gone. */
export async function fenceOff(client: pg.Client, ledgerSchema: string, name: SessionName): Promise<void> {
  await endSessions(client, name, []);
  await client.query(
    `insert into ${qualified(ledgerSchema, 'fence')} as f (job_id, epoch) values ($1, $2)
     on conflict (job_id) do update set epoch = excluded.epoch where f.epoch < excluded.epoch`,
    [name.jobId, name.epoch + 1],
  );
  await endSessions(client, name, []);
}

export function fenced({ jobId, epoch }: SessionName): AppError {
  return new AppError(
    'target.fenced',
    `Attempt ${epoch} of job ${jobId} may not write any more: a later attempt has taken over`,
    { details: { jobId, epoch } },
  );
}
