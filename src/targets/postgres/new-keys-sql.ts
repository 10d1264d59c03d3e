/**
 * Most imports bring what is not there yet, and most files are in the order of their keys. Where the target has nothing from the least to the
 * greatest key of a chunk, one probe says that none of its keys exists, instead of one for each record.
 */
import type { ImportMode } from '../../core/job.ts';
import type { WriteShape } from './write-shape.ts';

/** Sets `_wb_all_new`: none of the keys in `table` exists in the target, in this scope or any other. False means nothing. */
export function newKeysBlock({ key, relation }: WriteShape, mode: ImportMode, table: string): string {
  if (key?.range === undefined || mode === 'update' || mode === 'delete') return '_wb_all_new := false;';
  const { staged, within } = key.range;
  return `
    select not exists (select from ${relation.sql} t where ${within('k._wb_least', 'k._wb_greatest')}) into _wb_all_new
    from (select min(${staged}) as _wb_least, max(${staged}) as _wb_greatest from ${table} st) k;`;
}
