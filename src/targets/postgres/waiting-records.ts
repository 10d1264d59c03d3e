/**
 * Records that name one of a later chunk wait for it: they go to the part's durable staging table, and the final merge writes them. So the order
 * of a file does not matter, and everything else lands chunk by chunk.
 */
import {
  givesStatements,
  judgedSelfReferences,
  MISSING_TABLE,
  missingBlock,
  needsStatements,
  referenceTableNames,
} from './self-references.ts';
import { STAGE_TABLE } from './stage-names.ts';
import { bindingReferences, findWaitingDeletes } from './waiting-deletes.ts';
import { durableValues, stageBase } from './wide-rows.ts';
import { recordMode, type WriteContext } from './write-context.ts';
import type { WriteShape } from './write-shape.ts';

/** Whether records of this job may have to wait. */
export function mayWait({ shape, options }: Pick<WriteContext, 'shape' | 'options'>): boolean {
  return (
    options.kind === 'import' &&
    options.atomicity === 'chunk' &&
    options.mode !== 'replace' &&
    (options.mode === 'delete'
      ? bindingReferences(shape.relation).length > 0
      : judgedSelfReferences(shape.relation).some(({ isDeclared }) => isDeclared !== true))
  );
}

/** Which of the accepted records of `table` have to wait: those in `MISSING_TABLE`. */
export function findWaitingBlock(
  shape: WriteShape,
  mode: WriteContext['options']['mode'],
  table: string,
): string {
  const needs = judgedSelfReferences(shape.relation).map(
    (_, at) => `exists (select from pg_temp._wb_needs_${at})`,
  );
  return `
    truncate ${referenceTableNames(shape).join(', ')};
    ${needsStatements(shape, mode, table).join(';')};
    if ${needs.join(' or ')} then
      ${givesStatements(shape, mode, table).join(';')};
      ${missingBlock(shape)}
    end if;`;
}

/** Between judging and writing, as whoever owns the staging table. Ends with `_wb_staged`; the tally is to be made anew. */
export function moveWaitingBlock(context: WriteContext): string {
  return `
    with gone as (
      delete from ${stageBase(context.shape)} st where st._wb_record in (select m.record from ${MISSING_TABLE} m)
      returning ${durableValues(context.shape)}
    )
    insert into ${context.waitingTable} select gone.*, false from gone;
    get diagnostics _wb_staged = row_count;`;
}

export function findWaitingOf(context: WriteContext): string {
  if (context.options.mode === 'delete') return findWaitingDeletes(context.shape, STAGE_TABLE);
  return findWaitingBlock(context.shape, recordMode(context.options), STAGE_TABLE);
}
