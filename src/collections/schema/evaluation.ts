/** One value being judged by one schema: what has been spent, where the schema is, and why the value was refused. */
import type { JsonValue } from './json-value.ts';
import { MAX_NESTED_EVALUATIONS } from './schema-limits.ts';

/** True when the value is valid; else `run.failure` says why. */
export type Evaluate = (value: JsonValue, run: Evaluation, seen: Seen | undefined) => boolean;

/** What was wrong, and where: the names from the inside out, as they are added when the failure is passed up. */
export interface Failure {
  readonly message: string;
  readonly path: (string | number)[];
  /** The failure inside an alternative that speaks for all of them. */
  readonly cause?: Failure | undefined;
}

/** The members of an object, or the items of an array, that some keyword has looked at: what is left is unevaluated. */
export class Seen {
  isAll = false;
  /** Items before this one. */
  itemsUpTo = 0;
  readonly #members = new Set<string | number>();

  add(member: string | number): void {
    this.#members.add(member);
  }

  has(member: string | number): boolean {
    return this.isAll || this.#members.has(member) || (typeof member === 'number' && member < this.itemsUpTo);
  }

  merge(other: Seen): void {
    this.isAll ||= other.isAll;
    this.itemsUpTo = Math.max(this.itemsUpTo, other.itemsUpTo);
    for (const member of other.#members) this.#members.add(member);
  }
}

/** Thrown out of the recursion when a value has cost what it may; caught by `check-value.ts`. */
export class TooCostly extends Error {
  readonly limit: number;
  readonly unit: 'steps' | 'nested evaluations';

  constructor(limit: number, unit: TooCostly['unit']) {
    super(`the value takes more than ${limit} ${unit}`);
    this.limit = limit;
    this.unit = unit;
  }
}

export class Evaluation {
  failure: Failure | undefined;
  /** Identities of the schema resources that are being evaluated, the outermost first: `$dynamicRef` looks there. */
  readonly scope: string[] = [];
  readonly #maxSteps: number;
  #steps = 0;
  #depth = 0;

  constructor(maxSteps: number) {
    this.#maxSteps = maxSteps;
  }

  /** Counts work instead of time, so that a verdict is the same on every machine. @throws TooCostly */
  readonly spend = (steps: number): void => {
    this.#steps += steps;
    if (this.#steps > this.#maxSteps) throw new TooCostly(this.#maxSteps, 'steps');
  };

  /** @throws TooCostly where evaluations lie in one another deeper than the stack surely bears */
  enter(): void {
    this.spend(1);
    if (++this.#depth > MAX_NESTED_EVALUATIONS)
      throw new TooCostly(MAX_NESTED_EVALUATIONS, 'nested evaluations');
  }

  leave(): void {
    this.#depth--;
  }

  fail(message: string, cause?: Failure): false {
    this.failure = { message, path: [], cause };
    return false;
  }

  /** Passes a failure of a member or an item up. */
  failAt(member: string | number): false {
    this.failure?.path.push(member);
    return false;
  }
}

const MAX_SEGMENT_LENGTH = 40;
const MAX_REASON_LENGTH = 300;

/** `/tags/0 must be a string`. Names of a record may be of any length; a reason is not. */
export function describeFailure({ message, path, cause }: Failure): string {
  const place = path
    .toReversed()
    .map((segment) => `/${cut(escapePointer(String(segment)), MAX_SEGMENT_LENGTH)}`);
  const inner = cause === undefined ? '' : `: ${describeFailure(cause)}`;
  return cut(`${place.length > 0 ? `${place.join('')} ` : ''}${message}${inner}`, MAX_REASON_LENGTH);
}

export function escapePointer(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** Cuts without leaving half of a character behind. */
export function cut(text: string, maximum: number): string {
  if (text.length <= maximum) return text;
  const start = text.slice(0, maximum);
  return `${start.isWellFormed() ? start : start.slice(0, -1)}…`;
}
