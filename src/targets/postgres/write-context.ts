/** What the statements of one writer are built from. */
import type { ImportMode } from '../../core/job.ts';
import type { WriterOptions } from '../target.ts';
import type { WriterReference } from './reference-sql.ts';
import type { WriteShape } from './write-shape.ts';

/** What the statements of single records follow; what goes beyond records (staging, deleting what is not named) follows the mode. */
export function recordMode({ recordMode: set, mode }: WriterOptions): ImportMode {
  return set ?? mode;
}

/** Any rejected record keeps all others from being written. */
export function forbidsRejections({
  atomicity,
  mode,
  replaceDespiteErrors,
}: Pick<WriterOptions, 'atomicity' | 'mode' | 'replaceDespiteErrors'>): boolean {
  return atomicity === 'all' || (mode === 'replace' && !replaceDespiteErrors);
}

export interface WriteContext {
  readonly shape: WriteShape;
  readonly options: WriterOptions;
  readonly references: readonly WriterReference[];
  readonly ledgerSchema: string;
  /** Qualified name of the durable staging table, where the job has one. */
  readonly durableTable: string | undefined;
  /** The same, of a job that writes chunk by chunk, for records that have to wait for later ones. */
  readonly waitingTable: string | undefined;
}
