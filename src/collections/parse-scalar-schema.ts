/** The keywords of a text, a number or a boolean → what a field allows. */
import { didYouMean } from '../core/did-you-mean.ts';
import { omitUndefined } from '../core/omit-undefined.ts';
import type { FieldSchema, FieldType } from './collection.ts';
import { compareDecimals, plainDecimal } from './decimal.ts';
import { jsonKind, type ObjectReader } from './definition-reader.ts';
import { compileMeasuredPattern } from './pattern.ts';
import { isExactDecimal } from './schema/read-keyword.ts';
import { MAX_PATTERN_INSTRUCTIONS } from './schema/schema-limits.ts';
import { TEXT_FORMATS } from './text-format.ts';

/** Keywords that say nothing about what is valid; they are allowed everywhere and not kept (but for `title`). */
export const ANNOTATIONS = [
  'title',
  'description',
  '$comment',
  'default',
  'examples',
  'deprecated',
  'readOnly',
  'writeOnly',
];
const TEXT_KEYWORDS = ['minLength', 'maxLength', 'pattern'];
const NUMBER_KEYWORDS = ['minimum', 'maximum', 'exclusiveMinimum', 'exclusiveMaximum', 'multipleOf'];
const SCALAR_KEYWORDS = [
  ...ANNOTATIONS,
  'type',
  'enum',
  'const',
  'format',
  ...TEXT_KEYWORDS,
  ...NUMBER_KEYWORDS,
];

/** Formats of a text that make a type of its own. */
const TYPE_BY_FORMAT: ReadonlyMap<string, FieldType> = new Map([
  ['date', 'date'],
  ['time', 'time'],
  ['date-time', 'date-time'],
  ['uuid', 'uuid'],
]);

type ScalarSchema = Partial<Omit<FieldSchema, 'isRequired' | 'isNullable' | 'nested'>>;

/**
 * @param jsonType is the one type that the property names beside null
 * @param patterns counts what the patterns of all fields come to
 */
export function parseScalar(
  property: ObjectReader,
  jsonType: string,
  patterns: { instructions: number },
): { type: FieldType; schema: ScalarSchema } {
  const { type, format } = readFormat(property, jsonType);
  const isNumber = type === 'integer' || type === 'number';
  const known = [...(type === 'text' ? TEXT_KEYWORDS : []), ...(isNumber ? NUMBER_KEYWORDS : [])];
  const general = [...ANNOTATIONS, 'type', 'enum', 'const', ...(jsonType === 'string' ? ['format'] : [])];
  for (const name of property.names) {
    if (known.includes(name) || general.includes(name)) continue;
    if (SCALAR_KEYWORDS.includes(name))
      property.report(name, `"${name}" says nothing about a field of type ${type}`);
    else property.report(name, `the keyword "${name}" is not known here${didYouMean(name, SCALAR_KEYWORDS)}`);
  }
  const limits =
    type === 'text' ? readTextLimits(property, patterns) : isNumber ? readNumberLimits(property) : {};
  return { type, schema: omitUndefined({ enum: readEnum(property, jsonType), format, ...limits }) };
}

function readFormat(property: ObjectReader, jsonType: string): { type: FieldType; format?: string } {
  if (jsonType !== 'string') return { type: jsonType as FieldType };
  const format = property.text('format');
  if (format === undefined) return { type: 'text' };
  const type = TYPE_BY_FORMAT.get(format);
  if (type !== undefined) return { type };
  if (TEXT_FORMATS.has(format)) return { type: 'text', format };
  const known = [...TYPE_BY_FORMAT.keys(), ...TEXT_FORMATS.keys()];
  property.report(
    'format',
    `the format "${format}" is not known; expected ${known.join(', ')}${didYouMean(format, known)}`,
  );
  return { type: 'text' };
}

