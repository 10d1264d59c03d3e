/** What one attempt at one part works with: found out by the first attempt, pinned, and the same for every later one. */

import type { Collection } from '../../collections/collection.ts';
import type { Mapping } from '../../collections/mapping.ts';
import type { DialectGuess, IgnoredFields, ImportMode, ImportOptions, JobPart } from '../../core/job.ts';
import type { SourceDialect } from '../../formats/format.ts';
import type { SheetPlaces } from '../../formats/xlsx/cell-locator.ts';
import type { Upload } from '../../store/uploads.ts';
import type { Target, TargetFacts } from '../../targets/target.ts';
import type { WorkerDependencies } from '../dependencies.ts';
import type { KnownCollections } from './known-collections.ts';
import type { ReadingThreads } from './reading/reading-threads.ts';
import type { SourceFacts } from './reading/task.ts';

/** What the steps of an import need beside what every pipeline needs. */
export interface ImportDependencies extends WorkerDependencies {
  readonly threads: ReadingThreads;
  readonly collections: KnownCollections;
}

export interface ImportPlan {
  readonly part: JobPart;
  readonly options: ImportOptions;
  /** What becomes of each record: the mode, but update where the target fills the key itself. */
  readonly recordMode: ImportMode;
  readonly collection: Collection;
  readonly definition: unknown;
  /** The collections that references name. */
  readonly referenced: Readonly<Record<string, Collection>>;
  readonly target: Target;
  readonly facts: TargetFacts;
  readonly upload: Upload;
  /** Absolute path of the source. */
  readonly path: string;
  readonly dialect: SourceDialect;
  readonly mapping: Mapping;
  /** The mapping was set with the job, and not worked out from the names. */
  readonly hasOwnMapping: boolean;
  /** Names of the collection's fields that this source has: the columns of the rows. */
  readonly fields: readonly string[];
  /** Absolute path of the part's work folder. */
  readonly workDir: string;
  /** Set once the index pass has been made. */
  readonly index: SourceFacts | undefined;
  /** Seed of the hash of keys, so that every attempt finds the same duplicates. */
  readonly seed: number;
  readonly guesses?: readonly DialectGuess[];
  readonly ignored?: IgnoredFields;
  /** Facts of the target that are still to be pinned, with the rest. Absent: they are. */
  readonly unpinned?: object;
}

/** What is pinned in `parts.source_facts`. */
export interface PinnedSource {
  readonly dialect: SourceDialect;
  readonly mapping: Mapping;
  readonly seed: number;
  readonly guesses?: readonly DialectGuess[];
  readonly ignored?: IgnoredFields;
  /** Of a workbook. */
  readonly cells?: SheetPlaces;
  readonly index?: SourceFacts;
}
