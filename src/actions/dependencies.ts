import type { Pool } from 'pg';
import type { Collection, ColumnFacts } from '../collections/collection.ts';
import type { Issue } from '../core/issue.ts';
import type { ReadLimits } from '../formats/format.ts';
import type { DecompressionLimits } from '../formats/source/decompression-limits.ts';
import type { FileStore } from '../store/files.ts';
import type { Queue } from '../store/queue.ts';
import type { Secrets } from '../store/secrets/secrets.ts';
import type { JobStatus } from './status/job-status.ts';

/** One change that applying a collection would make to its target. */
export interface PlanStep {
  /** In words, for people. */
  readonly text: string;
  /** Loses data, or may fail on rows that exist. */
  readonly destructive: boolean;
}

/** Where a field lives in the target. */
export interface FieldColumn {
  readonly field: string;
  readonly column: string;
  /** As PostgreSQL writes it; absent where a bound target cannot be asked for it now. */
  readonly sqlType?: string;
}

export interface TargetPlan {
  readonly steps: readonly PlanStep[];
  readonly columns: readonly FieldColumn[];
}

/** Numbers of records, both included. */
export interface RecordRange {
  readonly from: number;
  readonly to: number;
}

/** The issues of one chunk, as the ledger keeps them. */
export interface ListedSegment {
  readonly chunk: number;
  readonly firstRecord: number;
  readonly lastRecord: number;
  readonly issues: readonly Issue[];
}

/** What actions need of the targets of all collections; `server.ts` wires it. */
export interface TargetCatalog {
  /** What `apply` would do. Changes nothing. */
  plan(next: Collection, previous?: Collection): Promise<TargetPlan>;
  /** @throws AppError `collection.destructive_change` when a step is destructive and that is not allowed */
  apply(
    next: Collection,
    previous: Collection | undefined,
    options: { allowDestructive: boolean },
  ): Promise<TargetPlan>;
  /** Which field lives in which column; answered also while the target is away. */
  columns(collection: Collection): Promise<readonly FieldColumn[]>;
  /** What is known of the columns of a target that is not ours; nothing while it is away. */
  facts(collection: Collection): Promise<readonly ColumnFacts[]>;
  /** Removes a managed table; a bound one stays. */
  drop(collection: Collection): Promise<void>;
  /** Drops what the collection's target keeps of a job: ledger, fence and staging. */
  forget(collection: Collection, jobId: string): Promise<void>;
  count(collection: Collection, scope: Readonly<Record<string, string>>): Promise<number>;
  /** In record order; works while the job runs. `afterChunk` leaves out that chunk and all before it. */
  issueSegments(query: {
    collection: Collection;
    jobId: string;
    part: number;
    afterChunk?: number;
    /** Only chunks that may have issues of these records. */
    records?: RecordRange;
  }): AsyncIterable<ListedSegment>;
}

/** Which addresses mean something here. */
export interface KnownLocations {
  /** @throws AppError `source.unknown_location` or `destination.unknown_location` unless configuration maps the address somewhere */
  check(address: string, purpose: 'source' | 'destination'): void;
}

export interface ActionSettings {
  /** Largest upload, in bytes. */
  readonly uploadBytes: number;
  /** Most records that a request may carry itself. */
  readonly inlineRecords: number;
  /** How long uploads are kept. */
  readonly uploadsKeepMs: number;
  /** What inspections hold records against, as jobs do. */
  readonly readLimits: ReadLimits;
  readonly decompression: DecompressionLimits;
  /** Address by which clients reach the server, without a slash at its end. Default: whichever a request names. */
  readonly publicUrl?: string;
}

/** What actions are carried out with; `server.ts` wires it, whoever asks. */
export interface ActionDependencies {
  readonly pool: Pool;
  readonly queue: Pick<Queue, 'send' | 'announce'>;
  readonly files: FileStore;
  readonly secrets: Secrets;
  readonly targets: TargetCatalog;
  readonly status: JobStatus;
  /** Whom jobs may call: gives the URL, or throws `request.invalid` or `outgoing.refused_address`. */
  readonly outgoing: { checkUrl(text: string): URL };
  readonly locations: KnownLocations;
  readonly settings: ActionSettings;
  /** Of Waybill. */
  readonly version: string;
  /** False while the server shuts down: `/readyz` then says so. */
  readonly isReady: () => boolean;
}
