/** What an attempt waits for that others hold, from the server's own view of locks. Asked only while a statement takes long. */
import type pg from 'pg';
import { applicationName, type SessionName } from './connection.ts';

interface WaitRow {
  readonly kind: string;
  readonly relation: string | null;
  readonly row_of: string | null;
  readonly holder: number | null;
  readonly application: string | null;
}

/** `a lock on contacts, held by session 4711 (psql)`; undefined: nothing is waited for. */
export async function findWait(client: pg.Client, name: SessionName): Promise<string | undefined> {
  const { rows } = await client.query<WaitRow>(
    `select l.locktype as kind, l.relation::regclass::text as relation, held.row_of, b.pid as holder,
       nullif(b.application_name, '') as application
     from pg_stat_activity a
     join pg_locks l on l.pid = a.pid and not l.granted
     -- Who waits for the end of another transaction, because of a row, holds the place in the queue for that row.
     left join lateral (
       select t.relation::regclass::text as row_of from pg_locks t
       where t.pid = a.pid and t.locktype = 'tuple' and t.granted limit 1
     ) held on true
     left join lateral (select h.pid from unnest(pg_blocking_pids(a.pid)) h (pid) limit 1) h on true
     left join pg_stat_activity b on b.pid = h.pid
     where a.datname = current_database() and a.application_name = $1 and a.wait_event_type = 'Lock'
     limit 1`,
    [applicationName(name)],
  );
  return rows[0] && renderWait(rows[0]);
}

function renderWait({ holder, application, ...lock }: WaitRow): string {
  const by = application === null ? '' : ` (${application})`;
  return `${renderLock(lock)}${holder === null ? '' : `, held by session ${holder}${by}`}`;
}

function renderLock({
  kind,
  relation,
  row_of: rowOf,
}: Pick<WaitRow, 'kind' | 'relation' | 'row_of'>): string {
  if (kind === 'relation' && relation !== null) return `a lock on ${relation}`;
  if (kind === 'tuple' && relation !== null) return `a lock on a row of ${relation}`;
  if (kind === 'transactionid') return rowOf === null ? 'another transaction' : `a lock on a row of ${rowOf}`;
  return kind === 'advisory' ? 'an advisory lock' : `a lock (${kind})`;
}
