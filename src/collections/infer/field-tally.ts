/** What a sample of one field's values looks like: counted value by value, judged at the end. */
import type { SourceValue } from '../../core/source-value.ts';
import { createDateParts } from '../date-parts.ts';
import { compileDatePattern } from '../date-pattern.ts';
import { compareDecimals, plainDecimal } from '../decimal.ts';
import { parseIsoDate, parseIsoDateTime, parseIsoTime } from '../iso-date.ts';

/** Unambiguous or not, these are the day orders that files use; each is counted by itself. */
export const DATE_PATTERNS = [
  'MMM d yyyy',
  'MMM d, yyyy',
  'd MMM yyyy',
  'd-MMM-yyyy',
  'yyyy/M/d',
  'd.M.yyyy',
  'd/M/yyyy',
  'M/d/yyyy',
];

/** Shapes that are days. */
export const DATE_SHAPES: readonly string[] = ['date', ...DATE_PATTERNS];

const PARSERS = DATE_PATTERNS.map((pattern) => compileDatePattern(pattern).parse);
const MAX_EXAMPLES = 3;
const MAX_EXAMPLE_LENGTH = 40;
const INTEGER = /^-?(?:0|[1-9]\d*)$/;
const DECIMAL = /^-?(?:0|[1-9]\d*)\.\d+$/;
const UUID = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

export interface FieldTally {
  readonly name: string;
  /** Records that have a value, those where it is null or empty. The rest have none. */
  values: number;
  nulls: number;
  texts: number;
  /** Texts that are a day in some way of writing one. */
  dateTexts: number;
  readonly jsonKinds: Map<string, number>;
  /**
   * Texts by shape: integer, decimal, exponent, leadingZero, boolean, uuid, date, time, instant, localDateTime, or one of
   * `DATE_PATTERNS`. A text may have several patterns.
   */
  readonly shapes: Map<string, number>;
  /** One value for each shape and JSON kind, for the evidence. */
  readonly witnesses: Map<string, string>;
  readonly distinct: Set<string>;
  readonly examples: string[];
  minimum: string | undefined;
  maximum: string | undefined;
  /** JSON numbers written with a fraction: `0.0` announces others. */
  fractions: number;
}

export function createFieldTally(name: string): FieldTally {
  return {
    name,
    values: 0,
    nulls: 0,
    texts: 0,
    dateTexts: 0,
    jsonKinds: new Map(),
    shapes: new Map(),
    witnesses: new Map(),
    distinct: new Set(),
    examples: [],
    minimum: undefined,
    maximum: undefined,
    fractions: 0,
  };
}

/** Counts one value. White space around a text does not count, as the types other than text will trim it. */
export function tally(field: FieldTally, value: SourceValue): void {
  if (value === undefined) return;
  // A cell without a value says nothing of the field.
  if (isWithoutValue(value)) return;
  const text = typeof value === 'string' ? value.trim() : (value?.shown ?? value?.text ?? '');
  if (text === '') {
    field.nulls++;
    return;
  }
  field.values++;
  remember(field, text);
  if (typeof value === 'string') tallyText(field, text);
  else if (value !== null && !isCell(value)) tallyJson(field, value.kind, text);
  else if (value !== null) tallyText(field, text);
}

type Typed = Exclude<SourceValue, string | null | undefined>;

/** Of a spreadsheet: what it is known by is how it looks, as in any other table. */
function isCell({ kind, shown }: Typed): boolean {
  return shown !== undefined || kind === 'moment' || kind === 'duration';
}

function isWithoutValue(value: SourceValue): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return value.kind === 'error' || value.kind === 'uncalculated' || value.kind === 'undated';
}

function remember(field: FieldTally, text: string): void {
  if (!field.distinct.has(text) && field.examples.length < MAX_EXAMPLES) {
    field.examples.push(Array.from(text).slice(0, MAX_EXAMPLE_LENGTH).join(''));
  }
  field.distinct.add(text);
}

function tallyJson(field: FieldTally, kind: string, text: string): void {
  count(field, field.jsonKinds, kind, text);
  const plain = kind === 'number' ? plainDecimal(text) : undefined;
  if (plain === undefined) return;
  widen(field, plain);
  if (plain.includes('.')) field.fractions++;
}

function tallyText(field: FieldTally, text: string): void {
  field.texts++;
  const shapes = shapesOf(text);
  for (const shape of shapes) count(field, field.shapes, shape, text);
  if (shapes.some((shape) => DATE_SHAPES.includes(shape))) field.dateTexts++;
  const plain = plainDecimal(text);
  if (plain !== undefined) widen(field, plain);
}

function count(field: FieldTally, counts: Map<string, number>, name: string, text: string): void {
  counts.set(name, (counts.get(name) ?? 0) + 1);
  if (!field.witnesses.has(name)) field.witnesses.set(name, text);
}

function widen(field: FieldTally, plain: string): void {
  if (field.minimum === undefined || compareDecimals(plain, field.minimum) < 0) field.minimum = plain;
  if (field.maximum === undefined || compareDecimals(plain, field.maximum) > 0) field.maximum = plain;
}

const parts = createDateParts();

function shapesOf(text: string): string[] {
  const first = text.charCodeAt(0);
  const isNumeric = first === 45 || first === 43 || (first >= 48 && first <= 57);
  if (isNumeric && text.length <= 400) {
    if (INTEGER.test(text)) return ['integer'];
    if (DECIMAL.test(text)) return ['decimal'];
    if (/^[+-]?0\d+$/.test(text)) return ['leadingZero'];
    if (plainDecimal(text) !== undefined && /e/i.test(text)) return ['exponent'];
  }
  if (/^(?:true|false)$/i.test(text)) return ['boolean'];
  if (UUID.test(text)) return ['uuid'];
  return text.length > 40 ? [] : dateShapesOf(text);
}

function dateShapesOf(text: string): string[] {
  if (parseIsoDate(text, parts) === 'ok') return ['date'];
  if (parseIsoTime(text, parts) === 'ok') return Number.isNaN(parts.offsetSeconds) ? ['time'] : [];
  if (parseIsoDateTime(text, parts) === 'ok') {
    return [Number.isNaN(parts.offsetSeconds) ? 'localDateTime' : 'instant'];
  }
  return DATE_PATTERNS.filter((_pattern, index) => PARSERS[index]?.(text, parts) === 'ok');
}
