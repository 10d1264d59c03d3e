/**
 * Staging that stays with its session. The tables follow from the types of the fields, and what the write function does from collection, table
 * and options: both say nothing of the job and its scope, so the next one of the same kind finds them there. To make them takes longer than to write a
 * small chunk.
 */
import type pg from 'pg';
import { createReferenceTables } from './self-references.ts';
import { countObjects, type Fixture, type Sessions } from './sessions.ts';
import { stagingSql } from './stage-table.ts';
import { isWide } from './wide-rows.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteFunction } from './write-function.ts';

/** Each was made for another table, other fields or options; with more of them a session begins anew. */
const MAX_FUNCTIONS = 20;

interface KeptStaging extends Fixture {
  readonly functions: ReadonlySet<string>;
}

/** What a session is asked for, so that it has the tables already. */
export function fixtureName({ shape }: WriteContext): string {
  return stagingSql(shape);
}

/** Tables and function of the context, those that the session lacks. */
export async function prepareStaging(
  sessions: Sessions,
  client: pg.Client,
  context: WriteContext,
  write: WriteFunction,
): Promise<void> {
  const what = fixtureName(context);
  const before = sessions.fixtureOf(client) as KeptStaging | undefined;
  const kept = before?.what === what ? before : undefined;
  // Until all of it is there, and where it is of this job alone, nothing stays.
  sessions.setFixture(client, undefined);
  if (kept === undefined) await client.query(`${before === undefined ? '' : 'discard temp;'} ${what}`);
  const functions = new Set(kept?.functions);
  if (!functions.has(write.name)) await client.query(`${write.rehearsal} ${write.sql}`);
  if (!mayStay(context, write) || functions.size >= MAX_FUNCTIONS) return;
  const isSame = kept !== undefined && functions.has(write.name);
  functions.add(write.name);
  const objects = isSame ? kept.objects : await countObjects(client);
  const staging: KeptStaging = { what, objects, functions };
  sessions.setFixture(client, staging);
}

/** Types that nobody can drop: a table that stays would be in the way of whoever drops another. */
const BUILT_IN =
  /^(bigint|integer|smallint|numeric|real|double precision|boolean|text|character varying|character|date|uuid|jsonb?|bytea|inet|interval|(timestamp|time)(\(\d\))? with(out)? time zone)(\([\d,]+\))?(\[\])*$/;

/** Tables that are named after the job, or that grow with the file, are nothing for the next one. */
function mayStay({ shape, durableTable, waitingTable }: WriteContext, { rehearsal }: WriteFunction): boolean {
  if (durableTable !== undefined || waitingTable !== undefined || rehearsal !== '') return false;
  if (createReferenceTables(shape) !== '' || isWide(shape)) return false;
  const fields = [...shape.fields, ...shape.copied];
  return fields.every(({ column }) => BUILT_IN.test(column.storageType) && column.collate === '');
}
