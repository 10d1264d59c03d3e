/** What a column of floats makes of a decimal number. */
import type { FieldRules } from '../collection.ts';
import { MAX_FLOAT_EXPONENT, plainDecimal, trimDecimal } from '../decimal.ts';
import type { SqlType } from '../sql-type.ts';
import { type Reading, type Refusal, refusal } from './value-reader.ts';

export interface FloatStorage {
  readonly finish: (plain: string) => Reading;
  /** Two numbers that the column cannot tell apart are one key. */
  readonly toKey: (canonical: string) => string;
}

interface FloatType {
  readonly round: (value: number) => number;
  /** Decimal digits that every number of this many keeps (FLT_DIG, DBL_DIG). */
  readonly safeDigits: number;
  /** Stored bits of the significand. */
  readonly fractionBits: number;
  readonly smallestNormal: number;
}

const FLOAT_TYPES: ReadonlyMap<string, FloatType> = new Map([
  ['real', { round: Math.fround, safeDigits: 6, fractionBits: 23, smallestNormal: 2 ** -126 }],
  [
    'double precision',
    { round: (value: number) => value, safeDigits: 15, fractionBits: 52, smallestNormal: 2 ** -1022 },
  ],
]);
/** Enough for any of them. */
const MOST_DIGITS = 17;
/** Longer numbers are shown with an exponent. */
const MOST_PLACES = 40;
/** As many as `toExponential` gives: a value that is halfway between two texts has fewer. */
const FULL_DIGITS = 100;
const OUT_OF_RANGE = refusal('field.out_of_range', { expected: 'that the column can hold' });

/**
 * What cannot be held at all (too big, or too small to differ from 0) is refused; what would come back as another number is told, as the
 * field's `rounding` says. undefined for a column that is not a float.
 */
export function createFloatStorage({ base }: SqlType, rules: FieldRules): FloatStorage | undefined {
  const type = FLOAT_TYPES.get(base);
  if (type === undefined) return undefined;
  const { round, safeDigits } = type;
  const judgeInexact = createInexactJudge(rules);
  return {
    finish(plain) {
      const value = round(Number(plain));
      if (!Number.isFinite(value) || (value === 0 && /[1-9]/.test(plain))) return OUT_OF_RANGE;
      if (judgeInexact === undefined || plain.length <= safeDigits) return plain;
      const stored = shortestText(value, type);
      return stored === trimDecimal(plain) ? plain : judgeInexact(plain, stored);
    },
    toKey: (canonical) => String(round(Number(canonical))),
  };
}

function createInexactJudge({ rounding = 'warn', sensitive }: FieldRules) {
  if (rounding === 'accept') return undefined;
  return (plain: string, stored: string): Reading => {
    const refused: Refusal = refusal('field.inexact', { stored: sensitive ? 'another' : short(stored) });
    return rounding === 'error' ? refused : { ...refused, value: plain };
  };
}

/** As a person reads it: not with hundreds of zeros. */
function short(plain: string): string {
  return plain.length <= MOST_PLACES ? plain : String(Number(plain));
}

/** The fewest digits that tell the value from its neighbours, as PostgreSQL prints it: never a number that is as close to one of them. */
function shortestText(value: number, { round, safeDigits, fractionBits, smallestNormal }: FloatType): string {
  // Close to 0 a float has fewer digits than elsewhere.
  const least = Math.abs(value) < smallestNormal ? 1 : safeDigits;
  for (let digits = least; ; digits += 1) {
    const text = roundHalfEven(value, digits);
    if (digits < MOST_DIGITS && round(Number(text)) !== value) continue;
    const plain = trimDecimal(plainDecimal(text, MAX_FLOAT_EXPONENT) ?? text);
    if (digits === MOST_DIGITS || !isHalfway(plain, value, fractionBits)) return plain;
  }
}

/** `toExponential` rounds what is exactly halfway up; PostgreSQL takes the even digit. */
function roundHalfEven(value: number, digits: number): string {
  const text = value.toExponential(digits - 1);
  const [mantissa = '', exponent = ''] = text.split('e');
  const [exact = '', exactExponent] = value.toExponential(FULL_DIGITS).split('e');
  const rest = exact.slice(mantissa.length).replace('.', '');
  if (exponent !== exactExponent || !/[13579]$/.test(mantissa) || !/^50*$/.test(rest)) return text;
  return `${mantissa.slice(0, -1)}${Number(mantissa.at(-1)) - 1}e${exponent}`;
}

/** Only whole numbers that lie more than 1 apart have something halfway that is as short as they are. */
function isHalfway(plain: string, value: number, fractionBits: number): boolean {
  if (plain.includes('.') || Math.abs(value) < 2 ** (fractionBits + 1)) return false;
  const size = BigInt(Math.abs(value));
  const distance = BigInt(plain.replace('-', '')) - size;
  const gap = 1n << BigInt(size.toString(2).length - 1 - fractionBits);
  // Below a power of two the neighbours are half as far apart.
  const isPower = (size & (size - 1n)) === 0n;
  return distance * 2n === gap || distance * (isPower ? -4n : -2n) === gap;
}
