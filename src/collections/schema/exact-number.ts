/**
 * Exact numbers inside JSON values. A double with at most fifteen significant digits stands for exactly one decimal, so it
 * stays a number; any other number is kept by its digits. Nothing is ever written out: `1e999999` is compared as it is.
 */

/** `-12.5` is 125 with the exponent -1. */
export interface Decimal {
  readonly isNegative: boolean;
  /** Without zeros at either end; empty for 0. */
  readonly digits: string;
  readonly exponent: number;
}

/** A number that no double stands for. Two of them are equal when their parts are. */
export class ExactNumber implements Decimal {
  readonly isNegative: boolean;
  readonly digits: string;
  readonly exponent: number;

  constructor({ isNegative, digits, exponent }: Decimal) {
    this.isNegative = isNegative;
    this.digits = digits;
    this.exponent = exponent;
  }
}

export type JsonNumber = number | ExactNumber;

const JSON_NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;
const MAX_DOUBLE_DIGITS = 15;
/** Far enough from both ends of the doubles that each of them keeps fifteen digits. */
const MAX_DOUBLE_MAGNITUDE = 290;

/** The number that a text in JSON's notation means; undefined where the text has another form. */
export function parseNumber(text: string): JsonNumber | undefined {
  const match = JSON_NUMBER.exec(text);
  if (match === null) return undefined;
  const [, sign, whole = '', fraction = '', exponent = '0'] = match;
  const written = whole + fraction;
  let start = 0;
  while (start < written.length && written[start] === '0') start++;
  let end = written.length;
  while (end > start && written[end - 1] === '0') end--;
  if (start === end) return 0;
  const digits = written.slice(start, end);
  const power = Number(exponent) - fraction.length + (written.length - end);
  const magnitude = power + digits.length;
  if (digits.length <= MAX_DOUBLE_DIGITS && Math.abs(magnitude) < MAX_DOUBLE_MAGNITUDE) return Number(text);
  return new ExactNumber({ isNegative: sign === '-', digits, exponent: power });
}

/** A number of a definition, which came out of `JSON.parse`: its shortest notation is what its author wrote. */
export function fromDouble(value: number): JsonNumber {
  return parseNumber(String(value)) ?? value;
}

function toDecimal(value: JsonNumber): Decimal {
  if (value instanceof ExactNumber) return value;
  const [, sign, whole = '', fraction = '', exponent = '0'] = JSON_NUMBER.exec(String(value)) ?? [];
  const digits = (whole + fraction).replace(/^0+/, '');
  const trimmed = digits.replace(/0+$/, '');
  return {
    isNegative: sign === '-',
    digits: trimmed,
    exponent: Number(exponent) - fraction.length + (digits.length - trimmed.length),
  };
}

export function isInteger(value: JsonNumber): boolean {
  return typeof value === 'number' ? Number.isInteger(value) : value.exponent >= 0;
}

/** Equal texts for equal numbers, and for no others. */
export function numberKey(value: JsonNumber): string {
  // 0 and -0 are one number, and have one notation.
  if (typeof value === 'number') return String(value);
  return `${value.isNegative ? '-' : ''}${value.digits}e${value.exponent}`;
}

/** Below 0, 0 or above 0, as for sorting. */
export function compareNumbers(a: JsonNumber, b: JsonNumber): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  const left = toDecimal(a);
  const right = toDecimal(b);
  const order = signOf(left) - signOf(right);
  if (order !== 0 || left.digits === '') return order;
  return left.isNegative ? compareMagnitudes(right, left) : compareMagnitudes(left, right);
}

function signOf({ isNegative, digits }: Decimal): number {
  if (digits === '') return 0;
  return isNegative ? -1 : 1;
}

function compareMagnitudes(a: Decimal, b: Decimal): number {
  const order = a.exponent + a.digits.length - (b.exponent + b.digits.length);
  if (order !== 0) return order;
  // The first digits weigh the same, and neither ends in a zero: the longer of two that begin alike is the greater.
  if (a.digits === b.digits) return 0;
  return a.digits < b.digits ? -1 : 1;
}

const CHUNK_DIGITS = 15;
const CHUNK = 10n ** BigInt(CHUNK_DIGITS);

/** True when `value` is a whole number of times `factor`, which is above 0. Linear in the digits of `value`. */
export function isMultiple(value: JsonNumber, factor: JsonNumber): boolean {
  if (Number.isSafeInteger(value) && Number.isSafeInteger(factor)) {
    return Number(value) % Number(factor) === 0;
  }
  const left = toDecimal(value);
  const right = toDecimal(factor);
  if (left.digits === '') return true;
  const shift = left.exponent - right.exponent;
  // The digits do not end in a zero, so that no power of ten divides them.
  if (shift < 0) return false;
  const divisor = BigInt(right.digits);
  return (remainder(left.digits, divisor) * tenTo(shift, divisor)) % divisor === 0n;
}

function remainder(digits: string, divisor: bigint): bigint {
  const first = digits.length % CHUNK_DIGITS;
  let rest = BigInt(digits.slice(0, first)) % divisor;
  for (let index = first; index < digits.length; index += CHUNK_DIGITS) {
    rest = (rest * CHUNK + BigInt(digits.slice(index, index + CHUNK_DIGITS))) % divisor;
  }
  return rest;
}

/** The power of ten by squaring, so that an exponent of a million costs twenty steps. */
function tenTo(exponent: number, divisor: bigint): bigint {
  let result = 1n % divisor;
  let square = 10n % divisor;
  for (let rest = exponent; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = (result * square) % divisor;
    square = (square * square) % divisor;
  }
  return result;
}
