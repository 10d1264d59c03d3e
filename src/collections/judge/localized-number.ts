import { BLANKS } from '../blanks.ts';
import type { FieldRules } from '../collection.ts';
import { plainDecimal } from '../decimal.ts';

/** The text with `.` as decimal mark and without thousands marks and signs around it; undefined where any of them is misplaced. */
export type Delocalize = (text: string) => string | undefined;

/** As many as look alike: where a collection names one, files have the others as well. */
const ALIKE = [BLANKS, "'\u2019"];
const MINUS_SIGN = '\u2212';

/**
 * Thousands marks must stand at thousands (`1.234.567,89`): `12.34` is never read as 1234. What stands for a sign, a share or a unit is read
 * only where the rules say so. Without rules only the decimal point and the signs are known; U+2212, which is nothing but a minus, always is one.
 */
export function createDelocalize(rules: FieldRules): Delocalize {
  const readMarks = createMarksReader(rules);
  const { negatives, percent, units } = rules;
  if (negatives === undefined && percent === undefined && units === undefined) {
    return readMarks === undefined ? withHyphen : (text) => readMarks(withHyphen(text));
  }
  const takeApart = createSignsReader(rules);
  return (text) => {
    const parts = takeApart(withHyphen(text));
    if (parts === undefined) return undefined;
    const plain = readMarks === undefined ? parts.number : readMarks(parts.number);
    return plain === undefined || !parts.isShare ? plain : plainDecimal(`${plain}e-2`);
  };
}

function withHyphen(text: string): string {
  return text.startsWith(MINUS_SIGN) ? `-${text.slice(1)}` : text;
}

function createMarksReader({ decimalMark = '.', thousandsMark }: FieldRules): Delocalize | undefined {
  if (decimalMark === '.' && thousandsMark === undefined) return undefined;
  const alike = thousandsMark && (ALIKE.find((marks) => marks.includes(thousandsMark)) ?? thousandsMark);
  const marks = alike === undefined ? undefined : new RegExp(`[${alike}]`, 'g');
  const grouped = alike && new RegExp(`^[+-]?\\d{1,3}(?:[${alike}]\\d{3})+(?:[${decimalMark}]\\d+)?$`);
  return (text) => {
    let plain = text;
    if (marks !== undefined && grouped && text.search(marks) >= 0) {
      if (!grouped.test(text)) return undefined;
      plain = text.replaceAll(marks, '');
    }
    if (decimalMark === '.') return plain;
    return plain.includes('.') ? undefined : plain.replace(decimalMark, '.');
  };
}

interface SignedNumber {
  readonly number: string;
  /** It has a percent sign that stands for a division by 100. */
  readonly isShare: boolean;
}

/** Takes off what the rules allow around a number, each at most once: parentheses or a sign, a unit, a percent sign. */
function createSignsReader({
  negatives = [],
  percent,
  units = [],
}: FieldRules): (text: string) => SignedNumber | undefined {
  const hasParentheses = negatives.includes('parentheses');
  const hasTrailing = negatives.includes('trailing');
  return (text) => {
    let rest = text;
    let signs = '';
    const takeSign = () => {
      if (!/^[+-]/.test(rest)) return;
      signs += rest.charAt(0);
      rest = rest.slice(1);
    };
    if (hasParentheses && rest.startsWith('(') && rest.endsWith(')')) {
      signs = '-';
      rest = rest.slice(1, -1).trim();
    }
    takeSign();
    const before = units.find((unit) => rest.startsWith(unit));
    if (before !== undefined) {
      rest = rest.slice(before.length).trimStart();
      takeSign();
    }
    const after = before === undefined ? units.find((unit) => rest.endsWith(unit)) : undefined;
    if (after !== undefined) rest = rest.slice(0, -after.length).trimEnd();
    const isPercent = percent !== undefined && rest.endsWith('%');
    if (isPercent) rest = rest.slice(0, -1).trimEnd();
    if (hasTrailing && rest.endsWith('-')) {
      signs += '-';
      rest = rest.slice(0, -1);
    }
    const isMisplaced = signs.length > 1 || /^[+-]/.test(rest);
    return isMisplaced ? undefined : { number: signs + rest, isShare: isPercent && percent === 'share' };
  };
}
