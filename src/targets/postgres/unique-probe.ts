/**
 * Values of the unique indexes, for the file-wide passes: conflicts among a file's records must not depend on
 * which chunk they are in.
 */
import type pg from 'pg';
import { isRowLevel } from '../../core/sqlstate.ts';
import type { KeyProbe, UniqueProbe } from '../probes.ts';
import { afterImage } from './after-image.ts';
import {
  type FirstSeen,
  findFirstSeen,
  hashOfFirst,
  PROBE_SETTINGS,
  prepareFirstSeen,
  type SeenBy,
} from './first-seen.ts';
import { mayMove, noteMoves, stillTaken } from './moving-values.ts';
import { dollarQuoted, literal } from './quote.ts';
import { IS_WORKED_OUT, RAISING_VARIABLES, raisingRowsBlock } from './raising-rows.ts';
import { withSession } from './session-settings.ts';
import { STAGE_TABLE } from './stage-names.ts';
import type { UniqueIndex } from './table.ts';
import { uniqueValueSql } from './unique-value-sql.ts';
import { stageBase } from './wide-rows.ts';
import { recordMode, type WriteContext } from './write-context.ts';
import { stagedRows, type WriteShape } from './write-shape.ts';

interface ProbeRow {
  readonly record: string;
  readonly hash: string | null;
  readonly taken: boolean;
}

/** The keys as they are matched with the target's. */
export async function probeKeys(
  client: pg.Client,
  context: WriteContext,
  seenBy: SeenBy,
): Promise<readonly KeyProbe[]> {
  return withoutRaising(client, context, () => hashKeys(client, context, seenBy));
}

/** Where an expression of the table raises an error for a record, the record is left out: it is rejected for that later. */
async function withoutRaising<T>(
  client: pg.Client,
  { shape, options }: WriteContext,
  ask: () => Promise<T>,
): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    if (!isRowLevel(error)) throw error;
    await withSession(client, shape.collection.session, () =>
      client.query(
        `do ${dollarQuoted(`
        #variable_conflict use_column
        declare s record; ${RAISING_VARIABLES}
        begin
          ${raisingRowsBlock(shape, recordMode(options), STAGE_TABLE)}
          delete from ${stageBase(shape)} st where not (${IS_WORKED_OUT});
        end`)}`,
      ),
    );
    return ask();
  }
}

async function hashKeys(
  client: pg.Client,
  { shape }: WriteContext,
  seenBy: SeenBy,
): Promise<readonly KeyProbe[]> {
  const { key, collection } = shape;
  const { session } = collection;
  if (key === undefined) throw new Error('A collection without key has no keys to probe');
  const names = key.parts.map((_, at) => `s._wb_k${at + 1}`);
  const isWhole = names.map((name) => `${name} is not null`).join(' and ');
  const rows = stagedRows(shape, STAGE_TABLE);
  if (!isHashed(key.index)) {
    const values = names.map((name, at) => `${name} as v${at + 1}`).join(', ');
    const seen: FirstSeen = {
      name: '_wb_seen_key',
      rule: key.index,
      values: `select s._wb_record as record, ${values} from ${rows} s where ${isWhole}`,
      role: session?.role,
    };
    const firsts = await firstsOf(client, shape, seen, seenBy);
    return [...firsts].map(([record, first]) => withHash({ record }, hashOfFirst(first)));
  }
  const values = names.map((name, at) => `${name}${key.index.parts[at]?.collate ?? ''}`);
  const statement = `
    select s._wb_record::text as record, case when ${isWhole} then ${hashOf(values)} end as hash
    from ${rows} s
    order by s._wb_record`;
  return withSession(client, session, async () => {
    const found = await client.query<Omit<ProbeRow, 'taken'>>(statement);
    return found.rows.map(({ record, hash }) => withHash({ record: Number(record) }, hash));
  });
}

async function firstsOf(
  client: pg.Client,
  { collection: { session } }: WriteShape,
  seen: FirstSeen,
  seenBy: SeenBy,
): Promise<ReadonlyMap<number, number>> {
  await prepareFirstSeen(client, seen, seenBy);
  return withSession(client, session, async () => {
    await client.query(PROBE_SETTINGS);
    return findFirstSeen(client, seen);
  });
}

function isHashed({ parts, method }: UniqueIndex): boolean {
  return method === 'btree' && parts.every(({ isHashable }) => isHashable);
}

function withHash<T extends object>(probe: T, hash: string | null | undefined): T & { hash?: string } {
  return hash === null || hash === undefined ? probe : { ...probe, hash };
}

/** Unique indexes beside the key, in the order of `TargetFacts.secondaryUniques`. */
export function secondaryUniques(
  uniques: readonly UniqueIndex[],
  key: UniqueIndex | undefined,
): readonly UniqueIndex[] {
  return uniques.filter((unique) => unique !== key);
}

/** Rules beside the key that two records may break together, in the order of the positions of `UniqueProbe.unique`. */
function rulesBesideKey({ relation, key }: WriteShape): readonly UniqueIndex[] {
  return [...secondaryUniques(relation.uniques, key?.index), ...relation.exclusions];
}

