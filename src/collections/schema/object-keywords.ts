/** Members of objects: which there must be, what they are called, and what they hold. */

import type { MeasuredPattern } from '../pattern.ts';
import { cut, type Evaluate, type Evaluation, type Seen } from './evaluation.ts';
import { isObject, type JsonObject, type JsonValue } from './json-value.ts';
import { readCount, readTexts } from './read-keyword.ts';
import { isSchemaObject } from './schema-document.ts';
import type { KeywordContext, SchemaNode } from './schema-node.ts';
import { readPattern } from './text-keywords.ts';

export function compileObjectKeywords(context: KeywordContext): readonly Evaluate[] {
  const { schema, child } = context;
  const steps: Evaluate[] = [...compileCounts(context)];
  if (schema['required'] !== undefined) {
    const names = readTexts(schema['required'], context, 'required') ?? [];
    steps.push(require(names));
  }
  if (schema['propertyNames'] !== undefined) steps.push(judgeNames(child('propertyNames')));
  const members = compileMembers(context);
  if (members !== undefined) steps.push(members);
  return steps;
}

/** `unevaluatedProperties` comes after all keywords that may have seen members. */
export function compileUnevaluatedProperties({ schema, child }: KeywordContext): readonly Evaluate[] {
  if (schema['unevaluatedProperties'] === undefined) return [];
  const node = child('unevaluatedProperties');
  return [
    (value, run, seen) => {
      if (!isObject(value)) return true;
      for (const name of Object.keys(value)) {
        run.spend(1);
        if (seen?.has(name)) continue;
        if (!node.evaluate(value[name] as JsonValue, run, undefined)) return run.failAt(name);
        seen?.add(name);
      }
      return true;
    },
  ];
}

function compileCounts(context: KeywordContext): readonly Evaluate[] {
  const minimum = readCount(context, 'minProperties');
  const maximum = readCount(context, 'maxProperties');
  const steps: Evaluate[] = [];
  const count = (value: JsonObject, run: Evaluation): number => {
    const { length } = Object.keys(value);
    run.spend(length);
    return length;
  };
  if (minimum !== undefined) {
    const message = `must have at least ${minimum} properties`;
    steps.push((value, run) => !isObject(value) || count(value, run) >= minimum || run.fail(message));
  }
  if (maximum !== undefined) {
    const message = `must have at most ${maximum} properties`;
    steps.push((value, run) => !isObject(value) || count(value, run) <= maximum || run.fail(message));
  }
  return steps;
}

function require(names: readonly string[]): Evaluate {
  return (value, run) => {
    if (!isObject(value)) return true;
    run.spend(names.length);
    const missing = names.find((name) => !Object.hasOwn(value, name));
    return missing === undefined || run.fail(`must have property ${missing}`);
  };
}

const MAX_NAME_LENGTH = 40;

function judgeNames(node: SchemaNode): Evaluate {
  return (value, run) => {
    if (!isObject(value)) return true;
    for (const name of Object.keys(value)) {
      if (node.evaluate(name, run, undefined)) continue;
      return run.fail(
        `the property name ${JSON.stringify(cut(name, MAX_NAME_LENGTH))} is not allowed`,
        run.failure,
      );
    }
    return true;
  };
}

/** `properties`, `patternProperties` and `additionalProperties`, in one pass over the members. */
function compileMembers(context: KeywordContext): Evaluate | undefined {
  const { schema, child } = context;
  const { properties, patternProperties } = schema;
  const named = new Map<string, SchemaNode>();
  if (isSchemaObject(properties))
    for (const name of Object.keys(properties)) named.set(name, child('properties', name));
  const patterns = isSchemaObject(patternProperties) ? compilePatterns(patternProperties, context) : [];
  const others = schema['additionalProperties'] === undefined ? undefined : child('additionalProperties');
  if (named.size === 0 && patterns.length === 0 && others === undefined) return undefined;
  const judgeMember = (name: string, value: JsonValue, run: Evaluation, seen: Seen | undefined): boolean => {
    const node = named.get(name);
    let isSeen = node !== undefined;
    if (node !== undefined && !node.evaluate(value, run, undefined)) return false;
    for (const { pattern, node: byPattern } of patterns) {
      run.spend(pattern.steps(name));
      if (!pattern.test(name)) continue;
      isSeen = true;
      if (!byPattern.evaluate(value, run, undefined)) return false;
    }
    if (!isSeen && others !== undefined) {
      isSeen = true;
      if (!others.evaluate(value, run, undefined)) return false;
    }
    if (isSeen) seen?.add(name);
    return true;
  };
  return (value, run, seen) => {
    if (!isObject(value)) return true;
    for (const name of Object.keys(value)) {
      run.spend(1);
      if (!judgeMember(name, value[name] as JsonValue, run, seen)) return run.failAt(name);
    }
    return true;
  };
}

function compilePatterns(
  written: object,
  context: KeywordContext,
): { pattern: MeasuredPattern; node: SchemaNode }[] {
  return Object.keys(written).flatMap((source) => {
    const pattern = readPattern(source, context, 'patternProperties', source);
    return pattern === undefined ? [] : [{ pattern, node: context.child('patternProperties', source) }];
  });
}
