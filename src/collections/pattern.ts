/**
 * `pattern` of JSON Schema, held to linear time. A backtracking engine takes 8 s for `^(a+)+$` on 27 characters, so
 * RE2 decides what is legal (no look-around, no back-references) and runs it (about 2 µs a match); only shapes that
 * cannot backtrack more than a constant number of times run on V8's engine, which is ten times as fast.
 */
import { RE2JS } from 're2js';

export type Matcher = (text: string) => boolean;

/** Instructions of one pattern as RE2 compiles it; `[a-z]{1000}` has about 1,000. */
export const MAX_INSTRUCTIONS = 3000;
export const MAX_SOURCE_LENGTH = 10_000;
/** How much faster V8's engine is on the patterns that it runs. */
const NATIVE_SPEED = 20;

export interface MeasuredPattern {
  readonly test: Matcher;
  /** Its size, which counts for what a definition may cost. */
  readonly instructions: number;
  /** What matching the text may cost, in steps of about 25 ns: each character times each instruction in the worst case. */
  readonly steps: (text: string) => number;
}

/** A pattern found anywhere in the text, as JSON Schema has it. @throws Error with the reason when it is not legal. */
export function compilePattern(source: string): Matcher {
  return compileMeasuredPattern(source).test;
}

/** @throws Error with the reason when the pattern is not legal, or too big */
export function compileMeasuredPattern(source: string): MeasuredPattern {
  if (source.length > MAX_SOURCE_LENGTH)
    throw new Error(`it has ${source.length} characters (limit: ${MAX_SOURCE_LENGTH})`);
  const native = new RegExp(source, 'u');
  const linear = RE2JS.compile(RE2JS.translateRegExp(withJsClasses(source)));
  const instructions = linear.programSize();
  if (instructions > MAX_INSTRUCTIONS)
    throw new Error(
      `it has ${instructions} instructions, since repetitions count (limit: ${MAX_INSTRUCTIONS})`,
    );
  if (isConstantBacktracking(source)) {
    return {
      test: (text) => native.test(text),
      instructions,
      steps: ({ length }) => 1 + (length * instructions) / NATIVE_SPEED,
    };
  }
  return {
    test: (text) => linear.test(text),
    instructions,
    steps: ({ length }) => (1 + length) * instructions,
  };
}

const JS_SPACES = '\\t\\n\\v\\f\\r \\u00a0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000\\ufeff';

/** RE2's `\s` knows ASCII only and its `.` stops at `\n` only; both get the meaning that ECMA-262 gives them. */
function withJsClasses(source: string): string {
  let isInClass = false;
  return source.replaceAll(/\\.|[[\].]/gsu, (token) => {
    if (token === '\\s') return isInClass ? JS_SPACES : `[${JS_SPACES}]`;
    if (token === '\\S' && !isInClass) return `[^${JS_SPACES}]`;
    if (token === '.' && !isInClass) return '[^\\n\\r\\u2028\\u2029]';
    if (token === '[') isInClass = true;
    if (token === ']') isInClass = false;
    return token;
  });
}

/** One atom (a class, an escape, a plain character) with its quantifier. */
const ATOM =
  /(?:\[(?:\\.|[^\]\\])*\]|\\[dDwWsS]|\\[^a-zA-Z0-9]|[^\\[\](){}.*+?^$|])(\*|\+|\?|\{\d+(?:,\d*)?\})?/y;
const MAX_OPTIONAL_ATOMS = 4;
const MAX_REPEAT = 100;

/**
 * Anchored runs of atoms without groups, alternatives or dots, in which at most one atom repeats without bound and a
 * few are optional: the engine can retry at most length x 2^4 times. Without an anchor nothing may vary.
 */
function isConstantBacktracking(source: string): boolean {
  const isAnchored = source.startsWith('^');
  const end = source.endsWith('$') && !source.endsWith('\\$') ? source.length - 1 : source.length;
  let unbounded = 0;
  let optional = 0;
  ATOM.lastIndex = isAnchored ? 1 : 0;
  while (ATOM.lastIndex < end) {
    const atom = ATOM.exec(source);
    if (atom === null) return false;
    const quantifier = atom[1] ?? '';
    const bounds = /^\{(\d+)(?:,(\d*))?\}$/.exec(quantifier);
    const most = Number(bounds?.[2] || bounds?.[1] || 0);
    if (most > MAX_REPEAT) return false;
    if (quantifier === '?') optional++;
    else if (quantifier !== '' && (bounds === null || bounds[2] !== undefined)) unbounded++;
  }
  return isAnchored ? unbounded <= 1 && optional <= MAX_OPTIONAL_ATOMS : unbounded + optional === 0;
}
