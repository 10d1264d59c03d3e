/** What a job of this protocol remembers of its request. */
import type { Job } from '../../core/job.ts';
import type { ObjectType } from './object-types.ts';
import { EVERYTHING, type Selection } from './read-options.ts';

export const PROTOCOL_NAME = 'sailpoint';

/** A type, not an interface, so that it is plain JSON to those who keep it. */
export type Facts = {
  /** By number of the part. */
  readonly types: readonly ObjectType[];
  /** export: what the document repeats. */
  readonly options?: Selection;
  /** import: what the document has beside the parts. */
  readonly leftOut?: Readonly<Partial<Record<ObjectType, LeftOut>>>;
};

/** Objects of a type that cannot be imported: no collection stands behind it, or it is exported alone. */
export type LeftOut = {
  readonly reason: 'not_configured' | 'not_importable';
  readonly objects: number;
};

/** Undefined for jobs that were asked for in another protocol. */
export function factsOf({ origin }: Job): Required<Facts> | undefined {
  if (origin?.protocol !== PROTOCOL_NAME) return undefined;
  const { types, options = EVERYTHING, leftOut = {} } = origin.facts as Facts;
  return { types, options, leftOut };
}
