/** Exact arithmetic on decimal texts: what a value is must not depend on how a float would round it. */

const PLUS = 43;
const MINUS = 45;
const POINT = 46;
const ZERO = 48;
const NINE = 57;

/** Powers of ten beyond this are no exact data but accidents or attacks: `1e400` is refused rather than written out. */
const MAX_EXPONENT = 100;
/** Doubles go up to 1.8e308 and down to 4.9e-324; what is beyond is refused by the column, not by the grammar. */
export const MAX_FLOAT_EXPONENT = 400;
const WITH_EXPONENT = /^([+-]?(?:\d+(?:\.\d+)?|\.\d+))[eE]([+-]?\d{1,3})$/;

/**
 * The number as plain decimal text (`-12.50`: a sign only if negative, no leading zeros, trailing zeros kept), or
 * undefined where the text is not a number. Grammar: optional sign, digits with optional fraction or a fraction alone,
 * and an exponent of at most `maxExponent` (default 100). No white space, no `5.`, no `0x1F`, no `NaN`, no `Infinity`.
 */
export function plainDecimal(text: string, maxExponent = MAX_EXPONENT): string | undefined {
  const length = text.length;
  const first = text.charCodeAt(0);
  const start = first === MINUS || first === PLUS ? 1 : 0;
  let index = start;
  while (index < length && isDigit(text.charCodeAt(index))) index++;
  const whole = index - start;
  if (index < length && text.charCodeAt(index) === POINT) {
    index++;
    const fractionStart = index;
    while (index < length && isDigit(text.charCodeAt(index))) index++;
    if (index === fractionStart) return undefined;
  } else if (whole === 0) {
    return undefined;
  }
  if (index < length) return expandExponent(text, maxExponent);
  const isPlain =
    first !== PLUS && whole > 0 && (text.charCodeAt(start) !== ZERO || (whole === 1 && start === 0));
  return isPlain ? text : normalise(text, start);
}

function isDigit(code: number): boolean {
  return code >= ZERO && code <= NINE;
}

function normalise(text: string, start: number): string {
  const point = text.indexOf('.');
  const whole = stripLeadingZeros(text.slice(start, point < 0 ? text.length : point));
  const plain = point < 0 ? whole : whole + text.slice(point);
  return text.startsWith('-') && /[1-9]/.test(plain) ? `-${plain}` : plain;
}

function stripLeadingZeros(digits: string): string {
  let index = 0;
  while (index < digits.length - 1 && digits.charCodeAt(index) === ZERO) index++;
  return index === 0 ? digits || '0' : digits.slice(index);
}

function expandExponent(text: string, maxExponent: number): string | undefined {
  const match = WITH_EXPONENT.exec(text);
  const mantissa = match?.[1] === undefined ? undefined : plainDecimal(match[1]);
  const exponent = Number(match?.[2]);
  if (mantissa === undefined || Math.abs(exponent) > maxExponent) return undefined;
  const { sign, digits, scale } = split(mantissa);
  const newScale = scale - exponent;
  if (newScale <= 0) return plainDecimal(sign + digits + '0'.repeat(-newScale));
  const padded = digits.padStart(newScale + 1, '0');
  return plainDecimal(`${sign}${padded.slice(0, -newScale)}.${padded.slice(-newScale)}`);
}

function split(plain: string): { sign: '' | '-'; digits: string; scale: number } {
  const sign = plain.startsWith('-') ? '-' : '';
  const unsigned = sign ? plain.slice(1) : plain;
  const point = unsigned.indexOf('.');
  if (point < 0) return { sign, digits: unsigned, scale: 0 };
  return {
    sign,
    digits: unsigned.slice(0, point) + unsigned.slice(point + 1),
    scale: unsigned.length - point - 1,
  };
}

/** Without zeros at the end of the fraction: `1.00` and `1` are one number. */
export function trimDecimal(plain: string): string {
  const point = plain.indexOf('.');
  if (point < 0) return plain;
  let end = plain.length;
  while (plain.charCodeAt(end - 1) === ZERO) end--;
  return plain.slice(0, end - 1 === point ? point : end);
}

/** Digits before the decimal mark (0 for `0.5`) and digits after it without trailing zeros. */
export function decimalDigits(plain: string): { whole: number; fraction: number } {
  const trimmed = trimDecimal(plain);
  const point = trimmed.indexOf('.');
  const start = trimmed.startsWith('-') ? 1 : 0;
  const end = point < 0 ? trimmed.length : point;
  const isZero = end - start === 1 && trimmed.charCodeAt(start) === ZERO;
  return { whole: isZero ? 0 : end - start, fraction: point < 0 ? 0 : trimmed.length - point - 1 };
}

/** Below 0, 0 or above 0, as for sorting. Both plain decimals. */
export function compareDecimals(a: string, b: string): number {
  const left = split(a);
  const right = split(b);
  const isNegative = left.sign === '-';
  if (isNegative !== (right.sign === '-')) return isNegative ? -1 : 1;
  const size = compareUnsigned(left, right);
  return isNegative ? -size : size;
}

function compareUnsigned(a: { digits: string; scale: number }, b: { digits: string; scale: number }): number {
  const wholeA = a.digits.length - a.scale;
  const wholeB = b.digits.length - b.scale;
  if (wholeA !== wholeB) return wholeA - wholeB;
  const length = Math.max(a.digits.length, b.digits.length);
  const digitsA = a.digits.padEnd(length, '0');
  const digitsB = b.digits.padEnd(length, '0');
  if (digitsA === digitsB) return 0;
  return digitsA < digitsB ? -1 : 1;
}

/** True when `value` is a whole number of times `factor`, which is above 0: 1.13 is a multiple of 0.01. */
export function isMultipleOf(value: string, factor: string): boolean {
  const left = split(value);
  const right = split(factor);
  const scale = Math.max(left.scale, right.scale);
  const scaled = (part: { digits: string; scale: number }) =>
    BigInt(part.digits + '0'.repeat(scale - part.scale));
  return scaled(left) % scaled(right) === 0n;
}
