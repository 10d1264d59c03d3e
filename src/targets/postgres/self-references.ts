/**
 * Foreign keys of the table to itself. A record may name one that comes later in the file, or in the same chunk, so what is missing is worked
 * out of two temporary tables: what records need that the target does not have, and what records give. It is asked twice: of the whole file
 * before anything is written (which references lead nowhere), and of each chunk (which records have to wait for later ones).
 */
import type { ImportMode } from '../../core/job.ts';
import type { SelfReferenceFacts } from '../probes.ts';
import { afterImage } from './after-image.ts';
import { isNotKept } from './kept-references.ts';
import { identifier } from './quote.ts';
import { IS_WORKED_OUT } from './raising-rows.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ForeignKey, TargetRelation } from './table.ts';
import { findColumn } from './table.ts';
import { acceptedRows, stagedRows, type WriteShape } from './write-shape.ts';

/** Records whose reference leads to none that is there, with the position of the key; `is_rejected`: to one of the file that is rejected. */
export const MISSING_TABLE = 'pg_temp._wb_missing';

/** Variables of `missingBlock`. */
export const MISSING_VARIABLES = '_wb_generation int; _wb_added bigint;';

/** Keys that can be judged before a row is written. */
export function judgedSelfReferences(relation: TargetRelation): readonly ForeignKey[] {
  return relation.hasRewritingTriggers ? [] : relation.selfReferences.filter(({ isReadable }) => isReadable);
}

/** For the issues, in the order of the positions in `MISSING_TABLE`. */
export function describeSelfReferences(
  relation: TargetRelation,
  fieldOf: (column: string) => string | undefined,
): readonly SelfReferenceFacts[] {
  return judgedSelfReferences(relation).map(({ name, title, parts }) => {
    const [part, ...others] = parts;
    const field = part !== undefined && others.length === 0 ? fieldOf(part.column) : undefined;
    return {
      constraint: name,
      table: title,
      toField: parts.map(({ toColumn }) => fieldOf(toColumn) ?? toColumn).join(', '),
      ...(field !== undefined && { field }),
    };
  });
}

/** The session's tables; none where there is nothing to judge. */
export function createReferenceTables({ relation }: WriteShape): string {
  const keys = judgedSelfReferences(relation);
  if (keys.length === 0) return '';
  const columns = (names: readonly string[]) =>
    names.map((name, at) => {
      const column = findColumn(relation, name);
      return `v${at + 1} ${column?.storageType}${column?.collate}`;
    });
  const tables = keys.map(({ parts }, at) => {
    const values = parts.map((_, index) => `v${index + 1}`).join(', ');
    return `
      create temporary table _wb_needs_${at} (record bigint, ${columns(parts.map(({ column }) => column)).join(', ')});
      create temporary table _wb_gives_${at} (record bigint, is_accepted boolean, ${columns(parts.map(({ toColumn }) => toColumn)).join(', ')});
      create index on _wb_needs_${at} (${values}); create index on _wb_gives_${at} (${values}); create index on _wb_gives_${at} (record);`;
  });
  return `${tables.join('')}
    create temporary table _wb_missing (record bigint primary key, position int, is_rejected boolean, generation int);
    create index on _wb_missing (generation);`;
}

export function referenceTableNames({ relation }: WriteShape): readonly string[] {
  const keys = judgedSelfReferences(relation);
  return keys.length === 0
    ? []
    : [...keys.flatMap((_, at) => [`_wb_needs_${at}`, `_wb_gives_${at}`]), '_wb_missing'].map(
        (name) => `pg_temp.${name}`,
      );
}

/** What the accepted records of `table` name and the target does not have. */
export function needsStatements(shape: WriteShape, mode: ImportMode, table: string): string[] {
  return judgedSelfReferences(shape.relation).map((key, at) => {
    const { columns, needed: own } = columnsOf(shape, key, 'column');
    // Which columns decide on a partition is not told.
    const needed = key.partition === undefined ? own : shape.relation.columns;
    const isTold = key.partition === undefined ? 'true' : `(${key.partition.condition})`;
    const isGiven = columns.map((column) => `${column} is not null`);
    const isNeeded = key.isFull ? `(${isGiven.join(' or ')})` : isGiven.join(' and ');
    return `
      insert into pg_temp._wb_needs_${at} select s._wb_record, ${columns.join(', ')}
      from ${acceptedRows(shape, table)} s ${afterImage(shape, mode, needed)}
      where ${isNeeded} and ${isTold} and not exists (select from ${shape.relation.sql} r where ${same(
        key,
        (part) => `r.${identifier(part.toColumn)}`,
        (part) => `img.${identifier(part.column)}`,
      )})${isNotKept(shape, mode, key)}`;
  });
}

