/** The row as it would be after the write. */
import type { ImportMode } from '../../core/job.ts';
import { identifier } from './quote.ts';
import type { TableColumn } from './table.ts';
import { isAbsent, ofTarget, type WriteShape } from './write-shape.ts';

/**
 * Joins to put after a source of one staged row, `s`: the row as it would be, as `img` with the target's column names. Given values, else
 * those of the existing row, else stable defaults; a generated column is worked out of them. What is not known is null, which no CHECK
 * fails on.
 */
export function afterImage(shape: WriteShape, mode: ImportMode, wanted: readonly TableColumn[]): string {
  const generated = wanted.filter(({ generatedSql }) => generatedSql !== undefined);
  // What a generated column is made of is not told by the catalogue.
  const columns = (generated.length === 0 ? wanted : shape.relation.columns).filter(
    ({ generatedSql }) => generatedSql === undefined,
  );
  const findsExisting = shape.key !== undefined && mode !== 'insert';
  const old = columns.map((column, at) => `${ofTarget(column)} as _wb_t${at + 1}`);
  const existing = findsExisting
    ? `left join lateral (select ${['true as _wb_hit', ...old].join(', ')} from ${shape.relation.sql} t
         where ${shape.key?.match} limit 1) o on true`
    : '';
  const image = columns.map((column, at) => {
    const fallback =
      column.hasStableDefault && column.defaultSql !== undefined ? `(${column.defaultSql})` : 'null';
    const kept = findsExisting ? `case when o._wb_hit then o._wb_t${at + 1} else ${fallback} end` : fallback;
    return `${imageValue(shape, column, kept)} as ${identifier(column.column)}`;
  });
  const made = generated.map(
    ({ column, generatedSql, storageType, collate }) =>
      `, (${generatedSql})::${storageType}${collate} as ${identifier(column)}`,
  );
  const plain = `select ${image.join(', ')}`;
  return `${existing} cross join lateral (${
    made.length === 0 ? plain : `select plain.*${made.join('')} from (${plain}) plain`
  }) img`;
}

function imageValue(shape: WriteShape, column: TableColumn, kept: string): string {
  const scope = shape.scope.find((candidate) => candidate.column === column);
  if (scope !== undefined) return `${scope.value}${column.collate}`;
  const field = shape.fields.find((candidate) => candidate.column === column);
  const value =
    field === undefined ? kept : `case when ${isAbsent(field)} then ${kept} else s.${field.staged} end`;
  return `(${value})::${column.storageType}${column.collate}`;
}
