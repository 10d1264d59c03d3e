/**
 * A chunk's whole write as one function of the session, so that one message does it: fence, judge, merge, ledger. Its
 * transaction is implicit in the single statement that calls it: no lock ever waits for the client.
 */
import { createHash } from 'node:crypto';
import { effectsBlock } from './effects-sql.ts';
import { judgeStatements } from './judge-sql.ts';
import { limitBlock } from './limit-sql.ts';
import { mergeBlock } from './merge-sql.ts';
import { movingConstraints } from './moving-values.ts';
import { newKeysBlock } from './new-keys-sql.ts';
import { dollarQuoted, literal, qualified } from './quote.ts';
import { RAISING_VARIABLES, raisingRowsBlock } from './raising-rows.ts';
import { rehearsalBlock, rehearsalFunction } from './rehearsal-sql.ts';
import { linkedValue, resolveStatement } from './resolve-links.ts';
import { ANY_ERROR, rowLevelCondition } from './row-level.ts';
import { rowLoopBlock } from './row-loop-sql.ts';
import { MISSING_TABLE, MISSING_VARIABLES } from './self-references.ts';
import { settingsSql } from './session-settings.ts';
import { FENCED_STATE } from './sql-errors.ts';
import { FOUND_TABLE, STAGE_TABLE } from './stage-names.ts';
import type { ShapeField } from './staged-column.ts';
import { findWaitingOf, moveWaitingBlock } from './waiting-records.ts';
import { durableValues, insertRejected, stageBase } from './wide-rows.ts';
import { recordMode, type WriteContext } from './write-context.ts';
import { createWriteShape, IS_ACCEPTED, type WriteShape } from './write-shape.ts';

/** Variables that the blocks of judge, merge and row loop share. */
export const SHARED_VARIABLES = `
  _wb_epoch int; _wb_role text := current_setting('role'); s record; _wb_kind text; _wb_n bigint;
  _wb_bad bigint; _wb_rows bigint; _wb_absent boolean; _wb_all_new boolean; _wb_warned bigint; _wb_found jsonb;
  _wb_created bigint := 0; _wb_updated bigint := 0; _wb_unchanged bigint := 0; _wb_deleted bigint := 0;
  _wb_skipped bigint := 0; _wb_staged bigint := 0;
  _wb_constraint text; _wb_column text; _wb_schema text; _wb_table text; _wb_text text;
  ${RAISING_VARIABLES} ${MISSING_VARIABLES}
  _wb_round int; _wb_waiting bigint[]; _wb_again bigint[]; _wb_written bigint; _wb_before_group bigint[];`;

/**
 * Holds the fence row until the end of the transaction: a claim waits for this write, or this write sees the claim. The attempt is `_wb_job`
 * and `_wb_attempt`.
 */
export function fenceBlock({ options, ledgerSchema }: WriteContext): string {
  return `
    perform set_config('lock_timeout', ${literal(`${options.lockTimeoutMs}ms`)}, true);
    select epoch into _wb_epoch from ${qualified(ledgerSchema, 'fence')} where job_id = _wb_job for share;
    if _wb_epoch is distinct from _wb_attempt then
      raise exception 'a later attempt has taken over' using errcode = '${FENCED_STATE}';
    end if;`;
}

/** Per chunk the target is found by index probes; hash and merge joins would read all of it. A chunk is sorted in memory. */
const PROBE_SETTINGS = `
    perform set_config('enable_hashjoin', 'off', true), set_config('enable_mergejoin', 'off', true),
      set_config('enable_seqscan', 'off', true), set_config('work_mem', '32MB', true);`;

export function enterSession({ shape }: WriteContext): string {
  const { session } = shape.collection;
  return session === undefined ? '' : `perform ${settingsSql(session).join(', ')};`;
}

export function leaveSession({ shape }: WriteContext): string {
  return shape.collection.session?.role === undefined ? '' : `perform set_config('role', _wb_role, true);`;
}

/**
 * Judges `table`; then `_wb_all_new`, `_wb_bad` (rejected), `_wb_rows` (accepted), `_wb_absent`, `_wb_warned` are set. Where an expression
 * of the table raises an error, the records for which it does are found first.
 */
