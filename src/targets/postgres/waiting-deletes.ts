/**
 * Records of mode `delete` that have to wait for later chunks: others refer to their rows, by a foreign key of the table to itself, and are not
 * deleted with them. Deleted at once, a row would be refused although the file names those that refer to it as well, or take them along before
 * their own records come.
 */
import { identifier } from './quote.ts';
import { MISSING_TABLE, readableReferences, referenceTableNames, same, tablesOf } from './self-references.ts';
import type { ForeignKey, TargetRelation } from './table.ts';
import { acceptedRows, type WriteShape } from './write-shape.ts';

/** Keys under which it matters which of two rows is deleted first. */
export function bindingReferences(relation: TargetRelation): readonly ForeignKey[] {
  return readableReferences(relation).filter(({ outlivesTarget }) => !outlivesTarget);
}

/** Fills `MISSING_TABLE` with the accepted records of `table` that have to wait. */
export function findWaitingDeletes(shape: WriteShape, table: string): string {
  const { relation, key } = shape;
  const keys = bindingReferences(relation).map((binding) => ({ binding, ...tablesOf(relation, binding) }));
  const doomed = `from ${acceptedRows(shape, table)} s join ${relation.sql} t on ${key?.match}`;
  const note = (into: string, flag: string, columns: readonly string[]) => {
    const values = columns.map((column) => `t.${identifier(column)}`);
    return `insert into ${into} select s._wb_record${flag}, ${values.join(', ')} ${doomed}
      where ${values.map((value) => `${value} is not null`).join(' and ')};`;
  };
  const noted = keys.map(
    ({ binding: { parts }, needs, gives }) => `
      ${note(
        needs,
        '',
        parts.map(({ column }) => column),
      )}
      ${note(
        gives,
        ', true',
        parts.map(({ toColumn }) => toColumn),
      )}`,
  );
  // More rows of the table refer to it than rows that go with it.
  const first = keys.map(
    ({ binding, needs, gives }, at) => `
      insert into ${MISSING_TABLE}
      select g.record, ${at}, false, 0 from ${gives} g
      cross join lateral (select count(*) as n from ${needs} n where ${isGiven(binding)}) own
      where (select count(*) from (
        select from ${relation.ownSql} r where ${same(
          binding,
          (_, index) => `g.v${index + 1}`,
          ({ column }) => `r.${identifier(column)}`,
        )} limit own.n + 1) other) > own.n
      on conflict (record) do nothing;`,
  );
  const next = keys.map(
    ({ binding, needs, gives }, at) => `
      insert into ${MISSING_TABLE}
      select g.record, ${at}, false, _wb_generation + 1
      from ${MISSING_TABLE} m join ${needs} n on n.record = m.record join ${gives} g on ${isGiven(binding)}
      where m.generation = _wb_generation
      on conflict (record) do nothing;
      get diagnostics _wb_n = row_count;
      _wb_added := _wb_added + _wb_n;`,
  );
  return `
    truncate ${referenceTableNames(shape).join(', ')};
    ${noted.join('')}
    ${first.join('')}
    _wb_generation := 0;
    loop
      _wb_added := 0;
      ${next.join('')}
      exit when _wb_added = 0;
      _wb_generation := _wb_generation + 1;
    end loop;`;
}

function isGiven(binding: ForeignKey): string {
  return same(
    binding,
    (_, at) => `g.v${at + 1}`,
    (_, at) => `n.v${at + 1}`,
  );
}
