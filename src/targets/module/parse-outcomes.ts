/** What a module says of a batch: a mistake there must not pass for an outcome, since the counts are made of it. */
import type { OwnTargetOutcome } from './own-target.ts';

const OUTCOMES: readonly unknown[] = ['created', 'updated', 'unchanged', 'deleted', 'skipped'];

/** @param records in the batch. @throws TypeError, in words for the author of the module */
export function parseOutcomes(answer: unknown, records: number): readonly OwnTargetOutcome[] {
  if (!Array.isArray(answer)) throw new TypeError(`expected a list of outcomes, got ${nameOf(answer)}`);
  if (answer.length !== records) {
    throw new TypeError(`${answer.length} outcomes for ${records} records; expected one for each, in order`);
  }
  // Not `map`, which leaves holes out.
  return Array.from(answer, parseOutcome);
}

function parseOutcome(outcome: unknown, index: number): OwnTargetOutcome {
  if (OUTCOMES.includes(outcome)) return outcome as OwnTargetOutcome;
  if (typeof outcome === 'object' && outcome !== null && 'rejected' in outcome) {
    if (typeof outcome.rejected === 'string') return { rejected: outcome.rejected };
    throw new TypeError(
      `outcome ${index} is rejected for ${nameOf(outcome.rejected)}; expected a reason as text`,
    );
  }
  throw new TypeError(
    `outcome ${index} is ${nameOf(outcome)}; expected one of ${OUTCOMES.join(', ')} or { rejected: 'why' }`,
  );
}

function nameOf(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 40));
  if (Array.isArray(value)) return 'a list';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}