export function judgeBlock(context: WriteContext, table: string): string {
  const { shape, options, references } = context;
  const mode = recordMode(options);
  // An import that writes now learns it at once, and from the database; but for the key, without which it could not go through the rows.
  const withRaising =
    options.kind === 'validation' ||
    context.durableTable !== undefined ||
    shape.key?.parts.some(({ isExpression }) => isExpression) === true;
  return `
    ${newKeysBlock(shape, mode, table)}
    for _wb_round in 1..2 loop
      begin
        ${judgeStatements(shape, mode, references, { table, withRaising })
          .map((statement) => `${statement};`)
          .join('\n')}
        exit;
      exception when ${ANY_ERROR} then
        if _wb_round = 2 or not ${rowLevelCondition(shape)} then raise; end if;
        ${raisingRowsBlock(shape, mode, table)}
      end;
    end loop;
    ${withRaising && table === STAGE_TABLE ? rehearsalBlock(shape, mode, table) : ''}
    ${tallyStatements(table)}`;
}

function tallyStatements(table: string): string {
  return `
    select count(distinct f.record) into _wb_bad from ${FOUND_TABLE} f;
    select count(*), coalesce(bool_or(st._wb_absent is not null), false), count(*) filter (where st._wb_warned)
    into _wb_rows, _wb_absent, _wb_warned from ${table} st where ${IS_ACCEPTED};`;
}

/** Set-wise; if the database refuses a record, back to before and through the loop. Ends with the tally of what is left. */
export function writeBlock(context: WriteContext, table: string): string {
  const { shape, options } = context;
  return `
    begin
      ${mergeBlock(shape, recordMode(options), table)}
      set constraints all immediate;
    exception when ${ANY_ERROR} then
      if not ${rowLevelCondition(shape)} then raise; end if;
      _wb_created := 0; _wb_updated := 0; _wb_unchanged := 0; _wb_deleted := 0;
      ${rowLoopBlock(shape, recordMode(options), table, movingConstraints(context))}
      ${tallyStatements(table)}
    end;
    -- What a trigger kept from happening without an error.
    _wb_skipped := _wb_rows - _wb_created - _wb_updated - _wb_unchanged - _wb_deleted;`;
}

/** Findings as JSON, in record order; null for none. */
export const COLLECT_FINDINGS = `
    select jsonb_agg(to_jsonb(f) - 'n' order by f.record, f.n) into _wb_found from ${FOUND_TABLE} f;`;

/** A function of the session. What differs from job to job are its parameters, so that the next job of the same kind finds it there. */
export interface WriteFunction {
  /** Qualified; of what it does. */
  readonly name: string;
  /** The statement that defines it. */
  readonly sql: string;
  /** Defines what it calls to find out what fits into a row; empty where everything does. */
  readonly rehearsal: string;
}

/** @param given for one scope; the function serves them all */
export function writeFunction(given: WriteContext): WriteFunction {
  const { relation } = given.shape;
  const context = { ...given, shape: createWriteShape(relation, given.options, '_wb_scope') };
  const definition = writeDefinition(context);
  const name = `pg_temp._wb_write_${createHash('sha256').update(definition).digest('hex').slice(0, 16)}`;
  const rehearsal = rehearsalFunction(context.shape, recordMode(context.options));
  return { name, sql: `create or replace function ${name}${definition}`, rehearsal };
}

