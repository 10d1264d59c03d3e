/** What a definition may cost, and what it may cost to judge one value by it. Each error names its limit. */

/** Nesting of a definition's JSON. */
export const MAX_DEFINITION_DEPTH = 200;
/** Subschemas of one collection. */
export const MAX_SUBSCHEMAS = 20_000;
/** Evaluations of one value, references followed: `anyOf` of two references to an `anyOf` of two doubles it each time. */
export const MAX_EVALUATIONS_OF_A_VALUE = 10_000;
/** References and combinations in one another that look at one value. */
export const MAX_CHAIN = 100;
/** Instructions of all patterns of a collection as RE2 compiles them; `[a-z]{1000}` has about 1,000. */
export const MAX_PATTERN_INSTRUCTIONS = 50_000;

/**
 * Evaluations that lie in one another while a value is judged: its own nesting times the chains of the schema. Each takes a few frames of
 * the stack, which is 1 MB on the main thread.
 */
export const MAX_NESTED_EVALUATIONS = 1500;

export const BASE_STEPS = 2_000_000;
export const STEPS_PER_CHARACTER = 100;
export const MOST_STEPS = 50_000_000;

/**
 * Steps that judging a value may take: one for each evaluation of a subschema, and one for about what takes as long (25 ns; 1.5 s for the
 * most). Usual schemas take fewer than one step per character.
 */
export function maxSteps(characters: number): number {
  return Math.min(BASE_STEPS + STEPS_PER_CHARACTER * characters, MOST_STEPS);
}