export async function probeUniques(
  client: pg.Client,
  context: WriteContext,
  seenBy: SeenBy,
): Promise<readonly UniqueProbe[]> {
  return withoutRaising(client, context, () => hashUniques(client, context, seenBy));
}

async function hashUniques(
  client: pg.Client,
  context: WriteContext,
  seenBy: SeenBy,
): Promise<readonly UniqueProbe[]> {
  const { shape } = context;
  const probes: UniqueProbe[] = [];
  const rules = rulesBesideKey(shape);
  const reached = await reachedPartitions(client, context, rules);
  for (const [position, rule] of rules.entries()) {
    // A table may have hundreds of partitions with a rule each, and a chunk has rows of a few.
    if (rule.partition !== undefined && !reached.has(rule.partition.sql)) continue;
    const isLate = mayMove(context, rule);
    if (isLate) await noteMoves(client, context, rule, position, seenBy);
    const rows = await withSession(client, shape.collection.session, async () => {
      await client.query(PROBE_SETTINGS);
      return (await client.query<ProbeRow>(probeStatement(context, rule))).rows;
    });
    const firsts = isHashed(rule) ? undefined : await firstsBeside(client, context, rule, position, seenBy);
    for (const { record, hash, taken } of rows) {
      const isTaken = taken && !isLate;
      // A record that is refused for the target's sake takes nothing from others: the row that has the value may be among them.
      const first = isTaken
        ? undefined
        : firsts === undefined
          ? hash
          : hashOfFirst(firsts.get(Number(record)));
      probes.push(withHash({ record: Number(record), unique: position, isTaken }, first));
    }
  }
  return probes;
}

/** Of the partitions that have rules by themselves those that take a staged row. */
async function reachedPartitions(
  client: pg.Client,
  { shape, options }: WriteContext,
  rules: readonly UniqueIndex[],
): Promise<ReadonlySet<string>> {
  const partitions = new Map(
    rules.flatMap(({ partition }) => (partition === undefined ? [] : [[partition.sql, partition.condition]])),
  );
  if (partitions.size === 0) return new Set();
  const takes = [...partitions].map(([sql, condition]) => `(${literal(sql)}, ${condition})`);
  return withSession(client, shape.collection.session, async () => {
    await client.query(PROBE_SETTINGS);
    const found = await client.query<{ name: string }>(`
      select distinct v.name from ${stagedRows(shape, STAGE_TABLE)} s
      ${afterImage(shape, recordMode(options), shape.relation.columns)}
      cross join lateral (values ${takes.join(', ')}) v (name, takes) where v.takes`);
    return new Set(found.rows.map(({ name }) => name));
  });
}

/** After the last chunk: records that need a value which the target has and keeps. Empty where that was told at once. */
export async function probeTaken(
  client: pg.Client,
  context: WriteContext,
  position: number,
  seenBy: SeenBy,
  after: number,
): Promise<readonly number[]> {
  const rule = rulesBesideKey(context.shape)[position];
  return rule !== undefined && mayMove(context, rule) ? stillTaken(client, position, seenBy, after) : [];
}

/** What the target has taken already does not take anything from other records; but what is given up later does. */
function firstsBeside(
  client: pg.Client,
  context: WriteContext,
  rule: UniqueIndex,
  position: number,
  seenBy: SeenBy,
): Promise<ReadonlyMap<number, number>> {
  const { shape, options } = context;
  const { joins, values, isIn, isTaken } = uniqueValueSql(shape, recordMode(options), rule);
  const named = values.map((value, at) => `${value} as v${at + 1}`).join(', ');
  const seen: FirstSeen = {
    name: `_wb_seen_${position}`,
    rule,
    values: `select s._wb_record as record, ${named} from ${stagedRows(shape, STAGE_TABLE)} s ${joins} where ${isIn} and not (${mayMove(context, rule) ? 'false' : isTaken})`,
    role: shape.collection.session?.role,
  };
  return firstsOf(client, shape, seen, seenBy);
}

function probeStatement({ shape, options }: WriteContext, unique: UniqueIndex): string {
  const { joins, values, isIn, isTaken } = uniqueValueSql(shape, recordMode(options), unique);
  const hash = isHashed(unique) ? `case when ${isIn} then ${hashOf(values)} end` : 'null::text';
  return `
    select s._wb_record::text as record, ${hash} as hash, ${isTaken} as taken
    from ${stagedRows(shape, STAGE_TABLE)} s ${joins}
    order by s._wb_record`;
}

/** `hash_record_extended` hashes by the types' equality, so that 1.0 and 1.00 are one value; two seeds make 128 bits. */
function hashOf(values: readonly string[]): string {
  const half = (seed: number) =>
    `lpad(to_hex(hash_record_extended(row (${values.join(', ')}), ${seed})), 16, '0')`;
  return `${half(0)} || ${half(1)}`;
}