function writeDefinition(context: WriteContext): string {
  const { ledgerSchema } = context;
  return `(
    _wb_job uuid, _wb_part int, _wb_attempt int, _wb_scope text[], _wb_chunk int, _wb_first bigint, _wb_last bigint, _wb_from bigint, _wb_to bigint, _wb_to_line bigint,
    _wb_before_skipped bigint, _wb_before_warned bigint, _wb_rejected bigint[], _wb_before bigint, _wb_issue_count int, _wb_issues bytea, _wb_keys jsonb
  ) returns jsonb language plpgsql as ${dollarQuoted(`
  #variable_conflict use_column
  declare ${SHARED_VARIABLES}
  begin
    ${fenceBlock(context)}
    -- A chunk whose commit was unclear: it has landed, so nothing is written.
    if exists (select from ${qualified(ledgerSchema, 'ledger')} l where (l.job_id, l.part, l.chunk) = (_wb_job, _wb_part, _wb_chunk)) then
      return null;
    end if;
    ${PROBE_SETTINGS}
    ${enterSession(context)}
    ${resolveStatement(context.shape)}
    ${judgeBlock(context, STAGE_TABLE)}
    ${limitBlock(context)}
    ${waitBlock(context)}
    ${outcomeBlock(context)}
    ${COLLECT_FINDINGS}
    ${context.durableTable === undefined ? '' : resolveKeys(context.shape)}
    ${leaveSession(context)}
    ${context.durableTable === undefined ? '' : keepBlock(context.durableTable, context.shape)}
    insert into ${qualified(ledgerSchema, 'ledger')} (job_id, part, chunk, epoch, first_record, last_record, start_byte,
      end_byte, end_line, created, updated, unchanged, deleted, skipped, rejected, warned, staged, issue_count, issues, found)
    values (_wb_job, _wb_part, _wb_chunk, _wb_attempt, _wb_first, _wb_last, _wb_from, _wb_to, _wb_to_line, _wb_created,
      _wb_updated, _wb_unchanged, _wb_deleted, _wb_skipped + _wb_before_skipped, _wb_bad + cardinality(_wb_rejected),
      _wb_warned + _wb_before_warned, _wb_staged, _wb_issue_count + coalesce(jsonb_array_length(_wb_found), 0), _wb_issues, _wb_found);
    return jsonb_build_object('created', _wb_created, 'updated', _wb_updated, 'unchanged', _wb_unchanged,
      'deleted', _wb_deleted, 'skipped', _wb_skipped + _wb_before_skipped, 'rejected', _wb_bad + cardinality(_wb_rejected),
      'warned', _wb_warned + _wb_before_warned, 'removed', 0, 'found', coalesce(_wb_found, '[]'));
  end`)}`;
}

/** Those that have to wait are out of the way before the others are written; the staging table is nobody's but ours. */
function waitBlock(context: WriteContext): string {
  if (context.waitingTable === undefined) return '';
  return `
    ${findWaitingOf(context)}
    if exists (select from ${MISSING_TABLE}) then
      ${leaveSession(context)}
      ${moveWaitingBlock(context)}
      ${enterSession(context)}
      ${tallyStatements(STAGE_TABLE)}
    end if;`;
}

function outcomeBlock(context: WriteContext): string {
  if (context.options.kind === 'validation') return effectsBlock(context);
  if (context.durableTable !== undefined) return '_wb_staged := _wb_rows; _wb_warned := 0;';
  return writeBlock(context, STAGE_TABLE);
}

/** Fields of the key as the source has them, with where their texts lie in an element of `_wb_keys`. */
function keyTexts({ collection, copied }: WriteShape) {
  return collection.key.flatMap((name, at) =>
    copied
      .filter(({ field }) => field.name === name)
      .map((field) => ({ field, text: `(k ->> ${at})::${field.column.storageType}` })),
  );
}

/** Links of the key, with where their values lie in an element of `_wb_keys` once `resolveKeys` has put them there. */
function keyLinks(shape: WriteShape) {
  const { key } = shape.collection;
  return shape.links
    .filter(({ field }) => key.includes(field.field.name))
    .map((link, at) => ({ link, text: `(k ->> ${key.length + at})::${link.field.column.storageType}` }));
}

/** Adds to the keys of rejected rows what their references lead to, as long as the other tables may be read. */
function resolveKeys(shape: WriteShape): string {
  const texts = keyTexts(shape);
  const textOf = (source: ShapeField) => texts.find(({ field }) => field === source)?.text ?? 'null';
  const values = keyLinks(shape).map(({ link }) => linkedValue(shape, link, textOf));
  if (values.length === 0) return '';
  return `
    select coalesce(jsonb_agg(k || jsonb_build_array(${values.join(', ')})), '[]') into _wb_keys
    from jsonb_array_elements(_wb_keys) k;`;
}

/** Rejected rows are kept too, for their keys: `replace` must not delete what they name. */
function keepBlock(durableTable: string, shape: WriteShape): string {
  const values = new Map([
    ...keyTexts(shape).map(({ field, text }) => [field.staged, text] as const),
    ...keyLinks(shape).map(({ link, text }) => [link.field.staged, text] as const),
  ]);
  return `
    insert into ${durableTable} select ${durableValues(shape)}, not (${IS_ACCEPTED}) from ${stageBase(shape)} st;
    ${values.size === 0 ? '' : `${insertRejected(shape, durableTable, values, 'from jsonb_array_elements(_wb_keys) k')};`}`;
}