function readTextLimits(property: ObjectReader, patterns: { instructions: number }): ScalarSchema {
  const minLength = property.count('minLength');
  const maxLength = property.count('maxLength');
  if (minLength !== undefined && maxLength !== undefined && minLength > maxLength) {
    property.report(
      'minLength',
      `minLength ${minLength} is above maxLength ${maxLength}: no text could be valid`,
    );
  }
  const pattern = property.text('pattern');
  try {
    if (pattern !== undefined && patterns.instructions <= MAX_PATTERN_INSTRUCTIONS) {
      patterns.instructions += compileMeasuredPattern(pattern).instructions;
      if (patterns.instructions > MAX_PATTERN_INSTRUCTIONS)
        throw new Error(
          `with it the fields' patterns have too many instructions (limit: ${MAX_PATTERN_INSTRUCTIONS})`,
        );
    }
  } catch (error) {
    property.report(
      'pattern',
      `the pattern does not compile: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  return omitUndefined({ minLength, maxLength, pattern });
}

function readNumberLimits(property: ObjectReader): ScalarSchema {
  const read = (name: string) => readDecimal(property, name);
  const minimum = read('minimum');
  const maximum = read('maximum');
  const exclusiveMinimum = read('exclusiveMinimum');
  const exclusiveMaximum = read('exclusiveMaximum');
  const multipleOf = read('multipleOf');
  const refuseAbove = (low: string | undefined, high: string | undefined, isEqualAllowed: boolean) => {
    if (low === undefined || high === undefined) return;
    const order = compareDecimals(low, high);
    if (order > 0 || (order === 0 && !isEqualAllowed)) {
      property.report(
        undefined,
        `the bounds ${low} and ${high} contradict each other: no number could be valid`,
      );
    }
  };
  refuseAbove(minimum, maximum, true);
  refuseAbove(exclusiveMinimum, maximum, false);
  refuseAbove(minimum, exclusiveMaximum, false);
  refuseAbove(exclusiveMinimum, exclusiveMaximum, false);
  if (multipleOf !== undefined && compareDecimals(multipleOf, '0') <= 0) {
    property.report('multipleOf', `expected a number above 0, got ${multipleOf}`);
  }
  return omitUndefined({ minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf });
}

/** A number, or its text where a JSON number would not be exact (`"9223372036854775807"`). */
function readDecimal(property: ObjectReader, name: string): string | undefined {
  const value = property.get(name);
  if (value === undefined) return undefined;
  if (typeof value === 'number' && !isExactDecimal(value)) {
    property.report(name, inexact(value));
    return undefined;
  }
  const plain =
    typeof value === 'number' || typeof value === 'string' ? plainDecimal(String(value)) : undefined;
  if (plain === undefined) property.report(name, `expected a number, got ${JSON.stringify(value)}`);
  return plain;
}

function inexact(value: number): string {
  return `${value} is more than a JSON number holds exactly; write it as a text, such as "${value}"`;
}

/** `enum` or `const` as texts; null among them is a matter of `type`. */
function readEnum(property: ObjectReader, jsonType: string): readonly string[] | undefined {
  if (property.has('enum') && property.has('const')) property.report('const', 'use either "enum" or "const"');
  const name = property.has('const') ? 'const' : 'enum';
  const written = name === 'const' ? [property.get('const')] : property.get('enum');
  if (written === undefined) return undefined;
  if (!Array.isArray(written) || written.length === 0) {
    property.report(name, `expected a list with at least one value, got ${jsonKind(written)}`);
    return undefined;
  }
  const texts: string[] = [];
  written.forEach((value: unknown, index) => {
    if (value === null) return;
    if (typeof value === 'number' && !isExactDecimal(value)) {
      property.report(name, `value ${index + 1}: ${inexact(value)}`);
      return;
    }
    const text = enumText(value, jsonType);
    if (text !== undefined) texts.push(text);
    else
      property.report(
        name,
        `value ${index + 1}, ${JSON.stringify(value)}, is not of the field's type ${jsonType}`,
      );
  });
  if (new Set(texts).size !== texts.length) property.report(name, 'a value occurs twice');
  return texts;
}

function enumText(value: unknown, jsonType: string): string | undefined {
  if (jsonType === 'string') return typeof value === 'string' ? value : undefined;
  if (jsonType === 'boolean') return typeof value === 'boolean' ? String(value) : undefined;
  // As a text only what a JSON number would not hold: `"5"` among numbers is a mistake.
  if (typeof value === 'string' && !isExactDecimal(Number(value))) {
    const plain = plainDecimal(value);
    return plain !== undefined && jsonType === 'integer' && plain.includes('.') ? undefined : plain;
  }
  const isRight = typeof value === 'number' && (jsonType === 'number' || Number.isInteger(value));
  return isRight ? plainDecimal(String(value)) : undefined;
}
