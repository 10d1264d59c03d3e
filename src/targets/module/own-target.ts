/** What an own module must export to be a target. It is not a database that we know: at-least-once, by stable keys. */
import { pathToFileURL } from 'node:url';
import { AppError } from '../../core/errors.ts';
import type { ImportMode } from '../../core/job.ts';

/** A judged record: canonical text by field name, null, or undefined where the source does not have the field. */
export interface OwnTargetRecord {
  /**
   * The same whenever this record of this job is given, also after a crash: use it to recognise what was written already.
   */
  readonly idempotencyKey: string;
  /** Number of the record in its source, from 1. */
  readonly number: number;
  readonly values: Readonly<Record<string, string | null | undefined>>;
}

export type OwnTargetOutcome =
  | 'created'
  | 'updated'
  | 'unchanged'
  | 'deleted'
  | 'skipped'
  /** The record is rejected with this reason; the others of the batch stand. */
  | { readonly rejected: string };

export interface OwnTargetContext {
  readonly jobId: string;
  readonly collection: string;
  readonly mode: ImportMode;
  readonly scope: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface OwnTargetModule {
  /**
   * Stores a batch and says what became of each record, in order. A throw fails the job, and a retry gives the batch again, with what
   * had been stored by then; a throw whose `code` says that a connection failed (`ECONNREFUSED`, `ECONNRESET`, `ETIMEDOUT`, …) has the
   * job wait and try again by itself. When `signal` is aborted it should end within a second: nobody waits for it any longer.
   */
  write(records: readonly OwnTargetRecord[], context: OwnTargetContext): Promise<readonly OwnTargetOutcome[]>;
}

/** @throws AppError `module.invalid` */
export async function loadOwnTarget(path: string): Promise<OwnTargetModule> {
  let module: Partial<OwnTargetModule>;
  try {
    module = (await import(pathToFileURL(path).href)) as Partial<OwnTargetModule>;
  } catch (error) {
    // Anything can be thrown.
    const reason = error instanceof Error ? error.message : String(error);
    throw new AppError('module.invalid', `The module ${path} cannot be loaded: ${reason}`, { cause: error });
  }
  if (typeof module.write === 'function') return module as OwnTargetModule;
  throw new AppError('module.invalid', `The module ${path} must export a function "write".`);
}
