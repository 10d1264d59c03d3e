/** The tables under attack, made and read with plain SQL on connections of the campaign's own. */
import { setTimeout as delay } from 'node:timers/promises';
import { Client } from 'pg';
import { describe } from './ask.ts';
import { type Row, type Table, VALUE_FIELDS } from './foretell.ts';
import { COUNTRIES } from './records.ts';

export interface Target {
  /** Name of the collection. */
  readonly collection: string;
  /** As SQL names it. */
  readonly table: string;
  /** The collection's scope, and this lane's value of it. */
  readonly scope?: { readonly account: string };
  /** Waybill makes the table; otherwise it is bound. */
  readonly isManaged: boolean;
}

/** Statements on a database that is under attack: each is tried again until it works. */
export interface Sql {
  query(
    text: string,
    values?: readonly unknown[],
  ): Promise<readonly Readonly<Record<string, string | null>>[]>;
  end(): Promise<void>;
}

const PATIENCE_MS = 90_000;

/** `url` is asked for before each connection: a database that was started again may be elsewhere. */
export function openSql(url: () => Promise<string>): Sql {
  let open: Client | undefined;
  const connect = async () => {
    const client = new Client({ connectionString: await url(), application_name: 'torture' });
    client.on('error', () => {
      if (open === client) open = undefined;
    });
    await client.connect();
    // Whatever is done to the database, the oracle reads and prepares.
    await client.query('set default_transaction_read_only = off');
    return client;
  };
  const close = async () => {
    const client = open;
    open = undefined;
    await client?.end().catch(() => {});
  };
  let turn: Promise<unknown> = Promise.resolve();
  const run = async (text: string, values: readonly unknown[]) => {
    const until = performance.now() + PATIENCE_MS;
    for (;;) {
      try {
        open ??= await connect();
        return (await open.query(text, [...values])).rows as Readonly<Record<string, string | null>>[];
      } catch (error) {
        const { code } = error as { code?: string };
        // A statement that is wrong stays wrong.
        if (code !== undefined && /^(22|23|42)/.test(code)) throw error;
        await close();
        if (performance.now() > until) {
          throw new Error(`SQL for ${PATIENCE_MS} ms: ${describe(error)}`, { cause: error });
        }
        await delay(100);
      }
    }
  };
  return {
    query(text, values = []) {
      const result = turn.then(() => run(text, values));
      turn = result.catch(() => {});
      return result;
    },
    end: close,
  };
}

const COLUMNS =
  'id bigint not null, amount numeric not null, quantity bigint, day date, note text, country text';

export async function createTables(sql: Sql, targets: readonly Target[]): Promise<void> {
  await sql.query('create schema if not exists torture');
  await sql.query('create table if not exists torture.countries (code text primary key)');
  await sql.query('insert into torture.countries select unnest($1::text[]) on conflict do nothing', [
    COUNTRIES,
  ]);
  for (const { table, isManaged, scope } of targets) {
    if (isManaged) continue;
    const key = scope === undefined ? 'id' : 'account, id';
    const account = scope === undefined ? '' : 'account bigint not null, ';
    await sql.query(`create table if not exists ${table} (${account}${COLUMNS}, primary key (${key}))`);
  }
}

export const COUNTRY_COLLECTION = {
  name: 'torture_countries',
  key: ['code'],
  schema: { type: 'object', properties: { code: { type: 'string' } }, required: ['code'] },
  target: { table: 'torture.countries' },
};

export function definitionOf({ collection, table, isManaged, scope }: Target): object {
  return {
    name: collection,
    key: ['id'],
    schema: {
      type: 'object',
      properties: {
        id: { type: 'integer' },
        amount: { type: 'number', minimum: 0 },
        quantity: { type: ['integer', 'null'] },
        day: { type: ['string', 'null'], format: 'date' },
        note: { type: ['string', 'null'], maxLength: 80 },
        country: { type: ['string', 'null'] },
      },
      required: ['id', 'amount'],
    },
    references: [{ field: 'country', collection: COUNTRY_COLLECTION.name, toField: 'code' }],
    ...(!isManaged && { target: { table: table.replaceAll('"', '') } }),
    ...(scope !== undefined && { scope: ['account'] }),
  };
}

/** All rows of the lane. Twins are shown by a key of their own, so that no table of the oracle's equals one with twins. */
export async function readTable(sql: Sql, target: Target): Promise<Map<string, Row>> {
  const values = VALUE_FIELDS.map((field) => `${field}::text as ${field}`).join(', ');
  const rows = await sql.query(`select id::text as id, ${values} from ${target.table} ${whereOf(target)}`);
  const table = new Map<string, Row>();
  for (const row of rows) {
    const key = table.has(row['id'] ?? '') ? `${row['id']} again` : (row['id'] ?? '');
    table.set(
      key,
      VALUE_FIELDS.map((field) => row[field] ?? null),
    );
  }
  return table;
}

export function whereOf({ scope }: Target): string {
  return scope === undefined ? '' : `where account = ${scope.account}`;
}

/** The first rows that differ, in words; undefined when there are none. */
export function compareTables(actual: Table, expected: Table): string | undefined {
  const differences: string[] = [];
  let count = 0;
  for (const key of new Set([...expected.keys(), ...actual.keys()])) {
    const [is, should] = [actual.get(key), expected.get(key)];
    if (is !== undefined && should !== undefined && is.every((value, at) => value === should[at])) continue;
    count += 1;
    if (count <= 5) differences.push(`${key}: ${JSON.stringify(is)} instead of ${JSON.stringify(should)}`);
  }
  if (count === 0) return undefined;
  return `${count} rows differ (${actual.size} rows instead of ${expected.size}): ${differences.join('; ')}`;
}
