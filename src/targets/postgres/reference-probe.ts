/** The pass over a file for foreign keys of the table to itself: which references lead to no record that will be there. */
import type pg from 'pg';
import type { MissingReference } from '../probes.ts';
import type { Chunk } from '../target.ts';
import { hasSeen, PROBE_SETTINGS, type SeenBy } from './first-seen.ts';
import { dollarQuoted, literal } from './quote.ts';
import {
  givesStatements,
  MISSING_TABLE,
  missingBlock,
  needsStatements,
  rejectedGivesStatements,
} from './self-references.ts';
import { withSession } from './session-settings.ts';
import { STAGE_TABLE } from './stage-names.ts';
import { forbidsRejections, recordMode, type WriteContext } from './write-context.ts';
import { judgeBlock, SHARED_VARIABLES } from './write-function.ts';

/** This many records at a time. */
const BATCH = 10_000;

/** Judges the staged chunk, and remembers in temporary tables what its records need and give. */
export async function probeReferences(
  client: pg.Client,
  context: WriteContext,
  seenBy: SeenBy,
  { rejectedValues = [] }: Chunk,
): Promise<void> {
  const { shape } = context;
  if (!hasSeen(client, MISSING_TABLE, seenBy)) seenBy.set(MISSING_TABLE, client);
  const mode = recordMode(context.options);
  const rejected = `${literal(JSON.stringify(rejectedValues))}::jsonb`;
  await run(client, context, [
    judgeBlock(context, STAGE_TABLE),
    ...needsStatements(shape, mode, STAGE_TABLE),
    ...givesStatements(shape, mode, STAGE_TABLE),
    ...(rejectedValues.length === 0 ? [] : rejectedGivesStatements(shape, rejected)),
  ]);
}

/**
 * Where any rejected record keeps all from being written, those that refer to it are not told: they are right as soon as it is.
 *
 * @param after 0 after the last chunk; then the record of the last that was given
 */
export async function missingReferences(
  client: pg.Client,
  context: WriteContext,
  seenBy: SeenBy,
  after: number,
): Promise<readonly MissingReference[]> {
  if (!hasSeen(client, MISSING_TABLE, seenBy)) return [];
  if (after === 0) await run(client, context, [missingBlock(context.shape)]);
  const { rows } = await client.query<{ record: string; position: number; is_rejected: boolean }>(
    `select record::text, position, is_rejected from ${MISSING_TABLE}
     where record > $1 and not (is_rejected and $2) order by record limit ${BATCH}`,
    [after, forbidsRejections(context.options)],
  );
  return rows.map(({ record, position, is_rejected: isRejected }) => ({
    record: Number(record),
    reference: position,
    isRejected,
  }));
}

async function run(client: pg.Client, { shape }: WriteContext, statements: readonly string[]): Promise<void> {
  const body = statements.map((statement) => statement.replace(/;?\s*$/, ';')).join('\n');
  await withSession(client, shape.collection.session, async () => {
    await client.query(PROBE_SETTINGS);
    await client.query(
      `do ${dollarQuoted(`
      #variable_conflict use_column
      declare ${SHARED_VARIABLES}
      begin ${body} end`)}`,
    );
  });
}
