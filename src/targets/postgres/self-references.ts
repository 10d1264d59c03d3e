/**
 * Foreign keys of the table to itself. A record may name one that comes later in the file, or in the same chunk, so what is missing is worked
 * out of two temporary tables: what records need that the target does not have, and what records give. It is asked twice: of the whole file
 * before anything is written (which references lead nowhere), and of each chunk (which records have to wait for later ones).
 */
import type { ImportMode } from '../../core/job.ts';
import type { SelfReferenceFacts } from '../probes.ts';
import { afterImage } from './after-image.ts';
import { isNotKept } from './kept-references.ts';
import { identifier, literal } from './quote.ts';
import { IS_WORKED_OUT } from './raising-rows.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ForeignKey, TargetRelation } from './table.ts';
import { findColumn } from './table.ts';
import { acceptedRows, stagedRows, type WriteShape } from './write-shape.ts';

/** Records whose reference leads to none that is there, with the position of the key; `is_rejected`: to one of the file that is rejected. */
export const MISSING_TABLE = 'pg_temp._wb_missing';

/** Variables of `missingBlock`. */
export const MISSING_VARIABLES = '_wb_generation int; _wb_added bigint;';

/** Keys that can be judged before a row is written; what the collection declares is asked of the record itself, whatever triggers make of it. */
export function judgedSelfReferences(relation: TargetRelation): readonly ForeignKey[] {
  return readableReferences(relation).filter(
    ({ isDeclared }) => isDeclared === true || !relation.hasRewritingTriggers,
  );
}

export function readableReferences({ selfReferences }: TargetRelation): readonly ForeignKey[] {
  return selfReferences.filter(({ isReadable }) => isReadable);
}

/** The temporary tables of a key: what records need, and what they give. */
export function tablesOf(
  { selfReferences }: TargetRelation,
  key: ForeignKey,
): { readonly needs: string; readonly gives: string } {
  const at = selfReferences.indexOf(key);
  return { needs: `pg_temp._wb_needs_${at}`, gives: `pg_temp._wb_gives_${at}` };
}

/** For the issues, in the order of the positions in `MISSING_TABLE`. */
export function describeSelfReferences(
  relation: TargetRelation,
  fieldOf: (column: string) => string | undefined,
): readonly SelfReferenceFacts[] {
  return judgedSelfReferences(relation).map(({ name, isDeclared, title, parts }) => {
    const [part, ...others] = parts;
    const field = part !== undefined && others.length === 0 ? fieldOf(part.column) : undefined;
    return {
      ...(isDeclared !== true && { constraint: name }),
      table: title,
      toField: parts.map(({ toColumn }) => fieldOf(toColumn) ?? toColumn).join(', '),
      toFields: parts.flatMap(({ toColumn }) => fieldOf(toColumn) ?? []),
      ...(field !== undefined && { field }),
    };
  });
}

/** The session's tables; none where there is nothing to judge. */
export function createReferenceTables({ relation }: WriteShape): string {
  const keys = readableReferences(relation);
  if (keys.length === 0) return '';
  const columns = (names: readonly string[]) =>
    names.map((name, at) => {
      const column = findColumn(relation, name);
      return `v${at + 1} ${column?.storageType}${column?.collate}`;
    });
  const tables = keys.map((key) => {
    const { parts } = key;
    const { needs, gives } = tablesOf(relation, key);
    const values = parts.map((_, index) => `v${index + 1}`).join(', ');
    return `
      create table ${needs} (record bigint, ${columns(parts.map(({ column }) => column)).join(', ')});
      create table ${gives} (record bigint, is_accepted boolean, ${columns(parts.map(({ toColumn }) => toColumn)).join(', ')});
      create index on ${needs} (${values}); create index on ${needs} (record);
      create index on ${gives} (${values}); create index on ${gives} (record);`;
  });
  return `${tables.join('')}
    create temporary table _wb_missing (record bigint primary key, position int, is_rejected boolean, generation int);
    create index on _wb_missing (generation);`;
}

export function referenceTableNames({ relation }: WriteShape): readonly string[] {
  const keys = readableReferences(relation);
  return keys.length === 0
    ? []
    : [...keys.flatMap((key) => Object.values(tablesOf(relation, key))), MISSING_TABLE];
}

