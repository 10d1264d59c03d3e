/**
 * One connection of a writer with its temporary tables and functions. A writer has two, so that the COPY of a chunk runs
 * beside the merge of the one before.
 */
import type pg from 'pg';
import { isTransient, sqlStateOf } from '../../core/sqlstate.ts';
import type { Chunk, StagedChunk } from '../target.ts';
import { endSessions, type SessionName } from './connection.ts';
import { processOf } from './interrupt.ts';
import { fixtureName, prepareStaging } from './kept-staging.ts';
import type { Sessions } from './sessions.ts';
import { copyRows, stageRowByRow } from './stage-table.ts';
import type { WriteContext } from './write-context.ts';
import type { WriteFunction } from './write-function.ts';

export interface Lane {
  /** Process of the open connection. */
  readonly pid: number | undefined;
  /** The chunk that is staged here. */
  readonly staged: StagedChunk | undefined;
  /** Opens the connection if there is none. */
  client(): Promise<pg.Client>;
  /** Copies the chunk, row by row if the server refuses a value. */
  load(chunk: Chunk, signal: AbortSignal): Promise<StagedChunk>;
  /** Makes sure that the staged chunk's rows are there, although the connection may be another one by now. */
  reload(signal: AbortSignal): Promise<pg.Client>;
  /** Runs `work` on the connection; a connection that is lost or in doubt is dropped. */
  run<T>(work: (client: pg.Client) => Promise<T>): Promise<T>;
  /** The staged chunk is written: the lane is free. */
  release(): void;
  /** @param isInDoubt something may still arrive that was to interrupt it */
  close(isInDoubt: boolean): Promise<void>;
}

/** @param others processes of this writer that a reconnect must not end. */
export function createLane(
  sessions: Sessions,
  {
    name,
    context,
    write,
    given,
  }: {
    readonly name: SessionName;
    readonly context: WriteContext;
    readonly write: WriteFunction;
    /** A session that is open already, without staging. Default: it opens its own when it needs one. */
    readonly given?: pg.Client;
  },
  others: () => readonly number[],
): Lane {
  let open: { readonly client: pg.Client; readonly pid: number } | undefined;
  let staged: { handle: StagedChunk; client: pg.Client } | undefined;
  let opening: pg.Client | undefined;
  let unused = given;
  let wasOpen = false;

  async function client(): Promise<pg.Client> {
    if (open !== undefined) return open.client;
    const { lockTimeoutMs } = context.options;
    const fresh = unused ?? (await sessions.open(name, { lockTimeoutMs }, fixtureName(context)));
    unused = undefined;
    opening = fresh;
    try {
      const pid = processOf(fresh);
      // After a loss the old process may still be at work; it must be over before anything is tried again.
      if (wasOpen) await endSessions(fresh, name, others());
      await prepareStaging(sessions, fresh, context, write);
      open = { client: fresh, pid };
      wasOpen = true;
      return fresh;
    } catch (error) {
      await fresh.end().catch(() => undefined);
      throw error;
    } finally {
      opening = undefined;
    }
  }

  async function drop(): Promise<void> {
    const dropped = open;
    open = undefined;
    if (dropped === undefined) return;
    // With a statement under way `end` cuts the connection.
    await dropped.client.end().catch(() => undefined);
  }

  async function run<T>(work: (client: pg.Client) => Promise<T>): Promise<T> {
    const current = await client();
    try {
      return await work(current);
    } catch (error) {
      if (isConnectionInDoubt(error)) await drop();
      throw error;
    }
  }

  async function copy(chunk: Chunk, signal: AbortSignal): Promise<pg.Client> {
    return run(async (current) => {
      try {
        await copyRows(current, context.shape, chunk, signal);
      } catch (error) {
        if (sqlStateOf(error) === undefined || isTransient(error)) throw error;
        await stageRowByRow(current, context.shape, chunk, signal);
      }
      return current;
    });
  }

  return {
    get pid() {
      const client = open?.client ?? opening ?? unused;
      return client && processOf(client);
    },
    get staged() {
      return staged?.handle;
    },
    client,
    run,
    async load(chunk, signal) {
      if (staged !== undefined) throw new Error('This lane has a chunk that is not written yet');
      const current = await copy(chunk, signal);
      staged = { handle: { chunk }, client: current };
      return staged.handle;
    },
    async reload(signal) {
      if (staged === undefined) throw new Error('No chunk is staged here');
      const current = await client();
      if (current !== staged.client) staged = { ...staged, client: await copy(staged.handle.chunk, signal) };
      return staged.client;
    },
    release() {
      staged = undefined;
    },
    async close(isInDoubt) {
      const left = unused;
      unused = undefined;
      if (left !== undefined) await (isInDoubt ? left.end().catch(() => undefined) : sessions.release(left));
      if (isInDoubt || open === undefined) return drop();
      const { client: released } = open;
      open = undefined;
      await sessions.release(released);
    },
  };
}

/** An error with a SQLSTATE leaves the connection usable, unless it says that the session is ending. */
function isConnectionInDoubt(error: unknown): boolean {
  const state = sqlStateOf(error);
  return state === undefined || state.startsWith('08') || (state.startsWith('57P') && state !== '57P03');
}
