import { omitUndefined } from '../core/omit-undefined.ts';
import type { SessionSettings, TargetBinding } from './collection.ts';
import type { ObjectReader } from './definition-reader.ts';

const MANAGED: TargetBinding = Object.freeze({ kind: 'managed' });
const KINDS = ['table', 'query', 'module'];

/** `{table, database?}`, `{query, database?}` or `{module}`; nothing means a table that Waybill creates. */
export function parseTarget(written: ObjectReader | undefined): TargetBinding {
  if (written === undefined) return MANAGED;
  written.refuseUnknown([...KINDS, 'database']);
  const given = KINDS.filter((kind) => written.has(kind));
  if (given.length !== 1) {
    written.report(undefined, `expected exactly one of "table", "query" and "module", got ${given.length}`);
    return MANAGED;
  }
  const database = written.text('database');
  const table = written.text('table');
  const query = written.text('query');
  if (table !== undefined) return parseTable(written, table, database);
  if (query !== undefined) {
    if (query.trim() === '') written.report('query', 'the query is empty');
    return omitUndefined({ kind: 'query' as const, database, query });
  }
  if (database !== undefined) written.report('database', 'a module has no database');
  return { kind: 'module', module: written.text('module') ?? '' };
}

/** `contacts`, `crm.contacts`, `"My Schema"."My.Table"`. */
const TABLE_NAME = /^(?:(?:"((?:[^"]|"")+)"|([^".]+))\.)?(?:"((?:[^"]|"")+)"|([^".]+))$/;

function parseTable(written: ObjectReader, table: string, database: string | undefined): TargetBinding {
  const match = TABLE_NAME.exec(table);
  if (match === null) {
    written.report('table', `"${table}" is no table name; expected table, schema.table or "schema"."table"`);
    return MANAGED;
  }
  const name = (quoted: string | undefined, plain: string | undefined) =>
    quoted?.replaceAll('""', '"') ?? plain;
  const schema = name(match[1], match[2]) ?? 'public';
  return omitUndefined({
    kind: 'table' as const,
    database,
    schema,
    table: name(match[3], match[4]) ?? table,
  });
}

/** The inverse of the parser, in the form a person would write. */
export function renderTarget(target: TargetBinding): Readonly<Record<string, string>> | undefined {
  if (target.kind === 'managed') return undefined;
  if (target.kind === 'module') return { module: target.module };
  const { database } = target;
  if (target.kind === 'query') return omitUndefined({ query: target.query, database });
  return omitUndefined({ table: `${renderName(target.schema)}.${renderName(target.table)}`, database });
}

function renderName(name: string): string {
  return /[".]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name;
}

const SETTING_NAME = /^[A-Za-z_][\w$]*(?:\.[A-Za-z_][\w$]*)*$/;

/** `{role?, settings?}`: what is set locally in each transaction. */
export function parseSession(written: ObjectReader | undefined): SessionSettings | undefined {
  if (written === undefined) return undefined;
  written.refuseUnknown(['role', 'settings']);
  const settings = written.object('settings');
  const entries = (settings?.names ?? []).map((name): [string, string] => {
    if (!SETTING_NAME.test(name))
      settings?.report(name, `"${name}" is no name of a setting; expected app.name`);
    return [name, settings?.text(name) ?? ''];
  });
  return omitUndefined({ role: written.text('role'), settings: Object.fromEntries(entries) });
}