/** What the accepted records of `table` name and the target does not have. */
export function needsStatements(shape: WriteShape, mode: ImportMode, table: string): string[] {
  return judgedSelfReferences(shape.relation).map((key) => {
    const { columns, needed: own } = columnsOf(shape, key, 'column');
    // Which columns decide on a partition is not told.
    const needed = key.partition === undefined ? own : shape.relation.columns;
    const isTold = key.partition === undefined ? 'true' : `(${key.partition.condition})`;
    const isGiven = columns.map((column) => `${column} is not null`);
    const isNeeded = key.isFull ? `(${isGiven.join(' or ')})` : isGiven.join(' and ');
    return `
      insert into ${tablesOf(shape.relation, key).needs} select s._wb_record, ${columns.join(', ')}
      from ${acceptedRows(shape, table)} s ${afterImage(shape, mode, needed)}
      where ${isNeeded} and ${isTold} and not exists (select from ${key.sql} r where ${same(
        key,
        (part) => `r.${identifier(part.toColumn)}`,
        (part) => `img.${identifier(part.column)}`,
      )}${key.isDeclared ? inScope(shape) : ''})${isNotKept(shape, mode, key)}`;
  });
}

/** What the records of `table` give, those that were rejected, too. */
export function givesStatements(shape: WriteShape, mode: ImportMode, table: string): string[] {
  return judgedSelfReferences(shape.relation).map((key) => {
    const { columns, needed } = columnsOf(shape, key, 'toColumn');
    return `
      insert into ${tablesOf(shape.relation, key).gives}
      select s._wb_record, s._wb_record not in (select f.record from ${FOUND_TABLE} f), ${columns.join(', ')}
      from ${stagedRows(shape, table, IS_WORKED_OUT)} s ${afterImage(shape, mode, needed)}
      where ${columns.map((column) => `${column} is not null`).join(' and ')}`;
  });
}

/**
 * What records give that were rejected before they came here, as far as it can be read.
 *
 * @param records SQL of a JSON array with an object for each: the texts of the fields referred to, by name
 */
export function rejectedGivesStatements({ collection, relation }: WriteShape, records: string): string[] {
  return judgedSelfReferences(relation).map((key) => {
    const values = key.parts.map(({ toColumn }) => {
      const field = collection.fields.find(({ column }) => column === toColumn)?.name ?? '';
      return `(k ->> ${literal(field)})::${findColumn(relation, toColumn)?.storageType}`;
    });
    const insert = (from: string) =>
      `insert into ${tablesOf(relation, key).gives} select null, false, ${values.join(', ')} from ${from}`;
    // What the judge takes the server may not take for a value of the column's type.
    return `
      begin ${insert(`jsonb_array_elements(${records}) k`)};
      exception when data_exception then
        for _wb_row in select k from jsonb_array_elements(${records}) k loop
          begin ${insert('(select _wb_row.k) one')}; exception when data_exception then null; end;
        end loop;
      end`;
  });
}

/** Fills `MISSING_TABLE`: whose reference nobody gives, then those that refer to such records, step by step. */
export function missingBlock({ relation }: WriteShape): string {
  const keys = judgedSelfReferences(relation).map((key) => ({ key, ...tablesOf(relation, key) }));
  const given = (key: ForeignKey) =>
    same(
      key,
      (_, at) => `g.v${at + 1}`,
      (_, at) => `n.v${at + 1}`,
    );
  const first = keys.map(
    ({ key, needs, gives }, at) => `
      insert into ${MISSING_TABLE}
      select n.record, ${at}, exists (select from ${gives} g where ${given(key)}), 0
      from ${needs} n
      where not exists (select from ${gives} g where ${given(key)} and g.is_accepted)
      on conflict (record) do nothing;`,
  );
  const next = keys.map(
    ({ key, needs, gives }, at) => `
      insert into ${MISSING_TABLE}
      select n.record, ${at}, true, _wb_generation + 1
      from ${MISSING_TABLE} m join ${gives} g on g.record = m.record
      join ${needs} n on ${given(key)}
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

/** What the collection declares holds within the scope; a key of the table knows of none. */
function inScope({ scope }: WriteShape): string {
  return scope.map(({ column, value }) => ` and r.${identifier(column.column)} = ${value}`).join('');
}

type Part = ForeignKey['parts'][number];

/** As the key compares: the value referred to comes first. */
export function same(
  { parts }: ForeignKey,
  to: (part: Part, at: number) => string,
  from: (part: Part, at: number) => string,
): string {
  return parts
    .map((part, at) => {
      const { cast = '', equals, collate } = part;
      return `${to(part, at)}${cast} ${equals} ${from(part, at)}${cast}${collate}`;
    })
    .join(' and ');
}

function columnsOf({ relation }: WriteShape, { parts }: ForeignKey, side: 'column' | 'toColumn') {
  const names = parts.map((part) => part[side]);
  return {
    columns: names.map((name) => `img.${identifier(name)}`),
    needed: relation.columns.filter(({ column }) => names.includes(column)),
  };
}
