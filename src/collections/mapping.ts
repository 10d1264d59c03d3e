import type { FilledBy } from '../core/job.ts';

/** How the fields of one source become the fields of a collection. Given with a job, or worked out by `match-fields.ts`. */
export interface MappedField {
  /** Name of the collection's field. */
  readonly field: string;
  /** Name of the source's field; absent when `constant` is given. */
  readonly source?: string;
  /** Used for every record. */
  readonly constant?: string | null;
  /** Used where the source's field is absent or null. */
  readonly default?: string;
  readonly trim?: boolean;
  /** Replaces texts; a text that is not listed is an issue unless `otherwise` says `keep`. */
  readonly valueMap?: Readonly<Record<string, string | null>>;
  readonly otherwise?: 'keep' | 'error';
}

/** A name under which a source may bring what only the target fills. */
export interface FilledField {
  readonly source: string;
  readonly because: FilledBy;
}

export interface Mapping {
  readonly fields: readonly MappedField[];
  /** Source fields to leave out without a warning. */
  readonly ignore: readonly string[];
  /** Columns without a name. Found, never given: empty ones are none, and what is in them is told. */
  readonly nameless?: readonly string[];
  /** Those of `ignore` that are told all the same. Found, never given. */
  readonly filled?: readonly FilledField[];
}
