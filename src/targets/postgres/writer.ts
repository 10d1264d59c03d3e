/** The writer of one part of one attempt: two lanes, the ledger's numbers, and what to do when something breaks. */
import type pg from 'pg';
import { type Counts, NO_COUNTS } from '../../core/counts.ts';
import { sqlStateOf } from '../../core/sqlstate.ts';
import type { ChunkOutcome, LedgerSummary, StagedChunk, TargetWriter, WriterOptions } from '../target.ts';
import { commitPart, countKept, discardStaging } from './durable-staging.ts';
import type { SeenBy } from './first-seen.ts';
import { interruptSessions } from './interrupt.ts';
import { createLane, type Lane } from './lane.ts';
import { findOutcome, readSummary, toCounts } from './ledger.ts';
import { type Finding, mergeIssues, packIssues } from './ledger-issues.ts';
import { literal, textArray } from './quote.ts';
import { missingReferences, probeReferences } from './reference-probe.ts';
import { resolveStaged } from './resolve-links.ts';
import type { Sessions } from './sessions.ts';
import { asTooSlow, CUT_STATE, toTargetError } from './sql-errors.ts';
import { probeKeys, probeTaken, probeUniques } from './unique-probe.ts';
import type { WriteContext } from './write-context.ts';
import { type WriteFunction, writeFunction } from './write-function.ts';

/** What the write function returns; null when the chunk is in the ledger already. */
type WriteResult = Counts & { readonly found: readonly Finding[] };

/** @param first a session under the attempt's name, for the first lane; the writer releases it */
export function createWriter(
  sessions: Sessions,
  context: WriteContext,
  summary: LedgerSummary,
  first: pg.Client,
): TargetWriter {
  const { options, shape, ledgerSchema } = context;
  const name = { jobId: options.jobId, epoch: options.epoch };
  const write = writeFunction(context);
  const lanes: Lane[] = [];
  for (let at = 0; at < 2; at += 1) {
    const others = () => lanes.flatMap(({ pid }) => pid ?? []);
    lanes.push(createLane(sessions, { name, context, write, ...(at === 0 && { given: first }) }, others));
  }
  const running = new Set<Promise<unknown>>();
  // Numbers are given as chunks are written: those that are only probed have none.
  const numbers = new WeakMap<StagedChunk, number>();
  let nextChunk = summary.chunks;
  let nextRecord = summary.lastRecord + 1;
  let nextLane = 0;
  let wasInterrupted = false;
  const seenBy: SeenBy = new Map();
  let { rejected } = summary.counts;

  /** Remembers the work for `interrupt`, and tells its errors in the seam's words. */
  async function track<T>(work: Promise<T>): Promise<T> {
    running.add(work);
    const startedAt = performance.now();
    try {
      return await work;
    } catch (error) {
      const told = asTooSlow(error, startedAt, sessions.statementTimeoutMs);
      throw toTargetError(told, shape.relation.title, name);
    } finally {
      running.delete(work);
    }
  }

  function laneAt(number: number): Lane {
    const lane = lanes[number % lanes.length];
    if (lane === undefined) throw new Error('There are two lanes');
    return lane;
  }

  function laneOf(staged: StagedChunk): Lane {
    const lane = lanes.find((candidate) => candidate.staged === staged);
    if (lane === undefined) throw new Error('This chunk is not staged, or was written already');
    return lane;
  }

  /** A chunk keeps its number however often it is tried; the ledger knows it by that. */
  function numberOf(staged: StagedChunk): number {
    const known = numbers.get(staged);
    if (known !== undefined) return known;
    const { firstRecord, lastRecord } = staged.chunk;
    if (firstRecord !== nextRecord) {
      throw new Error(`The next chunk must begin at record ${nextRecord}, this one begins at ${firstRecord}`);
    }
    const number = nextChunk;
    numbers.set(staged, number);
    nextChunk = number + 1;
    nextRecord = lastRecord + 1;
    return number;
  }

  async function writeLane(lane: Lane, staged: StagedChunk, signal: AbortSignal): Promise<ChunkOutcome> {
    const number = numberOf(staged);
    await lane.reload(signal);
    signal.throwIfAborted();
    const outcome = await lane.run((client) =>
      writeChunk(client, write, context, staged, { number, rejectedBefore: rejected }),
    );
    lane.release();
    rejected += outcome.counts.rejected;
    return outcome;
  }

  async function probe<T>(
    staged: StagedChunk,
    ask: (client: pg.Client, context: WriteContext, seenBy: SeenBy) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    const lane = laneOf(staged);
    const probes = await track(
      lane.reload(signal).then(() =>
        lane.run(async (client) => {
          await resolveStaged(client, shape);
          return ask(client, context, seenBy);
        }),
      ),
    );
    lane.release();
    // What was seen of the records before lies in temporary tables of this connection.
    nextLane = lanes.indexOf(lane);
    return probes;
  }

  return {
    summary,
    needsRows: true,
    async stage(chunk, signal) {
      const staged = await track(laneAt(nextLane).load(chunk, signal));
      nextLane += 1;
      return staged;
    },
    async write(staged, signal) {
      return track(writeLane(laneOf(staged), staged, signal));
    },
    probeKeys: (staged, signal) => probe(staged, probeKeys, signal),
    probeUniques: (staged, signal) => probe(staged, probeUniques, signal),
    async probeReferences(staged, signal) {
      await probe(
        staged,
        (client, given, seen) => probeReferences(client, given, seen, staged.chunk),
        signal,
      );
    },
    async missingReferences(after, signal) {
      signal.throwIfAborted();
      return track(laneAt(nextLane).run((client) => missingReferences(client, context, seenBy, after)));
    },
    async takenUniques(unique, after, signal) {
      signal.throwIfAborted();
      return track(laneAt(nextLane).run((client) => probeTaken(client, context, unique, seenBy, after)));
    },
    mayHoldBack: context.waitingTable !== undefined,
    async commit(signal) {
      signal.throwIfAborted();
      return track(laneAt(0).run((client) => commitPart(client, context)));
    },
    async countKept() {
      return track(laneAt(0).run((client) => countKept(client, context)));
    },
    async readLedger() {
      return track(laneAt(0).run((client) => readSummary(client, ledgerSchema, options)));
    },
    async discard() {
      await track(laneAt(0).run((client) => discardStaging(client, ledgerSchema, [options.jobId])));
    },
    async interrupt(graceMs) {
      wasInterrupted = true;
      const pids = lanes.flatMap((lane) => lane.pid ?? []);
      await interruptSessions(sessions.connection, pids, graceMs, Promise.allSettled(running));
    },
    async close() {
      await Promise.all(lanes.map((lane) => lane.close(wasInterrupted)));
    },
  };
}

