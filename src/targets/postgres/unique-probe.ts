/**
 * Values of the unique indexes, for the file-wide passes: conflicts among a file's records must not depend on
 * which chunk they are in.
 */
import type pg from 'pg';
import type { KeyProbe, UniqueProbe } from '../target.ts';
import { withSession } from './session-settings.ts';
import { STAGE_TABLE } from './stage-names.ts';
import type { UniqueIndex } from './table.ts';
import { uniqueValueSql } from './unique-value-sql.ts';
import type { WriteContext } from './write-context.ts';
import { stagedRows } from './write-shape.ts';

interface ProbeRow {
  readonly record: string;
  readonly hash: string | null;
  readonly taken: boolean;
}

/** The keys as they are matched with the target's. */
export async function probeKeys(client: pg.Client, { shape }: WriteContext): Promise<readonly KeyProbe[]> {
  const names = shape.key?.parts.map((_, at) => `s._wb_k${at + 1}`) ?? [];
  const isWhole = names.map((name) => `${name} is not null`).join(' and ');
  const statement = `
    select s._wb_record::text as record, case when ${isWhole || 'false'} then ${hashOf(names)} end as hash
    from ${stagedRows(shape, STAGE_TABLE)} s
    order by s._wb_record`;
  return withSession(client, shape.collection.session, async () => {
    const { rows } = await client.query<Omit<ProbeRow, 'taken'>>(statement);
    return rows.map(({ record, hash }) => ({ record: Number(record), ...(hash === null ? {} : { hash }) }));
  });
}

/** Unique indexes beside the key, in the order of `TargetFacts.secondaryUniques`. */
export function secondaryUniques(
  uniques: readonly UniqueIndex[],
  key: UniqueIndex | undefined,
): readonly UniqueIndex[] {
  return uniques.filter((unique) => unique !== key);
}

export async function probeUniques(
  client: pg.Client,
  context: WriteContext,
): Promise<readonly UniqueProbe[]> {
  const { shape } = context;
  const uniques = secondaryUniques(shape.relation.uniques, shape.key?.index);
  return withSession(client, shape.collection.session, async () => {
    await client.query(
      `set local enable_hashjoin = off; set local enable_mergejoin = off; set local enable_seqscan = off`,
    );
    const probes: UniqueProbe[] = [];
    for (const [position, unique] of uniques.entries()) {
      const result = await client.query<ProbeRow>(probeStatement(context, unique));
      for (const { record, hash, taken } of result.rows) {
        probes.push({
          record: Number(record),
          unique: position,
          isTaken: taken,
          ...(hash === null ? {} : { hash }),
        });
      }
    }
    return probes;
  });
}

function probeStatement({ shape, options }: WriteContext, unique: UniqueIndex): string {
  const { joins, values, isIn, isTaken } = uniqueValueSql(shape, options.mode, unique);
  return `
    select s._wb_record::text as record, case when ${isIn} then ${hashOf(values)} end as hash, ${isTaken} as taken
    from ${stagedRows(shape, STAGE_TABLE)} s ${joins}
    order by s._wb_record`;
}

/** `hash_record_extended` hashes by the types' equality, so that 1.0 and 1.00 are one value; two seeds make 128 bits. */
function hashOf(values: readonly string[]): string {
  const half = (seed: number) =>
    `lpad(to_hex(hash_record_extended(row (${values.join(', ')}), ${seed})), 16, '0')`;
  return `${half(0)} || ${half(1)}`;
}
