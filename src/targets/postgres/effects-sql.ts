/** What a validation says beside its issues: how many records an import would create, update, delete, leave as they are. */
import { isChanged } from './merge-sql.ts';
import { STAGE_TABLE } from './stage-names.ts';
import { recordMode, type WriteContext } from './write-context.ts';
import { acceptedRows } from './write-shape.ts';

/**
 * Without effects every accepted record counts as skipped: it was judged and nothing else. Reads only: no row locks, no
 * sequences.
 */
export function effectsBlock({ shape, options }: WriteContext): string {
  if (!options.effects) return '_wb_skipped := _wb_rows;';
  if (recordMode(options) === 'insert' || shape.key === undefined) return '_wb_created := _wb_rows;';
  // The judge has rejected the records whose key is missing.
  if (recordMode(options) === 'delete') return '_wb_deleted := _wb_rows;';
  const changed = isChanged(shape, true) ?? 'false';
  const rows = acceptedRows(shape, STAGE_TABLE);
  return `
    if _wb_all_new then _wb_created := _wb_rows; else
    select count(*), count(*) filter (where o.changed) into _wb_n, _wb_updated
    from ${rows} s cross join lateral (
      select ${changed} as changed from ${shape.relation.sql} t where ${shape.key.match} limit 1) o;
    _wb_unchanged := _wb_n - _wb_updated;
    _wb_created := _wb_rows - _wb_n;
    end if;`;
}
