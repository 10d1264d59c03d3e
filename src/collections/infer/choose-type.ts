/** From what a sample looks like to a type that loses nothing. Text unless every text speaks for something else. */
import { compareDecimals } from '../decimal.ts';
import { DATE_PATTERNS, DATE_SHAPES, type FieldTally } from './field-tally.ts';

export interface TypeChoice {
  /** The property's JSON Schema. */
  readonly property: Readonly<Record<string, unknown>>;
  /** The field's type as a person names it. */
  readonly type: string;
  readonly datePatterns?: readonly string[];
  /** Why: goes behind "because". */
  readonly reason: string;
}

/**
 * JSON knows the types of its values. A field whose values are of several takes the one that nearly all have, and the
 * others will be rejected one by one; from this share of strays on it is not an accident, and the field takes any JSON.
 */
const MAX_STRAY_SHARE = 0.01;
const MAX_BIGINT = '9223372036854775807';
const MIN_BIGINT = '-9223372036854775808';

const TEXT = Object.freeze({ type: 'string' });

export function chooseType(field: FieldTally, isJsonSource: boolean): TypeChoice {
  if (field.values === 0) return text('the sample has no value of it');
  const kinds = [...field.jsonKinds, ['text', field.texts] as const].filter(([, count]) => count > 0);
  const [main] = kinds.toSorted((a, b) => b[1] - a[1]);
  if (main === undefined) return text('the sample has no value of it');
  const strays = field.values - main[1];
  if (strays > field.values * MAX_STRAY_SHARE)
    return anyJson(`its values are of several types: ${kindList(kinds)}`);
  const choice = main[0] === 'text' ? chooseByText(field, isJsonSource) : chooseByKind(field, main[0]);
  if (strays === 0) return choice;
  const [stray] = kinds.filter(([kind]) => kind !== main[0]);
  const witness = field.witnesses.get(stray?.[0] ?? '') ?? '';
  return {
    ...choice,
    reason: `${choice.reason}; ${strays} of ${field.values} are not (${kindList(kinds)}), such as ${witness}, and will be rejected`,
  };
}

function kindList(kinds: readonly (readonly [string, number])[]): string {
  return kinds.map(([kind, count]) => `${count} ${kind}`).join(', ');
}

function text(reason: string): TypeChoice {
  return { property: TEXT, type: 'text', reason };
}

function anyJson(reason: string): TypeChoice {
  return { property: { type: ['object', 'array', 'string', 'number', 'boolean'] }, type: 'json', reason };
}

function chooseByKind(field: FieldTally, kind: string): TypeChoice {
  if (kind === 'boolean')
    return { property: { type: 'boolean' }, type: 'boolean', reason: 'its values are true and false' };
  if (kind === 'number') return field.fractions === 0 ? whole(field) : decimal(field);
  return { property: { type: kind }, type: 'json', reason: `its values are JSON (${kind})` };
}

function whole({ minimum = '0', maximum = '0' }: FieldTally): TypeChoice {
  if (compareDecimals(minimum, MIN_BIGINT) < 0 || compareDecimals(maximum, MAX_BIGINT) > 0) {
    return number('its whole numbers have more digits than a bigint holds');
  }
  const reason = `its values are whole numbers from ${minimum} to ${maximum}`;
  return { property: { type: 'integer' }, type: 'integer', reason };
}

function decimal({ minimum = '0', maximum = '0' }: FieldTally): TypeChoice {
  return number(`its values are numbers from ${minimum} to ${maximum}`);
}

function number(reason: string): TypeChoice {
  return { property: { type: 'number' }, type: 'number', reason };
}

/** A JSON string that looks like a number was written as text on purpose; in a CSV file everything is text. */
function chooseByText(field: FieldTally, isJsonSource: boolean): TypeChoice {
  const all = (...shapes: string[]) => countOf(field, shapes) === field.texts;
  if (!isJsonSource) {
    const zero = field.witnesses.get('leadingZero');
    if (zero !== undefined) return text(`${zero} has a leading zero`);
    if (all('integer')) return whole(field);
    if (all('integer', 'decimal')) return decimal(field);
    if (all('boolean'))
      return { property: { type: 'boolean' }, type: 'boolean', reason: 'its values are true and false' };
  }
  for (const [shape, format, reason] of FORMATS) {
    if (all(shape)) return { property: { type: 'string', format }, type: format, reason };
  }
  if (all('localDateTime'))
    return text('its dates and times name no time zone (set "format": "date-time" and "timeZone")');
  return chooseByDatePattern(field) ?? text(whyText(field, isJsonSource));
}

const FORMATS = [
  ['date', 'date', 'its values are ISO dates'],
  ['time', 'time', 'its values are times of day'],
  ['instant', 'date-time', 'its values are dates and times with an offset'],
  ['uuid', 'uuid', 'its values are UUIDs'],
] as const;

function countOf(field: FieldTally, shapes: readonly string[]): number {
  return shapes.reduce((sum, shape) => sum + (field.shapes.get(shape) ?? 0), 0);
}

/** Exactly one order of day and month must fit the whole sample. */
function chooseByDatePattern(field: FieldTally): TypeChoice | undefined {
  const fitting = DATE_PATTERNS.filter((pattern) => field.shapes.get(pattern) === field.texts);
  const [pattern] = fitting;
  if (pattern === undefined) return undefined;
  if (fitting.length > 1) return text(`its dates fit both ${fitting.join(' and ')} (set "datePatterns")`);
  const reason = `its values are dates as ${pattern}`;
  return { property: { type: 'string', format: 'date' }, type: 'date', datePatterns: [pattern], reason };
}

/** Says which values kept the field from being something narrower. */
function whyText(field: FieldTally, isJsonSource: boolean): string {
  const numbers = isJsonSource ? 0 : countOf(field, ['integer', 'decimal']);
  const exponent = field.witnesses.get('exponent');
  if (numbers > 0 && exponent !== undefined) return `${exponent} may be a number or a name`;
  if (numbers * 2 > field.texts) return `${field.texts - numbers} of ${field.texts} values are not numbers`;
  const dates = DATE_SHAPES.flatMap((shape) => field.witnesses.get(shape) ?? []);
  if (field.dateTexts === field.texts)
    return `its dates are written in several ways: ${[...new Set(dates)].join(', ')}`;
  return 'its values are text';
}
