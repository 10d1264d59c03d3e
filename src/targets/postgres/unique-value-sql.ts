/** The values that a staged row would have in a unique index, and whether another row of the target has them. */
import type { ImportMode } from '../../core/job.ts';
import { afterImage } from './after-image.ts';
import type { UniqueIndex } from './table.ts';
import type { WriteShape } from './write-shape.ts';

export interface UniqueValueSql {
  /** Joins to put after a source of one staged row, `s`: the row as it would be, and its values in the index. */
  readonly joins: string;
  /** The values, in the index's order. */
  readonly values: readonly string[];
  /** Condition: the row would be in the index with values that can be told before it is written. */
  readonly isIn: string;
  /** Condition: another row, of those that the session may see, has these values. */
  readonly isTaken: string;
  /** Condition over `t`, a row of the target, beside `isIn`: it has these values, and another key. */
  readonly isHolder: string;
  /** Where rows that have these values are looked for. */
  readonly holders: string;
}

/** The index's own expressions over the row as it would be. */
export function uniqueValueSql(shape: WriteShape, mode: ImportMode, unique: UniqueIndex): UniqueValueSql {
  const values = unique.parts.map((_, at) => `u._wb_u${at + 1}`);
  const named = unique.parts.map(({ sql, collate }, at) => `${sql}${collate} as _wb_u${at + 1}`).join(', ');
  const isIn =
    [
      ...(unique.areNullsDistinct ? values.map((name) => `${name} is not null`) : []),
      ...(unique.predicate === undefined ? [] : ['u._wb_in']),
    ].join(' and ') || 'true';
  const same = unique.parts.map(({ sql, equals, collate }, at) => {
    const isSame = `${sql} ${equals} u._wb_u${at + 1}${collate}`;
    return unique.areNullsDistinct ? isSame : `(${isSame} or (${sql} is null and u._wb_u${at + 1} is null))`;
  });
  const another = [
    ...same,
    ...(unique.predicate === undefined ? [] : [`(${unique.predicate})`]),
    ...(shape.key === undefined ? [] : [`(${shape.key.match}) is not true`]),
  ].join(' and ');
  // By way of the table, other partitions would be read through, too: a hash, for one, tells the server nothing of where not to look.
  const holders = unique.partition?.isReadable === true ? unique.partition.sql : shape.relation.ownSql;
  return {
    // All columns, since an index's expressions do not tell which they use.
    joins: `${afterImage(shape, mode, shape.relation.columns)}
      cross join lateral (select ${named}, (${unique.predicate ?? 'true'}) as _wb_in from (select img.*) i) u`,
    values,
    isIn,
    isHolder: another,
    holders,
    isTaken: `(${isIn}) and exists (select from ${holders} t where ${another})`,
  };
}
