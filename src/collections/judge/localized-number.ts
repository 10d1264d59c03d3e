import type { FieldRules } from '../collection.ts';

/** The text with `.` as decimal mark and without thousands marks; undefined where the marks are misplaced. */
export type Delocalize = (text: string) => string | undefined;

/**
 * Thousands marks must stand at thousands (`1.234.567,89`): `12.34` is never read as 1234. Without rules only the
 * decimal point is known, and there is nothing to do.
 */
export function createDelocalize({ decimalMark = '.', thousandsMark }: FieldRules): Delocalize | undefined {
  if (decimalMark === '.' && thousandsMark === undefined) return undefined;
  const grouped =
    thousandsMark && new RegExp(`^[+-]?\\d{1,3}(?:[${thousandsMark}]\\d{3})+(?:[${decimalMark}]\\d+)?$`);
  return (text) => {
    let plain = text;
    if (grouped && thousandsMark && text.includes(thousandsMark)) {
      if (!grouped.test(text)) return undefined;
      plain = text.replaceAll(thousandsMark, '');
    }
    if (decimalMark === '.') return plain;
    return plain.includes('.') ? undefined : plain.replace(decimalMark, '.');
  };
}
