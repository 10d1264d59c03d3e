/** What the statements of one writer are built from. */
import type { WriterOptions } from '../target.ts';
import type { WriterReference } from './reference-sql.ts';
import type { WriteShape } from './write-shape.ts';

export interface WriteContext {
  readonly shape: WriteShape;
  readonly options: WriterOptions;
  readonly references: readonly WriterReference[];
  readonly ledgerSchema: string;
  /** Qualified name of the durable staging table, where the job has one. */
  readonly durableTable: string | undefined;
}
