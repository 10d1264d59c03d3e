/** `type`, `enum` and `const`: what a value of any kind must be. */
import { didYouMean } from '../../core/did-you-mean.ts';
import type { Evaluate } from './evaluation.ts';
import { isInteger } from './exact-number.ts';
import { isNumber, jsonType, valueKey } from './json-value.ts';
import { listed, readValue } from './read-keyword.ts';
import type { KeywordContext } from './schema-node.ts';

const TYPES = ['null', 'boolean', 'string', 'integer', 'number', 'array', 'object'];

export function compileValueKeywords(context: KeywordContext): readonly Evaluate[] {
  const { schema } = context;
  const steps: Evaluate[] = [];
  if (schema['type'] !== undefined) steps.push(compileType(context));
  if (schema['enum'] !== undefined) steps.push(compileEnum(context));
  // `const` may be null, which is a value; absent it is undefined.
  if (schema['const'] !== undefined) steps.push(allowOnly([schema['const']], context, 'const'));
  return steps;
}

function compileType({ schema, report }: KeywordContext): Evaluate {
  const written = schema['type'];
  const types: readonly unknown[] = Array.isArray(written) ? written : [written];
  if (types.length === 0) report(['type'], `expected a type, one of ${TYPES.join(', ')}`);
  for (const type of types) {
    if (typeof type === 'string' && TYPES.includes(type)) continue;
    const hint = typeof type === 'string' ? didYouMean(type, TYPES) : '';
    report(['type'], `the type ${JSON.stringify(type)} is not known; expected ${TYPES.join(', ')}${hint}`);
  }
  if (new Set(types).size !== types.length) report(['type'], 'a type occurs twice');
  const allowed = new Set(types);
  const takesIntegers = allowed.has('integer') && !allowed.has('number');
  const message = `must be ${types.map((type) => WORDS[String(type)] ?? String(type)).join(' or ')}`;
  return (value, run) => {
    if (allowed.has(jsonType(value))) return true;
    return (takesIntegers && isNumber(value) && isInteger(value)) || run.fail(message);
  };
}

const WORDS: Readonly<Record<string, string>> = {
  boolean: 'true or false',
  string: 'text',
  integer: 'a whole number',
  number: 'a number',
  array: 'an array',
  object: 'an object',
};

function compileEnum(context: KeywordContext): Evaluate {
  const values = context.schema['enum'];
  if (Array.isArray(values) && values.length > 0) return allowOnly(values, context, 'enum');
  context.report(['enum'], 'expected a list with at least one value');
  return () => true;
}

function allowOnly(values: readonly unknown[], context: KeywordContext, keyword: string): Evaluate {
  const keys = new Set(values.map((value) => valueKey(readValue(value, context, keyword), () => {})));
  const message = values.length === 1 ? `must be ${listed(values)}` : `must be one of ${listed(values)}`;
  return (value, run) => keys.has(valueKey(value, run.spend)) || run.fail(message);
}
