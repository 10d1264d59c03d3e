/**
 * Sequences that stand behind: a job has brought ids of its own into a column that a sequence fills, so the next insert without an id would
 * take one that is there. Only columns at the head of a unique index are looked at: elsewhere nothing collides, and the greatest value would
 * be searched in the whole table.
 */
import type pg from 'pg';
import { sqlStateOf } from '../../core/sqlstate.ts';
import type { SequenceState } from '../probes.ts';
import type { Target, TargetCall } from '../target.ts';
import { type KnownTables, readRelation } from './catalogue.ts';
import { withInterruptible } from './interrupt.ts';
import { identifier, literal } from './quote.ts';
import type { Sessions } from './sessions.ts';
import { toTargetError } from './sql-errors.ts';
import type { TargetRelation } from './table.ts';

/** More numbers than anybody draws within one statement: only beyond it `setval`, which could go backwards, is certain not to. */
const MAX_DRAWN = 100_000;
/** Missing privilege, and a sequence that has reached its end: the records are written all the same. */
const CANNOT_SET = ['42501', '2200H'];

interface FoundSequence {
  readonly column: string;
  /** Quoted and qualified. */
  readonly name: string;
  readonly increment: string;
  readonly min: string;
  readonly max: string;
}

interface Standing {
  readonly next: bigint;
  readonly farthest: bigint;
  /** Numbers to draw until none collides; 0 or less: it does not stand behind. */
  readonly missing: bigint;
}

/** As the target's seam has it. @throws AppError `target.not_found` where the table is gone; the signal's reason where it is aborted */
export function settleSequences(
  sessions: Sessions,
  tables: KnownTables,
  { collection, ...wanted }: Parameters<NonNullable<Target['settleSequences']>>[0],
  call: TargetCall,
): Promise<readonly SequenceState[]> {
  // Its other columns may be gone: that may be why the job was stopped.
  const bare = { ...collection, fields: [], scope: [], references: [] };
  return withInterruptible(sessions, { name: call, signal: call.signal }, async (client) => {
    const relation = await readRelation(client, bare, tables).catch((error: unknown) => {
      throw toTargetError(error, collection.name);
    });
    return settleFound(client, relation, wanted);
  });
}

/** Those that stand behind, after they were advanced where that is asked for. */
async function settleFound(
  client: pg.Client,
  relation: TargetRelation,
  options: { readonly columns: readonly string[]; readonly advance: boolean },
): Promise<readonly SequenceState[]> {
  const states: SequenceState[] = [];
  for (const sequence of await findSequences(client, relation, options.columns)) {
    const standing = await look(client, relation, sequence);
    if (standing === undefined || standing.missing <= 0n) continue;
    const outcome = options.advance ? await tryAdvance(client, relation, sequence, standing) : {};
    states.push({
      sequence: sequence.name,
      column: sequence.column,
      next: String(standing.next),
      farthest: String(standing.farthest),
      statement: statementFor(relation, sequence),
      ...outcome,
    });
  }
  return states;
}

/** Of identity columns, and of those whose default is nothing but the next number; that may be read. */
async function findSequences(
  client: pg.Client,
  relation: TargetRelation,
  columns: readonly string[],
): Promise<readonly FoundSequence[]> {
  const heads = relation.uniques
    .filter((unique) => unique.predicate === undefined && unique.parts[0]?.isOrdered === true)
    .map((unique) => unique.parts[0]?.column);
  const asked = columns.filter((column) => heads.includes(column));
  if (relation.kind !== 'table' || asked.length === 0) return [];
  const found = await client.query<FoundSequence>(
    `select a.attname as column, format('%I.%I', n.nspname, c.relname) as name, s.seqincrement::text as increment,
       s.seqmin::text as min, s.seqmax::text as max
     from pg_attribute a
     cross join lateral (
       select d.objid as oid from pg_depend d
       where d.classid = 'pg_class'::regclass and d.refclassid = 'pg_class'::regclass and d.refobjid = a.attrelid
         and d.refobjsubid = a.attnum and d.deptype = 'i'
       union
       select d.refobjid from pg_attrdef f join pg_depend d on d.classid = 'pg_attrdef'::regclass and d.objid = f.oid
       where f.adrelid = a.attrelid and f.adnum = a.attnum and d.refclassid = 'pg_class'::regclass
         and pg_get_expr(f.adbin, f.adrelid) ~* '^nextval\\('
     ) q
     join pg_sequence s on s.seqrelid = q.oid join pg_class c on c.oid = q.oid join pg_namespace n on n.oid = c.relnamespace
     where a.attrelid = ${literal(relation.sql)}::regclass and a.attname = any ($1) and not a.attisdropped
       and a.atttypid in ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)
       and has_schema_privilege(n.oid, 'usage') and has_sequence_privilege(c.oid, 'select')
     order by a.attnum`,
    [asked],
  );
  return found.rows;
}

async function look(
  client: pg.Client,
  relation: TargetRelation,
  { column, name, increment, min, max }: FoundSequence,
): Promise<Standing | undefined> {
  const step = BigInt(increment);
  const quoted = identifier(column);
  const farthestSql = `${step > 0n ? 'max' : 'min'}(t.${quoted})`;
  const found = await client.query<{ last: string; called: boolean; farthest: string | null }>(
    `select q.last_value::text as last, q.is_called as called,
       (select ${farthestSql} from ${relation.sql} t where t.${quoted} between ${min} and ${max})::text as farthest
     from ${name} q`,
  );
  const [row] = found.rows;
  if (row === undefined || row.farthest === null) return undefined;
  const farthest = BigInt(row.farthest);
  const next = BigInt(row.last) + (row.called ? step : 0n);
  const isBehind = step > 0n ? next <= farthest : next >= farthest;
  return { next, farthest, missing: isBehind ? (farthest - next) / step + 1n : 0n };
}

async function tryAdvance(
  client: pg.Client,
  relation: TargetRelation,
  sequence: FoundSequence,
  standing: Standing,
): Promise<Pick<SequenceState, 'isAdvanced' | 'reason'>> {
  try {
    await advance(client, relation, sequence, standing);
    return { isAdvanced: true };
  } catch (error) {
    if (!CANNOT_SET.includes(sqlStateOf(error) ?? '')) throw error;
    return { reason: (error as Error).message };
  }
}

/**
 * Without a lock, which everybody who inserts would wait for. Numbers that are drawn go to nobody twice, so a short way is gone by drawing; a
 * long one by `setval`, on the condition that the way is still long. Others may have brought greater ids meanwhile, so it looks again.
 */
async function advance(
  client: pg.Client,
  relation: TargetRelation,
  sequence: FoundSequence,
  standing: Standing,
): Promise<void> {
  const { name, increment } = sequence;
  let now: Standing | undefined = standing;
  while (now !== undefined && now.missing > 0n) {
    if (now.missing <= MAX_DRAWN) {
      await client.query(
        `select count(nextval(${literal(name)}::regclass)) from generate_series(1, ${now.missing})`,
      );
    } else {
      await client.query(
        `select setval(${literal(name)}::regclass, ${now.farthest}) from ${name} q
         where (${now.farthest}::numeric - q.last_value) / ${increment} >= ${MAX_DRAWN}`,
      );
    }
    now = await look(client, relation, sequence);
  }
}

function statementFor(relation: TargetRelation, { column, name, increment }: FoundSequence): string {
  const farthest = `${increment.startsWith('-') ? 'min' : 'max'}(${identifier(column)})`;
  return `select setval(${literal(name)}, (select ${farthest} from ${relation.sql}))`;
}
