/** Values that somebody might send: those that a schema allows, and those that nobody should. */
import * as fc from 'fast-check';

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly pattern?: string;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
}

/** Values that mean something to the server under test, by name of the member. */
export type Known = Readonly<Record<string, readonly unknown[]>>;

const deep = (levels: number): unknown =>
  Array.from({ length: levels }).reduce<unknown>((inner) => [inner], 'deep');

/** Parsed, so that `__proto__` is a member of its own. */
const POISON: readonly unknown[] = [
  JSON.parse('{"__proto__":{"isAdmin":true}}'),
  JSON.parse('{"constructor":{"prototype":{"x":1}}}'),
  { toString: 'x', hasOwnProperty: 1 },
];

export const HOSTILE_TEXTS = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u{d800}',
  'x\u{dfff}y',
  '\u{202e}\u{feff}',
  'é'.normalize('NFD'),
  "'; drop table waybill.jobs; --",
  '$1',
  '%00',
  '%zz',
  '../../../etc/passwd',
  '__proto__',
  'null',
  'NaN',
  '1e999',
  '-1',
  '9999-12-31T23:59:60Z',
  '0000-01-01T00:00:00Z',
  '99999-01-01T00:00:00Z',
  'x'.repeat(5000),
];

export const hostileValue: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom<unknown>(...HOSTILE_TEXTS),
  fc.constantFrom<unknown>(null, true, false, 0, -1, -0, 0.1, 1e308, -1e308, 2 ** 53, 2 ** 63, 1e21, [], {}),
  fc.constantFrom<unknown>(
    ...POISON,
    deep(50),
    deep(300),
    Array.from({ length: 2000 }, () => 1),
  ),
  fc.string({ unit: 'binary', maxLength: 50 }),
  fc.jsonValue({ maxDepth: 3 }),
);

/** Values that `schema` allows. `resolve` follows references. */
export function valueOf(
  schema: Schema,
  known: Known,
  resolve: (ref: string) => Schema,
  name = '',
): fc.Arbitrary<unknown> {
  const again = (inner: Schema, innerName = '') => valueOf(inner, known, resolve, innerName);
  if (schema.$ref !== undefined) return again(resolve(schema.$ref), name);
  if (known[name] !== undefined) return fc.constantFrom(...known[name]);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const type = [schema.type].flat()[0];
  if (type === 'object') return objectOf(schema, again);
  if (type === 'array')
    return fc.array(again(schema.items ?? {}), { minLength: schema.minItems ?? 0, maxLength: 4 });
  if (type === 'boolean') return fc.boolean();
  const { minimum: min = 0, maximum: max = 2 ** 53 - 1 } = schema;
  if (type === 'integer') return fc.integer({ min: Math.max(min, -(2 ** 53 - 1)), max });
  if (type === 'number') return fc.double({ min, max, noNaN: true });
  if (type === 'string') return textOf(schema);
  return fc.jsonValue({ maxDepth: 1 });
}

function objectOf(
  schema: Schema,
  again: (inner: Schema, name: string) => fc.Arbitrary<unknown>,
): fc.Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties } = schema;
  if (Object.keys(properties).length === 0 && additionalProperties !== false) {
    return fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.oneof(fc.string(), fc.integer(), fc.boolean()),
      {
        maxKeys: 3,
      },
    );
  }
  const model = Object.fromEntries(
    Object.entries(properties).map(([name, member]) => [name, again(member, name)]),
  );
  return fc.record(model, { requiredKeys: [...required] });
}

function textOf({ format, pattern, minLength = 0, maxLength = 30 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid();
  if (format === 'date-time') {
    return fc
      .date({
        min: new Date('2000-01-01T00:00:00Z'),
        max: new Date('2100-01-01T00:00:00Z'),
        noInvalidDate: true,
      })
      .map((date) => date.toISOString());
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern)).map((text) => text.slice(0, 60));
  return fc.string({ minLength, maxLength: Math.min(maxLength, 30) });
}

/** The value with one thing wrong somewhere in it: replaced, taken away, or one too many. */
export function spoil(value: unknown): fc.Arbitrary<unknown> {
  return fc
    .tuple(fc.nat({ max: 1000 }), fc.constantFrom('replace', 'remove', 'add'), hostileValue)
    .map(([where, how, hostile]) => spoilAt(structuredClone(value), where, how, hostile));
}

function spoilAt(value: unknown, where: number, how: string, hostile: unknown): unknown {
  if (typeof value !== 'object' || value === null) return hostile;
  const holder = value as Record<string, unknown>;
  const names = Object.keys(holder);
  const name = names[where % (names.length + 1)];
  if (name === undefined || how === 'add') {
    // Not an assignment: `__proto__` would set the prototype.
    Object.defineProperty(holder, where % 2 === 0 ? 'unknownMember' : '__proto__', {
      value: hostile,
      enumerable: true,
      configurable: true,
      writable: true,
    });
    return holder;
  }
  if (how === 'remove') {
    delete holder[name];
    return holder;
  }
  holder[name] =
    where % 3 === 0 && typeof holder[name] === 'object'
      ? spoilAt(holder[name], where >> 2, how, hostile)
      : hostile;
  return holder;
}