async function writeChunk(
  client: pg.Client,
  write: WriteFunction,
  context: WriteContext,
  staged: StagedChunk,
  { number, rejectedBefore }: { readonly number: number; readonly rejectedBefore: number },
): Promise<ChunkOutcome> {
  const { options, ledgerSchema } = context;
  try {
    const result = await client.query<{ outcome: WriteResult | null }>(
      writeCall(write, options, staged, { number, rejectedBefore }),
    );
    const outcome = result.rows[0]?.outcome;
    if (outcome)
      return { counts: toCounts(outcome), issues: mergeIssues(staged.chunk.issues, outcome.found) };
  } catch (error) {
    if (sqlStateOf(error) === CUT_STATE) {
      return { counts: NO_COUNTS, issues: [], cutAt: Number((error as pg.DatabaseError).detail) };
    }
    if (!hasLandedMeanwhile(error)) throw error;
  }
  const landed = await findOutcome(client, ledgerSchema, options, number);
  if (landed === undefined) throw new Error(`Chunk ${number} is neither written nor in the ledger`);
  return landed;
}

/** One simple message with all of it: what is sent in parts may stop half way and hold its locks. */
function writeCall(
  { name }: WriteFunction,
  { jobId, part, epoch, scope }: WriterOptions,
  { chunk }: StagedChunk,
  { number, rejectedBefore }: { readonly number: number; readonly rejectedBefore: number },
): string {
  const packed = packIssues(chunk.issues);
  const issues = packed === undefined ? 'null' : `decode('${packed.toString('base64')}', 'base64')`;
  return `select ${name}('${jobId}', ${part}, ${epoch}, ${textArray(Object.values(scope))}, ${number}, ${chunk.firstRecord}, ${chunk.lastRecord}, ${chunk.startByte},
    ${chunk.endByte}, ${chunk.endLine}, ${chunk.skipped}, ${chunk.skippedWarned}, '{${chunk.rejectedRecords.join()}}', ${rejectedBefore},
    ${chunk.issues.length}, ${issues},
    ${literal(JSON.stringify(chunk.rejectedKeys ?? []))}::jsonb) as outcome`;
}

/** The lost session's commit won after all while this one waited for its ledger row. */
function hasLandedMeanwhile(error: unknown): boolean {
  return (
    sqlStateOf(error) === '23505' &&
    typeof error === 'object' &&
    error !== null &&
    'constraint' in error &&
    error.constraint === 'ledger_pkey'
  );
}
