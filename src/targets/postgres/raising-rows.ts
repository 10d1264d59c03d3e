/**
 * Records for which an expression of the table raises an error (a CHECK that divides by zero): set-wise nothing can be said of the others then,
 * so each record and each expression is worked out by itself, and the guilty ones are told with the rule.
 */
import type { ImportMode } from '../../core/job.ts';
import { afterImage } from './after-image.ts';
import { issueKey } from './issue-key-sql.ts';
import { literal } from './quote.ts';
import { ANY_ERROR, rowLevelCondition } from './row-level.ts';
import { type RowRule, rowRules } from './row-rules.ts';
import { FOUND_TABLE } from './stage-names.ts';
import { stagedNames, stagedRows, type WriteShape } from './write-shape.ts';

/** Condition over `st`: no expression was found to raise an error for this record. */
export const IS_WORKED_OUT = `st._wb_record not in (select f.record from ${FOUND_TABLE} f where f.code = 'check.raised')`;

/** Variables of the blocks below, beside `s`. */
export const RAISING_VARIABLES = '_wb_row record; _wb_rule text; _wb_why text;';

/** Adds a finding for each record of `table` for which something raises an error. */
export function raisingRowsBlock(shape: WriteShape, mode: ImportMode, table: string): string {
  return `
    for _wb_row in select st.* from ${table} st order by st._wb_record loop
      _wb_rule := ${literal(shape.key?.index.name ?? '')};
      begin
        select q.* into s from ${stagedRows(shape, oneRow(shape))} q;
        ${mode === 'delete' ? '' : workOut(shape, mode)}
        _wb_rule := null;
      exception when ${ANY_ERROR} then
        if not ${rowLevelCondition(shape)} then raise; end if;
        get stacked diagnostics _wb_why = message_text;
        ${hideReason(shape)}
        s := _wb_row;
        insert into ${FOUND_TABLE} (record, line, start, bytes, key, code, params)
        select s._wb_record, s._wb_line, s._wb_start, s._wb_end - s._wb_start, ${issueKey(shape)}, 'check.raised',
          jsonb_build_object('rule', _wb_rule, 'reason', left(_wb_why, 500));
      end;
    end loop;`;
}

/** For the staged row `s`: `_wb_rule` is the rule that raises an error, and `_wb_why` the reason; null where none does. */
export function namingBlock(shape: WriteShape, mode: ImportMode): string {
  return `
    begin
      ${workOut(shape, mode)}
      _wb_rule := null;
    exception when ${ANY_ERROR} then
      if not ${rowLevelCondition(shape)} then raise; end if;
      get stacked diagnostics _wb_why = message_text;
      ${hideReason(shape)}
    end;`;
}

function workOut(shape: WriteShape, mode: ImportMode): string {
  return rowRules(shape, mode, true)
    .map((rule) => `_wb_rule := ${literal(rule.title)}; ${perform(shape, mode, rule)};`)
    .join('\n');
}

function perform(shape: WriteShape, mode: ImportMode, { sql, columns }: RowRule): string {
  const needed = shape.relation.columns.filter(({ column }) => columns.includes(column));
  return `perform v.broken from (select) one ${afterImage(shape, mode, needed)}
    cross join lateral (values ${sql}) v (broken, code, params, field, value)`;
}

/** The server's text may quote the record. */
function hideReason({ collection }: WriteShape): string {
  const isSecret = collection.fields.some((field) => field.rules.sensitive === true);
  return isSecret ? `_wb_why := 'SQLSTATE ' || sqlstate;` : '';
}

/** The record variable `_wb_row` as a query. */
function oneRow(shape: WriteShape): string {
  const names = ['_wb_record', '_wb_line', '_wb_start', '_wb_end', '_wb_warned', '_wb_absent'];
  const columns = [...names, ...stagedNames(shape)].map((name) => `_wb_row.${name} as ${name}`);
  return `(select ${columns.join(', ')})`;
}
