/** The session's temporary tables: the staged chunk, and what was found about it. */
import { once } from 'node:events';
import { finished } from 'node:stream/promises';
import type pg from 'pg';
import { from as copyFrom } from 'pg-copy-streams';
import type { Chunk } from '../target.ts';
import { issueKey } from './issue-key-sql.ts';
import { arrayLiteral, packRows, rowLiteral } from './packed-rows.ts';
import { dollarQuoted, identifier, literal } from './quote.ts';
import { ANY_ERROR, REFUSES_VALUE, rowLevelCondition } from './row-level.ts';
import { createReferenceTables, referenceTableNames } from './self-references.ts';
import { FOUND_TABLE } from './stage-names.ts';
import type { ShapeField } from './staged-column.ts';
import {
  copiedColumns,
  createStage,
  isWide,
  POSITION_DEFINITIONS,
  stageBase,
  stageNames,
  stageValues,
} from './wide-rows.ts';
import type { WriteShape } from './write-shape.ts';

const RAW_TABLE = 'pg_temp._wb_raw';

/** Makes the tables. Whoever has the same fields has the same statements. */
export function stagingSql(shape: WriteShape): string {
  const role = shape.collection.session?.role;
  const tables = [...stageNames(shape), FOUND_TABLE, ...referenceTableNames(shape)].join(', ');
  return `
    ${createStage(shape)}
    create temporary table _wb_found (
      n bigint generated always as identity, record bigint, line bigint, start bigint, bytes bigint, key text[], code text, params jsonb,
      field text, value text);
    ${createReferenceTables(shape)}
    ${role === undefined ? '' : `grant all on ${tables} to ${identifier(role)};`}`;
}

/**
 * Copies a chunk's rows into the emptied staging table. It takes no lock but on the session's own tables, so a client that
 * stops half way blocks nobody.
 *
 * @throws the server's error; if it does not pass by itself the caller may go on with `stageRowByRow`, which tells whose fault it is.
 */
export async function copyRows(
  client: pg.Client,
  shape: WriteShape,
  { rows, rowCount: count }: Pick<Chunk, 'rows' | 'rowCount'>,
  signal: AbortSignal,
): Promise<void> {
  await empty(client, shape, count);
  const table = `${stageBase(shape)} ${copiedColumns(shape)}`;
  await copyInto(client, table, isWide(shape) ? packRows(rows, rowLiteral) : rows, signal);
}

/** Rows that were staged since the table got a new file. */
const stagedRows = new WeakMap<pg.Client, number>();
/** To give it one takes as long as to delete about so many. */
const DELETED_ROWS = 2000;

/** For `count` further rows. */
async function empty(client: pg.Client, shape: WriteShape, count: number): Promise<void> {
  const before = stagedRows.get(client) ?? 0;
  const isSmall = before + count <= DELETED_ROWS;
  stagedRows.set(client, isSmall ? before + count : count);
  if (isSmall) await client.query(`delete from ${stageBase(shape)}; delete from ${FOUND_TABLE}`);
  else await client.query(`truncate ${stageBase(shape)}, ${FOUND_TABLE}`);
}

async function copyInto(
  client: pg.Client,
  table: string,
  rows: Iterable<Uint8Array>,
  signal: AbortSignal,
): Promise<void> {
  const stream = client.query(copyFrom(`copy ${table} from stdin`));
  const done = finished(stream, { signal });
  // Awaited below; until then an error must not count as unhandled.
  done.catch(() => undefined);
  let hasFailed = false;
  // The server may refuse a row while later ones are being sent, and the stream must not be written to after that.
  stream.once('error', () => {
    hasFailed = true;
  });
  for (const piece of rows) {
    if (hasFailed) break;
    if (!stream.write(piece)) await Promise.race([once(stream, 'drain', { signal }), done]);
  }
  if (!hasFailed) stream.end();
  await done;
}

/**
 * Stages rows among which there is a value that the column's type refuses, although the record rules let it pass: as text,
 * then value by value, so that only the guilty record is lost. Its finding is on the field, in the server's words.
 */
export async function stageRowByRow(
  client: pg.Client,
  shape: WriteShape,
  { rows }: Pick<Chunk, 'rows'>,
  signal: AbortSignal,
): Promise<void> {
  await client.query(`
    drop table if exists ${RAW_TABLE};
    create temporary table _wb_raw (${POSITION_DEFINITIONS}, _wb_values text[])`);
  // As one value, since a record may be too wide for a page.
  await copyInto(client, RAW_TABLE, packRows(rows, arrayLiteral), signal);
  await client.query(`truncate ${stageBase(shape)}, ${FOUND_TABLE}`);
  await client.query(`do ${castBlock(shape)}; drop table ${RAW_TABLE}`);
}

/** Assignment to a typed variable converts as COPY does: `varchar(3)` refuses four characters, where a cast would cut. */
function castBlock(shape: WriteShape): string {
  const variables = shape.copied.map(({ position, column }) => `_wb_v${position} ${column.storageType};`);
  const casts = shape.copied.map(({ position, field, column }) => {
    const isSecret = field.rules.sensitive === true;
    const value = isSecret ? 'null' : `left(_wb_texts[${position}], 200)`;
    return `_wb_field := ${literal(field.name)}; _wb_type := ${literal(column.sqlType)}; _wb_secret := ${isSecret};
      _wb_value := ${value}; _wb_v${position} := _wb_texts[${position}];`;
  });
  const values = stageValues(
    shape,
    shape.copied.map(({ position }) => `_wb_v${position}`),
  );
  const isKey = ({ field }: ShapeField) => shape.collection.key.includes(field.name);
  const keys = shape.copied.filter(isKey);
  const named = keys.map(({ position, staged }) => `, r._wb_values[${position}] as ${staged}`).join('');
  return dollarQuoted(`
    declare s record; _wb_texts text[]; _wb_field text; _wb_type text; _wb_secret boolean; _wb_value text; _wb_reason text; _wb_rule text;
      ${variables.join(' ')}
    begin
      for s in select r.*${named} from ${RAW_TABLE} r order by r._wb_record loop
        _wb_texts := s._wb_values;
        begin
          ${casts.join('\n')}
          _wb_field := null; _wb_type := null; _wb_secret := false; _wb_value := null;
          insert into ${stageBase(shape)} values (
            s._wb_record, s._wb_line, s._wb_start, s._wb_end, s._wb_warned, s._wb_absent, ${values});
        exception when ${ANY_ERROR} then
          if not (case when _wb_type is null then ${rowLevelCondition(shape)} else ${REFUSES_VALUE} end) then raise; end if;
          get stacked diagnostics _wb_reason = message_text, _wb_rule = constraint_name;
          if _wb_secret then _wb_reason := 'SQLSTATE ' || sqlstate; end if;
          insert into ${FOUND_TABLE} (record, line, start, bytes, key, code, params, field, value)
          select s._wb_record, s._wb_line, s._wb_start, s._wb_end - s._wb_start, ${issueKey(shape)}, c.code,
            case c.code
              when 'check.violated' then jsonb_build_object('constraint', _wb_rule)
              when 'field.not_of_type' then jsonb_build_object('type', _wb_type, 'reason', left(_wb_reason, 500))
              else jsonb_build_object('reason', left(_wb_reason, 500)) end,
            _wb_field, _wb_value
          from (select case
            when sqlstate = '23514' then 'check.violated'
            when _wb_type is null then 'record.too_wide'
            else 'field.not_of_type' end as code) c;
        end;
      end loop;
    end`);
}
