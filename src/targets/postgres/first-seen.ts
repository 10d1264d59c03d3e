/**
 * Which record of the file was the first to have a value, where no hash tells which values are one: an operator class or an exclusion
 * constraint may have any idea of it. The values of the first ones lie in a temporary table, with an index of the same kind.
 */
import type pg from 'pg';
import { AppError } from '../../core/errors.ts';
import { dollarQuoted, identifier } from './quote.ts';
import type { UniqueIndex } from './table.ts';

/** As in the write function: hash and merge joins would read the whole target. */
export const PROBE_SETTINGS = `set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off`;

export interface FirstSeen {
  /** Of the temporary table; one for each rule that is looked at. */
  readonly name: string;
  readonly rule: Pick<UniqueIndex, 'parts' | 'method' | 'areNullsDistinct'>;
  /** A query of `record` and the values `v1`, …; those without a value in the index are not among them. */
  readonly values: string;
  readonly role: string | undefined;
}

/** Which connection has seen the records before this one. */
export type SeenBy = Map<string, pg.Client>;

/** False: nobody has. @throws AppError when the connection that has seen the earlier records is lost: the pass begins anew */
export function hasSeen(client: pg.Client, name: string, seenBy: SeenBy): boolean {
  const before = seenBy.get(name);
  if (before === undefined || before === client) return before !== undefined;
  throw new AppError(
    'database.unavailable',
    'The connection was lost while the records of the file were compared with each other.',
    { isRetryable: true },
  );
}

/** Makes the table at the first chunk. @throws AppError when the connection that has seen the earlier ones is lost: the pass begins anew */
export async function prepareFirstSeen(client: pg.Client, seen: FirstSeen, seenBy: SeenBy): Promise<void> {
  if (hasSeen(client, seen.name, seenBy)) return;
  const { parts, method } = seen.rule;
  const columns = parts.map(({ collate, opclass }, at) => `v${at + 1}${collate} ${opclass}`).join(', ');
  const role = seen.role === undefined ? 'public' : identifier(seen.role);
  await client.query(`
    create temporary table ${seen.name} as select * from (${seen.values}) v limit 0;
    create index on ${seen.name} using ${method} (${columns});
    create temporary table if not exists _wb_lost (record bigint, other bigint);
    grant all on ${seen.name}, _wb_lost to ${role}`);
  seenBy.set(seen.name, client);
}

/** The records of the chunk, each with the first record that it clashes with, or with itself. */
export async function findFirstSeen(
  client: pg.Client,
  { name, rule, values }: FirstSeen,
): Promise<ReadonlyMap<number, number>> {
  const clash = rule.parts.map(({ equals, collate }, at) => {
    const isSame = `w.v${at + 1} ${equals} _wb_one.v${at + 1}${collate}`;
    return rule.areNullsDistinct
      ? isSame
      : `(${isSame} or (w.v${at + 1} is null and _wb_one.v${at + 1} is null))`;
  });
  const own = rule.parts.map((_, at) => `_wb_one.v${at + 1}`).join(', ');
  await client.query(
    `do ${dollarQuoted(`
    declare _wb_one record; _wb_other bigint;
    begin
      delete from pg_temp._wb_lost;
      for _wb_one in select * from (${values}) v order by v.record loop
        select w.record into _wb_other from pg_temp.${name} w where ${clash.join(' and ')} order by w.record limit 1;
        if not found then
          insert into pg_temp.${name} values (_wb_one.record, ${own});
          _wb_other := _wb_one.record;
        end if;
        insert into pg_temp._wb_lost values (_wb_one.record, _wb_other);
      end loop;
    end`)}`,
  );
  const { rows } = await client.query<{ record: string; other: string }>(
    'select record::text, other::text from pg_temp._wb_lost',
  );
  return new Map(rows.map(({ record, other }) => [Number(record), Number(other)]));
}

/** In the form of the hashes: one for each record that was the first. */
export function hashOfFirst(record: number | undefined): string | undefined {
  return record?.toString(16).padStart(32, '0');
}
