/** Ends a write before anything is written when its chunk goes beyond the record at which the job must stop. */
import { SHARE_EVERY_RECORDS } from '../rejection-limits.ts';
import { CUT_STATE } from './sql-errors.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { WriteContext } from './write-context.ts';

/**
 * Between judging and writing, in a block that has `_wb_first`, `_wb_last`, `_wb_before` (rejected records of earlier chunks),
 * `_wb_rejected` (those that the chunk came with) and `_wb_n`. Raises `CUT_STATE` with the record as its detail. The same rule as `findCut`.
 */
export function limitBlock({ options: { limits } }: WriteContext): string {
  const cuts: string[] = [];
  const { records, rejected } = limits?.earlier ?? { records: 0, rejected: 0 };
  if (limits?.maxErrors !== undefined) {
    cuts.push(`select record from rejected where ${rejected} + nth > ${limits.maxErrors}`);
  }
  if (limits?.maxErrorShare !== undefined) {
    cuts.push(`
      select look from generate_series((_wb_first + ${SHARE_EVERY_RECORDS - 1}) / ${SHARE_EVERY_RECORDS} * ${SHARE_EVERY_RECORDS}, _wb_last, ${SHARE_EVERY_RECORDS}) look
      where ${rejected} + _wb_before + (select count(*) from rejected where record <= look)
        > ${limits.maxErrorShare}::numeric * (${records} + look)`);
  }
  if (cuts.length === 0) return '';
  return `
    with rejected as (
      select record, _wb_before + row_number() over (order by record) as nth
      from (select unnest(_wb_rejected) union select f.record from ${FOUND_TABLE} f) r (record)
    )
    select min(record) into _wb_n from (${cuts.join(' union all ')}) cut (record) where record < _wb_last;
    if _wb_n is not null then
      raise exception 'too many records are rejected' using errcode = '${CUT_STATE}', detail = _wb_n::text;
    end if;`;
}
