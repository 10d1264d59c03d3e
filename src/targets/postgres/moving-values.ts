/**
 * Uniqueness that may be checked at the end of a transaction: where everything lands in one, a value is free if the row that has it gives it up in
 * the same job (a permutation). Which rows do is known after the last chunk, so until then it is remembered who needs it of whom.
 */
import type pg from 'pg';
import { hasSeen, PROBE_SETTINGS, type SeenBy } from './first-seen.ts';
import { identifier } from './quote.ts';
import { withSession } from './session-settings.ts';
import { STAGE_TABLE } from './stage-names.ts';
import type { UniqueIndex } from './table.ts';
import { uniqueValueSql } from './unique-value-sql.ts';
import { forbidsRejections, recordMode, type WriteContext } from './write-context.ts';
import { stagedRows, type WriteShape } from './write-shape.ts';

/** This many records at a time. */
const BATCH = 10_000;

/** Any rejected record keeps all from being written: so whoever gives a value up will have done so. */
export function mayMove({ options, shape }: WriteContext, rule: UniqueIndex): boolean {
  return rule.isDeferrable && shape.key !== undefined && forbidsRejections(options);
}

/** Names of the constraints that a job looks at only when all of its records are there. */
export function movingConstraints(context: WriteContext): readonly string[] {
  const { relation } = context.shape;
  return [...relation.uniques, ...relation.exclusions]
    .filter((rule) => mayMove(context, rule))
    .map(({ name }) => name);
}

/** Remembers, of the staged chunk, which rows of the target have values that records need, and which rows give theirs up. */
export async function noteMoves(
  client: pg.Client,
  context: WriteContext,
  rule: UniqueIndex,
  position: number,
  seenBy: SeenBy,
): Promise<void> {
  const { shape, options } = context;
  const { session } = shape.collection;
  const { joins, isIn, isHolder, holders, values } = uniqueValueSql(shape, recordMode(options), rule);
  const role = session?.role === undefined ? 'public' : identifier(session.role);
  if (!hasSeen(client, `held ${position}`, seenBy)) {
    await client.query(`
      create temporary table _wb_held_${position} (record bigint, holder text);
      create temporary table _wb_moved_${position} (holder text);
      create index on _wb_held_${position} (record); create index on _wb_moved_${position} (holder);
      grant all on _wb_held_${position}, _wb_moved_${position} to ${role}`);
    seenBy.set(`held ${position}`, client);
  }
  const rows = `${stagedRows(shape, STAGE_TABLE)} s ${joins}`;
  const old = rule.parts
    .map(({ sql, collate }, at) => `(${sql}${collate})::text as _wb_o${at + 1}`)
    .join(', ');
  const isOther = values.map((value, at) => `w._wb_o${at + 1} is distinct from ${value}::text`).join(' or ');
  await withSession(client, session, async () => {
    await client.query(PROBE_SETTINGS);
    await client.query(`
      insert into pg_temp._wb_held_${position}
      select s._wb_record, w.holder from ${rows}
      cross join lateral (select ${keyText(shape)} as holder from ${holders} t where ${isHolder}) w
      where ${isIn};
      insert into pg_temp._wb_moved_${position}
      select w.holder from ${rows}
      cross join lateral (
        select ${keyText(shape)} as holder, ${old} from ${shape.relation.sql} t where ${shape.key?.match} limit 1) w
      where not (${isIn}) or ${isOther}`);
  });
}

/** The key of a row of the target, `t`, as one text. */
function keyText({ key }: WriteShape): string {
  return `array[${key?.parts.map(({ target }) => `(${target})::text`).join(', ')}]::text`;
}

/** Records that need a value of a row that keeps it, after the last chunk: in order, those behind `after`. */
export async function stillTaken(
  client: pg.Client,
  position: number,
  seenBy: SeenBy,
  after: number,
): Promise<readonly number[]> {
  if (!hasSeen(client, `held ${position}`, seenBy)) return [];
  const { rows } = await client.query<{ record: string }>(
    `select distinct h.record::text, h.record as n from pg_temp._wb_held_${position} h
     where h.record > $1 and not exists (select from pg_temp._wb_moved_${position} m where m.holder = h.holder)
     order by n limit ${BATCH}`,
    [after],
  );
  return rows.map(({ record }) => Number(record));
}
