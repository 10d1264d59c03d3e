/** The final merge of atomicity `all` and mode `replace`: judge again, merge, delete last, one ledger row. */
import { FINAL_CHUNK } from './ledger.ts';
import { dollarQuoted, literal, qualified } from './quote.ts';
import { ANY_ERROR, rowLevelCondition } from './row-level.ts';
import { REPLACE_REFUSED_STATE } from './sql-errors.ts';
import { FOUND_TABLE } from './stage-names.ts';
import { durableRows } from './wide-rows.ts';
import { forbidsRejections, type WriteContext } from './write-context.ts';
import {
  COLLECT_FINDINGS,
  enterSession,
  fenceBlock,
  judgeBlock,
  leaveSession,
  SHARED_VARIABLES,
  writeBlock,
} from './write-function.ts';
import { stagedRows, type WriteShape } from './write-shape.ts';

/** Undoes the merge but not what was found; never leaves the function. */
const UNDO_STATE = 'WB003';

/** The statement that defines `pg_temp._wb_commit`, which returns nothing: the ledger has it all. */
export function finalFunction(context: WriteContext, durableTable: string): string {
  const { options, ledgerSchema } = context;
  const ledger = qualified(ledgerSchema, 'ledger');
  const job = `${literal(options.jobId)}, ${options.part}`;
  const attempt = `_wb_job uuid := ${literal(options.jobId)}; _wb_attempt int := ${options.epoch};`;
  const rows = `(select * from ${durableRows(context.shape, durableTable)} d where not d._wb_rejected)`;
  if (options.kind === 'validation') return finalCheck(context, durableTable);
  return `create or replace function pg_temp._wb_commit() returns void language plpgsql as ${dollarQuoted(`
  #variable_conflict use_column
  declare ${SHARED_VARIABLES} ${attempt}
    _wb_before record; _wb_removed bigint := 0; _wb_late bigint := 0;
  begin
    ${fenceBlock(context)}
    if exists (select from ${ledger} l where (l.job_id, l.part, l.chunk) = (${job}, ${FINAL_CHUNK})) then return; end if;
    select coalesce(sum(l.staged), 0) as staged, coalesce(sum(l.rejected), 0) as rejected, coalesce(max(l.last_record), 0) as last,
      coalesce(max(l.end_byte), 0) as byte, coalesce(max(l.end_line), 1) as line
    into _wb_before from ${ledger} l where (l.job_id, l.part) = (${job});
    truncate ${FOUND_TABLE};
    ${guardStatements(context, durableTable, '_wb_before.staged')}
    begin
      if ${isStrict(context)} and _wb_before.rejected > 0 then raise exception 'undo' using errcode = '${UNDO_STATE}'; end if;
      ${enterSession(context)}
      ${judgeBlock(context, rows)}
      ${writeBlock(context, rows)}
      ${COLLECT_FINDINGS}
      _wb_late := _wb_bad;
      if ${isStrict(context)} and _wb_late > 0 then raise exception 'undo' using errcode = '${UNDO_STATE}'; end if;
      ${options.mode === 'replace' ? removeBlock(context, durableTable) : ''}
      ${leaveSession(context)}
    exception when sqlstate '${UNDO_STATE}' then
      _wb_created := 0; _wb_updated := 0; _wb_unchanged := 0; _wb_deleted := 0;
      _wb_warned := 0; _wb_skipped := _wb_before.staged - _wb_late;
    end;
    insert into ${ledger} (job_id, part, chunk, epoch, first_record, last_record, start_byte, end_byte, end_line, created,
      updated, unchanged, deleted, skipped, rejected, warned, removed, staged, issue_count, found)
    values (${job}, ${FINAL_CHUNK}, ${options.epoch}, _wb_before.last + 1, _wb_before.last, _wb_before.byte, _wb_before.byte,
      _wb_before.line, _wb_created, _wb_updated, _wb_unchanged, _wb_deleted, _wb_skipped, _wb_late, _wb_warned, _wb_removed,
      -_wb_before.staged, coalesce(jsonb_array_length(_wb_found), 0), _wb_found);
  end`)}`;
}

