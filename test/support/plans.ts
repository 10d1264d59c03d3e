/**
 * Watches how PostgreSQL carries out what this process asks: `auto_explain` sends the plan of every statement, those inside functions and
 * triggers too, as a notice to the session that has asked.
 */
import { Client } from 'pg';
import { connectClient } from '../../src/store/connect.ts';
import type { TestDatabase } from './postgres.ts';

interface PlanNode {
  readonly 'Node Type': string;
  readonly Schema?: string;
  readonly 'Relation Name'?: string;
  readonly 'Index Name'?: string;
  readonly 'Actual Rows'?: number;
  readonly 'Actual Loops'?: number;
  readonly 'Rows Removed by Filter'?: number;
  readonly 'Rows Removed by Index Recheck'?: number;
  readonly Plans?: readonly PlanNode[];
}

/** How one table or index was read by one statement. */
export interface Scan {
  readonly statement: string;
  readonly how: string;
  readonly of: string;
  /** Rows that were looked at, whether they were wanted or not. */
  readonly rows: number;
}

export interface WatchedPlans {
  /** What has been seen since the last call. */
  take(): Scan[];
  end(): void;
}

const SETTINGS = {
  session_preload_libraries: 'auto_explain',
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_analyze': 'on',
  'auto_explain.log_timing': 'off',
  'auto_explain.log_verbose': 'on',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': 'json',
  // Sessions of targets hear nothing less.
  'auto_explain.log_level': 'warning',
};

/** From here on sessions of this database that this process opens are watched; those that are open already are ended. */
export async function watchPlans(database: TestDatabase): Promise<WatchedPlans> {
  const admin = await connectClient(database.adminUrl, { applicationName: 'waybill-test' });
  for (const [name, value] of Object.entries(SETTINGS)) {
    await admin.query(`alter database ${database.name} set ${name} = '${value}'`);
  }
  await admin.query(
    'select pg_terminate_backend(pid, 5000) from pg_stat_activity where datname = $1 and pid <> pg_backend_pid()',
    [database.name],
  );
  await admin.end();
  let scans: Scan[] = [];
  const unwatch = listenToNotices((text) => {
    const [, json] = /^duration: .*? plan:\n([\s\S]*)$/.exec(text) ?? [];
    if (json === undefined) return;
    const { 'Query Text': statement, Plan: plan } = JSON.parse(json) as {
      'Query Text': string;
      Plan: PlanNode;
    };
    scans.push(...listScans(plan).map((scan) => ({ statement, ...scan })));
  });
  return {
    take() {
      const taken = scans;
      scans = [];
      return taken;
    },
    end: unwatch,
  };
}

/** Of every client that connects from here on, whoever makes it. */
function listenToNotices(hear: (text: string) => void): () => void {
  const watched = new WeakSet<Client>();
  const query = Reflect.get(Client.prototype, 'query') as (...parameters: unknown[]) => unknown;
  Reflect.set(Client.prototype, 'query', function watchedQuery(this: Client, ...parameters: unknown[]) {
    if (!watched.has(this)) {
      watched.add(this);
      this.on('notice', ({ message }) => hear(message ?? ''));
    }
    return Reflect.apply(query, this, parameters);
  });
  return () => void Reflect.set(Client.prototype, 'query', query);
}

function listScans(node: PlanNode): Omit<Scan, 'statement'>[] {
  const loops = node['Actual Loops'] ?? 0;
  const rowsOfLoop =
    (node['Actual Rows'] ?? 0) +
    (node['Rows Removed by Filter'] ?? 0) +
    (node['Rows Removed by Index Recheck'] ?? 0);
  const below = (node.Plans ?? []).flatMap(listScans);
  const of = node['Relation Name'] ?? node['Index Name'];
  // What is only written is not read by this node.
  if (of === undefined || loops === 0 || !node['Node Type'].includes('Scan')) return below;
  return [{ how: node['Node Type'], of, rows: Math.round(rowsOfLoop * loops) }, ...below];
}
