/** `allOf`, `anyOf`, `oneOf`, `not`, `if`, `dependentSchemas`: more schemas for the same value. */

import { type Evaluate, type Failure, Seen } from './evaluation.ts';
import { isObject } from './json-value.ts';
import { readTexts } from './read-keyword.ts';
import { isSchemaObject } from './schema-document.ts';
import type { KeywordContext, SchemaNode } from './schema-node.ts';

export function compileCombinations(context: KeywordContext): readonly Evaluate[] {
  const { schema } = context;
  const steps: Evaluate[] = [];
  const list = (keyword: string): readonly SchemaNode[] => {
    const written = schema[keyword];
    return Array.isArray(written) ? written.map((_, index) => context.sameValue(keyword, index)) : [];
  };
  const all = list('allOf');
  if (all.length > 0) steps.push((value, run, seen) => all.every((node) => node.evaluate(value, run, seen)));
  const any = list('anyOf');
  if (any.length > 0) steps.push(anyOf(any));
  const one = list('oneOf');
  if (one.length > 0) steps.push(oneOf(one));
  if (schema['not'] !== undefined) steps.push(not(context.sameValue('not')));
  if (schema['if'] !== undefined) steps.push(conditional(context));
  return [...steps, ...dependents(context)];
}

/** What an alternative has seen counts only if it is the one: it looks with eyes of its own. */
function tryOut(...[node, value, run, seen]: [SchemaNode, ...Parameters<Evaluate>]): boolean {
  if (seen === undefined) return node.evaluate(value, run, undefined);
  const own = new Seen();
  if (!node.evaluate(value, run, own)) return false;
  seen.merge(own);
  return true;
}

function anyOf(nodes: readonly SchemaNode[]): Evaluate {
  const message = `must match one of the ${nodes.length} schemas of "anyOf"; the first of them says`;
  return (value, run, seen) => {
    let first: Failure | undefined;
    let isValid = false;
    for (const node of nodes) {
      if (tryOut(node, value, run, seen)) {
        isValid = true;
        // Others may have seen members that this one lacks.
        if (seen === undefined) return true;
      } else {
        first ??= run.failure;
      }
    }
    return isValid || run.fail(message, first);
  };
}

function oneOf(nodes: readonly SchemaNode[]): Evaluate {
  const none = `must match one of the ${nodes.length} schemas of "oneOf"; the first of them says`;
  return (value, run, seen) => {
    let first: Failure | undefined;
    let matched = -1;
    for (const [index, node] of nodes.entries()) {
      if (!tryOut(node, value, run, matched < 0 ? seen : undefined)) first ??= run.failure;
      else if (matched < 0) matched = index;
      else
        return run.fail(
          `must match exactly one of the ${nodes.length} schemas of "oneOf", but matches numbers ${matched + 1} and ${index + 1}`,
        );
    }
    return matched >= 0 || run.fail(none, first);
  };
}

function not(node: SchemaNode): Evaluate {
  return (value, run) =>
    !node.evaluate(value, run, undefined) || run.fail('must not match the schema of "not"');
}

function conditional({ schema, sameValue }: KeywordContext): Evaluate {
  const condition = sameValue('if');
  const yes = schema['then'] === undefined ? undefined : sameValue('then');
  const no = schema['else'] === undefined ? undefined : sameValue('else');
  return (value, run, seen) => {
    const next = tryOut(condition, value, run, seen) ? yes : no;
    return next === undefined || next.evaluate(value, run, seen);
  };
}

/** `dependencies` of earlier drafts is both: names, or a schema. */
function dependents(context: KeywordContext): readonly Evaluate[] {
  return ['dependentRequired', 'dependentSchemas', 'dependencies'].flatMap((keyword) => {
    const written = context.schema[keyword];
    if (written === undefined) return [];
    if (!isSchemaObject(written)) {
      context.report([keyword], 'expected an object');
      return [];
    }
    return Object.entries(written).map(([name, value]) => {
      const isList = keyword === 'dependentRequired' || (keyword === 'dependencies' && Array.isArray(value));
      return isList
        ? requireWith(name, value, context, keyword)
        : judgeWith(name, context.sameValue(keyword, name));
    });
  });
}

function requireWith(name: string, value: unknown, context: KeywordContext, keyword: string): Evaluate {
  const names = readTexts(value, context, keyword, name) ?? [];
  return (record, run) => {
    if (!isObject(record) || !Object.hasOwn(record, name)) return true;
    run.spend(names.length);
    const missing = names.find((other) => !Object.hasOwn(record, other));
    return (
      missing === undefined || run.fail(`must have property ${missing} when property ${name} is present`)
    );
  };
}

function judgeWith(name: string, node: SchemaNode): Evaluate {
  return (record, run, seen) =>
    !isObject(record) || !Object.hasOwn(record, name) || node.evaluate(record, run, seen);
}
