/** Attacks on PostgreSQL and on what Waybill may do there. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import type { Surroundings } from '../ask.ts';
import type { Random } from '../random.ts';
import { type Stage, signalTo } from '../stage.ts';
import type { Sql } from '../target.ts';
import type { Attacks } from './attack.ts';

const OTHERS = "datname = current_database() and usename = current_user and application_name <> 'torture'";

async function endSessions(sql: Sql, share: number): Promise<number> {
  const ended = await sql.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where ${OTHERS} and random() < ${share}`,
  );
  return ended.length;
}

/** While it lasts, sessions begin anew with what the database says. */
async function changeDatabase(
  stage: Stage,
  around: Surroundings,
  change: string,
  back: string,
  ms: number,
): Promise<number> {
  const alter = (what: string) =>
    stage.sql.query(`do $$ begin execute format('alter database %I ${what}', current_database()); end $$`);
  const end = around.weather.begin('database');
  await alter(change);
  await endSessions(stage.sql, 1);
  await delay(ms);
  await alter(back);
  await endSessions(stage.sql, 1);
  end();
  return 1;
}

async function killPostgres(
  stage: Stage,
  around: Surroundings,
  pids: readonly number[],
  signal: NodeJS.Signals,
): Promise<number> {
  const end = around.weather.begin('database');
  signalTo(pids, signal);
  // A session that was open may still answer for a moment: only a new one shows that it has recovered.
  await stage.sql.end();
  await stage.sql.query('select 1');
  end();
  return pids.length;
}

async function holdLock(url: string, table: string, ms: number): Promise<void> {
  const client = new Client({ connectionString: url, application_name: 'torture' });
  client.on('error', () => {});
  try {
    await client.connect();
    await client.query('begin');
    await client.query("set local lock_timeout = '2s'");
    await client.query(`lock table ${table} in access exclusive mode`);
    await delay(ms);
    await client.query('rollback');
  } finally {
    await client.end();
  }
}

async function someTable(sql: Sql, random: Random): Promise<string> {
  const tables = await sql.query(
    "select format('%I.%I', schemaname, tablename) as name from pg_tables where schemaname = 'torture'",
  );
  return random.pick(tables)['name'] ?? '';
}

export const ON_DATABASE: Attacks = {
  'ended sessions': {
    weight: 5,
    run: async ({ sql }, random, { weather }) => {
      const end = weather.begin('database');
      const ended = await endSessions(sql, random.pick([0.1, 0.3, 1]));
      end();
      return ended;
    },
  },
  'SIGKILL of a PostgreSQL session': {
    weight: 1,
    run: async (stage, random, around) => {
      if ((await stage.postgres()) === undefined) return 0;
      const sessions = await stage.sql.query(`select pid from pg_stat_activity where ${OTHERS}`);
      if (sessions.length === 0) return 0;
      return killPostgres(stage, around, [Number(random.pick(sessions)['pid'])], 'SIGKILL');
    },
  },
  'SIGKILL of PostgreSQL': {
    weight: 1,
    run: async (stage, _random, around) => {
      const pid = await stage.postgres();
      return pid === undefined ? 0 : killPostgres(stage, around, [pid], 'SIGKILL');
    },
  },
  'SIGSTOP of a PostgreSQL session': {
    weight: 1,
    run: async (stage, random, { weather }) => {
      if ((await stage.postgres()) === undefined) return 0;
      const sessions = await stage.sql.query(`select pid from pg_stat_activity where ${OTHERS}`);
      if (sessions.length === 0) return 0;
      const pids = [Number(random.pick(sessions)['pid'])];
      const end = weather.begin('database');
      signalTo(pids, 'SIGSTOP');
      await delay(random.magnitude(100, 3000));
      signalTo(pids, 'SIGCONT');
      end();
      return 1;
    },
  },
  'a table locked by others': {
    weight: 2,
    run: async (stage, random) => {
      const table = await someTable(stage.sql, random);
      return holdLock(await stage.databaseUrl(), table, random.magnitude(300, 4000)).then(
        () => 1,
        // Somebody else had it, or the session was ended: no attack.
        () => 0,
      );
    },
  },
  'a read-only database': {
    weight: 1,
    run: (stage, random, around) =>
      changeDatabase(
        stage,
        around,
        'set default_transaction_read_only = on',
        'reset default_transaction_read_only',
        random.magnitude(300, 3000),
      ),
  },
  'a limit of connections': {
    weight: 1,
    run: (stage, random, around) =>
      changeDatabase(stage, around, 'connection limit 4', 'connection limit -1', random.magnitude(300, 3000)),
  },
};
