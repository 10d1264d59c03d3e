import type { Pool } from 'pg';
import type { Collection } from '../collections/collection.ts';
import type { DecompressionLimits } from '../formats/source/decompression-limits.ts';
import type { FileStore } from '../store/files.ts';
import type { Target } from '../targets/target.ts';
import type { Carrier } from '../transfer/carrier.ts';
import type { Fetcher } from './import/fetcher.ts';

/** What the pipelines need; `server/` wires it from the configuration. */
export interface WorkerDependencies {
  /** Waybill's own tables. */
  readonly pool: Pool;
  readonly files: FileStore;
  /** The target that a collection is bound to. */
  readonly targetOf: (collection: Collection) => Target;
  /** Carries files between jobs and the places of addresses. */
  readonly carrier: Carrier;
  /** What makes one file of what lies at a place, by the name that a source gives as `unpack`. */
  readonly fetchers: Readonly<Record<string, Fetcher>>;
  readonly settings: WorkerSettings;
}

export interface WorkerSettings {
  /** Records in a chunk at most. Default 10,000; tests make it small, since no verdict may depend on it. */
  readonly maxChunkRecords?: number;
  readonly maxRecordBytes: number;
  readonly maxFields: number;
  readonly maxDepth: number;
  readonly decompression: DecompressionLimits;
  /** Of a file that is fetched. */
  readonly maxUploadBytes: number;
  readonly issuesPerJob: number;
  /** Of the file of unreadable records of a part. */
  readonly unreadableBytes: number;
  /** How long each kind of file is kept, in milliseconds. */
  readonly keepMs: {
    readonly results: number;
    readonly uploads: number;
    readonly failedRows: number;
    readonly issueFiles: number;
  };
  /** Absolute paths of own modules, by name. */
  readonly transforms: Readonly<Record<string, string>>;
  readonly validators: Readonly<Record<string, string>>;
}

/** Keys of what a job needs in the data folder while it is under way. */
export const WORK_FOLDER = 'work';
export const SPOOL_FOLDER = 'spool';
