/** Bounds and multiples of numbers, exactly. */

import type { Evaluate } from './evaluation.ts';
import { compareNumbers, ExactNumber, isMultiple, type JsonNumber } from './exact-number.ts';
import { isNumber } from './json-value.ts';
import { readNumber } from './read-keyword.ts';
import type { KeywordContext } from './schema-node.ts';

const BOUNDS: readonly [keyword: string, words: string, isInside: (order: number) => boolean][] = [
  ['minimum', 'at least', (order) => order >= 0],
  ['exclusiveMinimum', 'above', (order) => order > 0],
  ['maximum', 'at most', (order) => order <= 0],
  ['exclusiveMaximum', 'below', (order) => order < 0],
];

export function compileNumberKeywords(context: KeywordContext): readonly Evaluate[] {
  const steps = BOUNDS.flatMap(([keyword, words, isInside]): Evaluate[] => {
    const limit = readNumber(context, keyword);
    if (limit === undefined) return [];
    return [
      test(`must be ${words} ${String(context.schema[keyword])}`, (value) =>
        isInside(compareNumbers(value, limit))),
    ];
  });
  const factor = readNumber(context, 'multipleOf');
  if (factor === undefined) return steps;
  if (compareNumbers(factor, 0) <= 0) {
    context.report(['multipleOf'], `expected a number above 0, got ${String(context.schema['multipleOf'])}`);
    return steps;
  }
  const message = `must be a multiple of ${String(context.schema['multipleOf'])}`;
  return [...steps, test(message, (value) => isMultiple(value, factor))];
}

function test(message: string, isRight: (value: JsonNumber) => boolean): Evaluate {
  return (value, run) => {
    if (!isNumber(value)) return true;
    if (value instanceof ExactNumber) run.spend(value.digits.length);
    return isRight(value) || run.fail(message);
  };
}