/** What the records of `table` give, those that were rejected, too. */
export function givesStatements(shape: WriteShape, mode: ImportMode, table: string): string[] {
  return judgedSelfReferences(shape.relation).map((key, at) => {
    const { columns, needed } = columnsOf(shape, key, 'toColumn');
    return `
      insert into pg_temp._wb_gives_${at}
      select s._wb_record, s._wb_record not in (select f.record from ${FOUND_TABLE} f), ${columns.join(', ')}
      from ${stagedRows(shape, table, IS_WORKED_OUT)} s ${afterImage(shape, mode, needed)}
      where ${columns.map((column) => `${column} is not null`).join(' and ')}`;
  });
}

/**
 * What records give that were rejected before they came here; only where a key is what is referred to, since no more is known of them.
 *
 * @param keys SQL of a JSON array with the texts of each one's key
 */
export function rejectedGivesStatements(shape: WriteShape, keys: string): string[] {
  const { collection, relation } = shape;
  const keyColumns = collection.key.map(
    (name) => collection.fields.find((field) => field.name === name)?.column ?? name,
  );
  return judgedSelfReferences(relation).flatMap(({ parts }, at) => {
    const positions = parts.map(({ toColumn }) => keyColumns.indexOf(toColumn));
    if (positions.includes(-1)) return [];
    const values = parts.map(
      ({ toColumn }, index) => `(k ->> ${positions[index]})::${findColumn(relation, toColumn)?.storageType}`,
    );
    return `insert into pg_temp._wb_gives_${at} select null, false, ${values.join(', ')} from jsonb_array_elements(${keys}) k`;
  });
}

/** Fills `MISSING_TABLE`: whose reference nobody gives, then those that refer to such records, step by step. */
export function missingBlock({ relation }: WriteShape): string {
  const keys = judgedSelfReferences(relation);
  const given = (key: ForeignKey) =>
    same(
      key,
      (_, at) => `g.v${at + 1}`,
      (_, at) => `n.v${at + 1}`,
    );
  const first = keys.map(
    (key, at) => `
      insert into ${MISSING_TABLE}
      select n.record, ${at}, exists (select from pg_temp._wb_gives_${at} g where ${given(key)}), 0
      from pg_temp._wb_needs_${at} n
      where not exists (select from pg_temp._wb_gives_${at} g where ${given(key)} and g.is_accepted)
      on conflict (record) do nothing;`,
  );
  const next = keys.map(
    (key, at) => `
      insert into ${MISSING_TABLE}
      select n.record, ${at}, true, _wb_generation + 1
      from ${MISSING_TABLE} m join pg_temp._wb_gives_${at} g on g.record = m.record
      join pg_temp._wb_needs_${at} n on ${given(key)}
      where m.generation = _wb_generation
      on conflict (record) do nothing;
      get diagnostics _wb_n = row_count;
      _wb_added := _wb_added + _wb_n;`,
  );
  return `
    ${first.join('')}
    _wb_generation := 0;
    loop
      _wb_added := 0;
      ${next.join('')}
      exit when _wb_added = 0;
      _wb_generation := _wb_generation + 1;
    end loop;`;
}

type Part = ForeignKey['parts'][number];

/** As the key compares: the value referred to comes first. */
function same(
  { parts }: ForeignKey,
  to: (part: Part, at: number) => string,
  from: (part: Part, at: number) => string,
): string {
  return parts
    .map((part, at) => `${to(part, at)} ${part.equals} ${from(part, at)}${part.collate}`)
    .join(' and ');
}

function columnsOf({ relation }: WriteShape, { parts }: ForeignKey, side: 'column' | 'toColumn') {
  const names = parts.map((part) => part[side]);
  return {
    columns: names.map((name) => `img.${identifier(name)}`),
    needed: relation.columns.filter(({ column }) => names.includes(column)),
  };
}
