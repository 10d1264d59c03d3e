/** What passes over a whole file, and a look after it, find in a target. */

/** The key of a record as the database sees it, for the file-wide pass where `TargetFacts.keyIsComputed`. */
export interface KeyProbe {
  readonly record: number;
  /** 32 hex digits of a hash of the index's canonical values; absent when one of them is null. */
  readonly hash?: string;
}

/** A conflict on a unique index beside the key, found by the file-wide pass before anything is written. */
export interface UniqueProbe {
  readonly record: number;
  /** Position in `TargetFacts.secondaryUniques`, or behind them in `exclusions`. */
  readonly unique: number;
  /** 32 hex digits of a hash of the index's canonical values; absent when the row is outside the index (partial, null). */
  readonly hash?: string;
  /** Another row of the target (with a different key) holds the value. */
  readonly isTaken: boolean;
}

/** A sequence whose next number is one that the column has, or had: numbers as texts, for they may be beyond 2^53. */
export interface SequenceState {
  /** As it is written in SQL. */
  readonly sequence: string;
  readonly column: string;
  /** What it would have given next. */
  readonly next: string;
  /** The value of the column that it must pass. */
  readonly farthest: string;
  /** SQL that sets it. */
  readonly statement: string;
  /** It was advanced, and stands behind no more. */
  readonly isAdvanced?: true;
  /** Why it could not be. */
  readonly reason?: string;
}

/** A record whose reference to its own table leads to no record that will be there. */
export interface MissingReference {
  readonly record: number;
  /** Position in `TargetFacts.selfReferences`. */
  readonly reference: number;
  /** A record of the file has it, and is rejected. */
  readonly isRejected: boolean;
}

/** A foreign key of a table to itself, as issues name it. */
export interface SelfReferenceFacts {
  /** Absent where the collection declares the reference and the table has no key for it. */
  readonly constraint?: string;
  readonly table: string;
  /** What is referred to. */
  readonly toField: string;
  /** The fields of that. */
  readonly toFields: readonly string[];
  /** The field that refers, where it is one. */
  readonly field?: string;
}
