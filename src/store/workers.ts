/**
 * Liveness of worker processes. A worker is dead when its advisory lock is free (its connection has ended: at once after a kill), or
 * when its lease has run out (it keeps the connection but does nothing). All times are the database's.
 */
import type { Queryable } from './database.ts';

/** First key of the advisory locks of workers; the second is the worker's `lock_key`. */
export const WORKER_LOCK_CLASS = 8021;
export const LEASE_MS = 10_000;

/** Registers the worker of this connection and takes its lock, which lives as long as the connection. */
export async function registerWorker(
  connection: Queryable,
  worker: { id: string; host: string; pid: number; inLane?: boolean },
): Promise<void> {
  const result = await connection.query<{ lock_key: number }>(
    `insert into waybill.workers (id, host, pid, lease_expires_at, in_lane)
     values ($1, $2, $3, clock_timestamp() + $4 * interval '1 millisecond', $5) returning lock_key`,
    [worker.id, worker.host, worker.pid, LEASE_MS, worker.inLane ?? false],
  );
  await connection.query('select pg_advisory_lock($1, $2)', [WORKER_LOCK_CLASS, result.rows[0]?.lock_key]);
}

/** Renews the lease. False: the worker has been declared dead and must stop what it does. */
export async function renewLease(connection: Queryable, workerId: string): Promise<boolean> {
  const result = await connection.query(
    `update waybill.workers set lease_expires_at = clock_timestamp() + $2 * interval '1 millisecond'
     where id = $1 and lease_expires_at > clock_timestamp()`,
    [workerId, LEASE_MS],
  );
  return result.rowCount === 1;
}

/** The worker says itself that it ends, so that nobody waits for its lease. */
export async function retireWorker(db: Queryable, workerId: string): Promise<void> {
  await db.query('delete from waybill.workers where id = $1', [workerId]);
}

/** Whoever saw the process end says so: its jobs need not wait until the server notices the closed connection. */
export async function declareDead(db: Queryable, process: { host: string; pid: number }): Promise<void> {
  await db.query(
    `update waybill.workers set lease_expires_at = clock_timestamp()
     where host = $1 and pid = $2 and lease_expires_at > clock_timestamp()`,
    [process.host, process.pid],
  );
}

/** The leases of these processes of a host, as text to compare; of one that registered more than once the newest. */
export async function findLeases(
  db: Queryable,
  processes: { host: string; pids: readonly number[] },
): Promise<readonly { pid: number; expiresAt: string }[]> {
  const result = await db.query<{ pid: number; expiresAt: string }>(
    {
      name: 'find_leases',
      text: `select distinct on (pid) pid, lease_expires_at::text as "expiresAt" from waybill.workers
     where host = $1 and pid = any ($2) order by pid, started_at desc`,
    },
    [processes.host, processes.pids],
  );
  return result.rows;
}

/** SQL: ids of the workers that live. */
export const LIVE_WORKERS = `
  select w.id from waybill.workers w
  where w.lease_expires_at > clock_timestamp() and exists (
    select from pg_locks l
    where l.locktype = 'advisory' and l.classid = ${WORKER_LOCK_CLASS} and l.objid = w.lock_key and l.objsubid = 2 and l.granted
      and l.database = (select oid from pg_database where datname = current_database()))`;

export interface OrphanedJob {
  readonly id: string;
  readonly state: 'running' | 'pausing' | 'cancelling' | 'delivering';
  readonly epoch: number;
  readonly crashes: number;
  /** The database restarted after the worker registered: nobody's crash. */
  readonly databaseRestarted: boolean;
}

/** Jobs whose worker is dead. */
export async function findOrphanedJobs(db: Queryable): Promise<OrphanedJob[]> {
  const result = await db.query<OrphanedJob>({
    name: 'find_orphaned_jobs',
    text: `with live as materialized (${LIVE_WORKERS})
     select j.id, j.state, j.epoch, j.crashes,
       coalesce((select w.started_at < pg_postmaster_start_time() from waybill.workers w where w.id = j.worker_id), false)
         as "databaseRestarted"
     from waybill.jobs j
     where j.state in ('running', 'pausing', 'cancelling', 'delivering') and j.worker_id is not null
       and not exists (select from live where live.id = j.worker_id)`,
  });
  return result.rows;
}

/** Forgets workers that are dead and hold no job. */
export async function forgetDeadWorkers(db: Queryable): Promise<number> {
  const result = await db.query({
    name: 'forget_dead_workers',
    text: `with live as materialized (${LIVE_WORKERS})
     delete from waybill.workers w
     where w.lease_expires_at < clock_timestamp() - interval '1 minute'
       and not exists (select from live where live.id = w.id)
       and not exists (
         select from waybill.jobs j
         where j.worker_id = w.id and j.state in ('running', 'pausing', 'cancelling', 'delivering'))`,
  });
  return result.rowCount ?? 0;
}

export async function countLiveWorkers(db: Queryable): Promise<number> {
  const result = await db.query<{ count: string }>(`select count(*) from (${LIVE_WORKERS}) live`);
  return Number(result.rows[0]?.count ?? 0);
}
