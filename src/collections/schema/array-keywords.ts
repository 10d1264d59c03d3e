/** Items of arrays: how many, which, and whether any is there twice. */

import type { Evaluate } from './evaluation.ts';
import { isArray, type JsonValue, valueKey } from './json-value.ts';
import { readCount } from './read-keyword.ts';
import type { KeywordContext, SchemaNode } from './schema-node.ts';

export function compileArrayKeywords(context: KeywordContext): readonly Evaluate[] {
  const { schema, child, report } = context;
  const steps: Evaluate[] = [...compileCounts(context)];
  const { prefixItems } = schema;
  const prefix = Array.isArray(prefixItems) ? prefixItems.map((_, index) => child('prefixItems', index)) : [];
  const rest = schema['items'] === undefined ? undefined : child('items');
  if (prefix.length > 0 || rest !== undefined) steps.push(judgeItems(prefix, rest));
  if (schema['contains'] !== undefined) {
    const minimum = readCount(context, 'minContains') ?? 1;
    steps.push(contains(child('contains'), minimum, readCount(context, 'maxContains') ?? Infinity));
  }
  if (schema['uniqueItems'] === true) steps.push(areUnique);
  else if (schema['uniqueItems'] !== undefined && schema['uniqueItems'] !== false)
    report(['uniqueItems'], 'expected true or false');
  return steps;
}

/** `unevaluatedItems` comes after all keywords that may have seen items. */
export function compileUnevaluatedItems({ schema, child }: KeywordContext): readonly Evaluate[] {
  if (schema['unevaluatedItems'] === undefined) return [];
  const node = child('unevaluatedItems');
  return [
    (value, run, seen) => {
      if (!isArray(value)) return true;
      for (let index = 0; index < value.length; index++) {
        run.spend(1);
        if (seen?.has(index)) continue;
        if (!node.evaluate(value[index] as JsonValue, run, undefined)) return run.failAt(index);
      }
      if (seen !== undefined) seen.itemsUpTo = value.length;
      return true;
    },
  ];
}

function compileCounts(context: KeywordContext): readonly Evaluate[] {
  const minimum = readCount(context, 'minItems');
  const maximum = readCount(context, 'maxItems');
  const steps: Evaluate[] = [];
  if (minimum !== undefined) {
    const message = `must have at least ${minimum} items`;
    steps.push((value, run) => !isArray(value) || value.length >= minimum || run.fail(message));
  }
  if (maximum !== undefined) {
    const message = `must have at most ${maximum} items`;
    steps.push((value, run) => !isArray(value) || value.length <= maximum || run.fail(message));
  }
  return steps;
}

function judgeItems(prefix: readonly SchemaNode[], rest: SchemaNode | undefined): Evaluate {
  return (value, run, seen) => {
    if (!isArray(value)) return true;
    const end = rest === undefined ? Math.min(prefix.length, value.length) : value.length;
    for (let index = 0; index < end; index++) {
      const node = prefix[index] ?? rest;
      if (node !== undefined && !node.evaluate(value[index] as JsonValue, run, undefined))
        return run.failAt(index);
    }
    if (seen !== undefined) seen.itemsUpTo = Math.max(seen.itemsUpTo, end);
    return true;
  };
}

function contains(node: SchemaNode, minimum: number, maximum: number): Evaluate {
  return (value, run, seen) => {
    if (!isArray(value)) return true;
    let count = 0;
    for (let index = 0; index < value.length; index++) {
      if (!node.evaluate(value[index] as JsonValue, run, undefined)) continue;
      count++;
      seen?.add(index);
      if (seen === undefined && count >= minimum && maximum === Infinity) return true;
    }
    if (count < minimum) return run.fail(`must contain at least ${minimum} matching items, and has ${count}`);
    return count <= maximum || run.fail(`must contain at most ${maximum} matching items, and has ${count}`);
  };
}

/** Equal items have equal keys, so that each is looked at once, and not each beside each. */
const areUnique: Evaluate = (value, run) => {
  if (!isArray(value)) return true;
  const places = new Map<string, number>();
  for (let index = 0; index < value.length; index++) {
    const key = valueKey(value[index] as JsonValue, run.spend);
    const other = places.get(key);
    if (other !== undefined) return run.fail(`must not have equal items, and /${other} equals /${index}`);
    places.set(key, index);
  }
  return true;
};
