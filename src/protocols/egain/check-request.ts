/** Bodies and queries, checked against what the vendor documents of them. The same rules are in the OpenAPI document. */
import type { WireRequest } from '../wire.ts';
import { type Fault, type FaultDetail, fault, refuse } from './faults.ts';
import { findLanguage } from './languages.ts';

/** Rules of an attribute, in the words of JSON Schema. */
export interface Attribute {
  readonly type: 'string' | 'integer' | 'boolean' | 'object' | 'array';
  readonly description?: string;
  readonly enum?: readonly string[];
  readonly default?: string | number | boolean;
  readonly pattern?: string;
  readonly format?: string;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minItems?: number;
  readonly items?: Attribute;
  readonly properties?: Readonly<Record<string, Attribute>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
}

interface Finding {
  /** Dotted: `dataDestination.path`. */
  readonly attribute: string;
  readonly problem: 'missing' | 'choice' | 'value';
  /** What was expected. Never what came, which may be a password. */
  readonly expected: string;
}

/**
 * Refuses a body that the rules do not accept. `null` counts as absent, as generated clients send it.
 *
 * @throws Refusal 400-112 naming all attributes that are missing, else 400-196 or 400-152 for the first that is wrong; `details` has all
 */
export function checkBody(rules: Attribute, request: WireRequest): void {
  const findings = [...judge(rules, request.body ?? {}, '')];
  const [first] = findings.toSorted(
    (a, b) => Number(b.problem === 'missing') - Number(a.problem === 'missing'),
  );
  if (first === undefined) return;
  const details = findings.map(({ attribute, expected }) => ({ key: attribute, value: expected }));
  throw refuse({ ...faultOf(first, findings), details }, request);
}

function faultOf({ attribute, problem, expected }: Finding, findings: readonly Finding[]): Fault {
  switch (problem) {
    case 'missing': {
      const missing = findings.filter((finding) => finding.problem === 'missing');
      return fault('400-112', missing.map((finding) => finding.attribute).join(', '));
    }
    case 'choice':
      return fault('400-196', attribute, expected);
    case 'value':
      return fault('400-152', attribute);
  }
}

function* judge(rules: Attribute, value: unknown, place: string): Iterable<Finding> {
  const attribute = place === '' ? 'body' : place;
  if (!isOfType(rules.type, value)) {
    yield { attribute, problem: 'value', expected: rules.type };
  } else if (typeof value === 'string') {
    if (rules.enum !== undefined && !rules.enum.includes(value)) {
      yield { attribute, problem: 'choice', expected: rules.enum.join(', ') };
    } else if (!isTextOf(rules, value)) {
      yield { attribute, problem: 'value', expected: textRule(rules) };
    }
  } else if (typeof value === 'number') {
    const { minimum = -Infinity, maximum = Infinity } = rules;
    if (value < minimum || value > maximum) {
      yield { attribute, problem: 'value', expected: `${minimum} to ${maximum}` };
    }
  } else if (Array.isArray(value)) {
    yield* judgeItems(rules, value, attribute);
  } else if (typeof value === 'object' && value !== null) {
    yield* judgeMembers(rules, value as Readonly<Record<string, unknown>>, place);
  }
}

function* judgeItems(rules: Attribute, values: readonly unknown[], attribute: string): Iterable<Finding> {
  if (values.length < (rules.minItems ?? 0)) {
    yield { attribute, problem: 'value', expected: `at least ${rules.minItems}` };
  }
  if (rules.items === undefined) return;
  for (const value of values) {
    const findings = [...judge(rules.items, value, attribute)];
    yield* findings;
    // The others are likely to be wrong in the same way, and there may be many.
    if (findings.length > 0) return;
  }
}

function* judgeMembers(
  { properties = {}, required = [], additionalProperties }: Attribute,
  members: Readonly<Record<string, unknown>>,
  place: string,
): Iterable<Finding> {
  const nameOf = (name: string) => (place === '' ? name : `${place}.${name}`);
  for (const name of required) {
    if (members[name] === undefined || members[name] === null) {
      yield { attribute: nameOf(name), problem: 'missing', expected: 'required' };
    }
  }
  for (const [name, value] of Object.entries(members)) {
    const rules = Object.hasOwn(properties, name) ? properties[name] : undefined;
    if (rules === undefined) {
      if (additionalProperties === false) {
        yield { attribute: nameOf(name), problem: 'value', expected: 'no such attribute' };
      }
    } else if (value !== null) {
      yield* judge(rules, value, nameOf(name));
    }
  }
}

function isOfType(type: Attribute['type'], value: unknown): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value);
    case 'array':
      return Array.isArray(value);
    case 'object':
      return typeof value === 'object' && value !== null && !Array.isArray(value);
    case 'string':
    case 'boolean':
      return typeof value === type;
  }
}

function isTextOf({ minLength = 0, maxLength = Infinity, pattern }: Attribute, text: string): boolean {
  const { length } = Array.from(text);
  return (
    length >= minLength &&
    length <= maxLength &&
    (pattern === undefined || new RegExp(pattern, 'u').test(text))
  );
}

function textRule({ minLength, maxLength, pattern }: Attribute): string {
  const rules = [
    minLength !== undefined && `at least ${minLength} characters`,
    maxLength !== undefined && `at most ${maxLength} characters`,
    pattern !== undefined && `pattern ${pattern}`,
  ];
  return rules.filter((rule) => rule !== false).join(', ');
}

/** @throws Refusal 400-101 for parameters of the query that the call does not have */
export function checkQuery(request: WireRequest, known: readonly string[] = []): void {
  const unknown = [...new Set(request.query.keys())].filter((name) => !known.includes(name));
  if (unknown.length === 0) return;
  const details: FaultDetail[] = unknown.map((name) => ({ key: name }));
  throw refuse({ ...fault('400-101', unknown.join(', ')), details }, request);
}

/** @throws Refusal 406-100 when `Accept-Language` is missing or names no language that there is */
export function checkLanguage(request: WireRequest): void {
  if (findLanguage(request) === undefined) throw refuse(fault('406-100'), request);
}

/** The same where the header may be missing; `*` will do, since many clients send it unasked. @throws Refusal 406-100 */
export function checkGivenLanguage(request: WireRequest): void {
  const given = request.headers['accept-language']?.trim() ?? '';
  if (given !== '' && !given.includes('*')) checkLanguage(request);
}