/** What a validation of `replace` finds out at the end: whether it would be refused, and else how many rows it would delete. */
function finalCheck(context: WriteContext, durableTable: string): string {
  const { options, ledgerSchema } = context;
  const ledger = qualified(ledgerSchema, 'ledger');
  const job = `${literal(options.jobId)}, ${options.part}`;
  const attempt = `_wb_job uuid := ${literal(options.jobId)}; _wb_attempt int := ${options.epoch};`;
  return `create or replace function pg_temp._wb_commit() returns void language plpgsql as ${dollarQuoted(`
  #variable_conflict use_column
  declare ${SHARED_VARIABLES} ${attempt}
    _wb_before record; _wb_removed bigint := 0; _wb_accepted bigint;
  begin
    ${fenceBlock(context)}
    if exists (select from ${ledger} l where (l.job_id, l.part, l.chunk) = (${job}, ${FINAL_CHUNK})) then return; end if;
    select coalesce(sum(l.rejected), 0) as rejected, coalesce(max(l.last_record), 0) as last,
      coalesce(max(l.end_byte), 0) as byte, coalesce(max(l.end_line), 1) as line
    into _wb_before from ${ledger} l where (l.job_id, l.part) = (${job});
    select count(*) into _wb_accepted from ${durableTable} d where not d._wb_rejected;
    ${guardStatements(context, durableTable, '_wb_accepted')}
    if not (${isStrict(context)} and _wb_before.rejected > 0) then
      ${enterSession(context)}
      select count(*) into _wb_removed from ${doomedRows(context, durableTable)};
      ${limitStatement(context, '_wb_removed')}
      ${leaveSession(context)}
    end if;
    insert into ${ledger} (job_id, part, chunk, epoch, first_record, last_record, start_byte, end_byte, end_line, removed)
    values (${job}, ${FINAL_CHUNK}, ${options.epoch}, _wb_before.last + 1, _wb_before.last, _wb_before.byte, _wb_before.byte,
      _wb_before.line, _wb_removed);
  end`)}`;
}

/** Any rejected record forbids the merge. */
function isStrict({ options }: WriteContext): string {
  return forbidsRejections(options) ? 'true' : 'false';
}

/** What `replace` is refused for before anything is written, so that the job may be run again with other options. */
function guardStatements({ options }: WriteContext, durableTable: string, accepted: string): string {
  if (options.mode !== 'replace') return '';
  // Rejections that are not allowed have their own refusal, with the issues of the merge.
  const mayReject = !forbidsRejections(options);
  const empty = options.replaceByNothing
    ? ''
    : `if ${accepted} = 0 and _wb_before.rejected = 0 then
         raise exception 'Nothing was replaced: the source has no records, and deleting everything needs replaceByNothing'
         using errcode = '${REPLACE_REFUSED_STATE}';
       end if;
       if ${accepted} = 0 and ${mayReject} then
         raise exception 'Nothing was replaced: no record was accepted, and deleting everything needs replaceByNothing'
         using errcode = '${REPLACE_REFUSED_STATE}';
       end if;`;
  const unknown = mayReject
    ? `select count(*) into _wb_n from ${durableTable} d where d._wb_rejected;
       if _wb_n < _wb_before.rejected then
         raise exception 'Nothing was replaced: some rejected records (%) have no key that is known, so rows that they name could be deleted',
           _wb_before.rejected - _wb_n using errcode = '${REPLACE_REFUSED_STATE}';
       end if;`
    : '';
  return `${empty} ${unknown}`;
}

/** Rows of the scope that no record names, rejected ones included: `t`, as a from clause. */
export function doomedRows({ shape }: WriteContext, durableTable: string): string {
  const { key, relation } = shape;
  if (key === undefined) throw new Error('Mode replace needs a key');
  const rows = stagedRows(shape, durableRows(shape, durableTable));
  return `${relation.sql} t where ${key.domain} and not exists (select from ${rows} s where ${key.match})`;
}

function limitStatement({ options }: WriteContext, count: string): string {
  if (options.maxDeletes === undefined) return '';
  return `if ${count} > ${options.maxDeletes} then
    raise exception 'Nothing was replaced: % rows would be deleted, and maxDeletes is ${options.maxDeletes}', ${count}
    using errcode = '${REPLACE_REFUSED_STATE}';
  end if;`;
}

/** Deletes last. */
function removeBlock(context: WriteContext, durableTable: string): string {
  const doomed = doomedRows(context, durableTable);
  const { shape, options } = context;
  const limit =
    options.maxDeletes === undefined
      ? ''
      : `select count(*) into _wb_n from ${doomed}; ${limitStatement(context, '_wb_n')}`;
  return `${limit}
    begin
      delete from ${doomed};
      get diagnostics _wb_removed = row_count;
      set constraints all immediate;
    exception when ${ANY_ERROR} then
      if not ${rowLevelCondition(shape)} then raise; end if;
      get stacked diagnostics _wb_constraint = constraint_name, _wb_text = message_text;
      raise exception 'Nothing was replaced: rows that the source does not name cannot be deleted: %', ${refusedDelete(shape)}
        using errcode = '${REPLACE_REFUSED_STATE}';
    end;`;
}

/** What the server says of a constraint quotes no value; what a trigger says may, so it is left out where a field is sensitive. */
function refusedDelete({ collection }: WriteShape): string {
  const isSecret = collection.fields.some((field) => field.rules.sensitive === true);
  const quoted = isSecret ? `'SQLSTATE ' || sqlstate` : 'left(_wb_text, 500)';
  return `case when sqlstate in ('23503', '23001') then _wb_text else ${quoted} end`;
}
